import { SPAN } from '../../otlp/slots.ts'
import { setDuration } from '../../otlp/span-duration.ts'

const WORD = 2 ** 32
const NS_PER_SECOND = 1e9

/** The duration of the span whose row begins at `base`, in seconds. */
export function durationSeconds(rows: Uint32Array, base: number): number {
  setDuration(rows, base)
  return (rows[base + SPAN.durationHigh]! * WORD + rows[base + SPAN.durationLow]!) / NS_PER_SECOND
}
