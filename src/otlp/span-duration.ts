import { SPAN } from './slots.ts'

/**
 * Fills in the duration of the span whose row begins at `base`: end less start as 64-bit numbers; a span without a start or an end has none. An end of 2^63 or more, past the year
 * 2262, is none: neither the duration nor the times of the trace could hold it.
 */
export function setDuration(rows: Uint32Array, base: number): void {
  const startLow = rows[base + SPAN.timeLow]!
  const startHigh = rows[base + SPAN.timeHigh]!
  const endLow = rows[base + SPAN.endTimeLow]!
  const endHigh = rows[base + SPAN.endTimeHigh]!
  if ((startLow === 0 && startHigh === 0) || (endLow === 0 && endHigh === 0) || endHigh > 0x7fffffff) return
  rows[base + SPAN.durationLow] = endLow - startLow
  rows[base + SPAN.durationHigh] = endHigh - startHigh - (endLow < startLow ? 1 : 0)
}
