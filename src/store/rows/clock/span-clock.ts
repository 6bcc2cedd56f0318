import { type Batch, KEPT } from '../../../otlp/batch.ts'
import { SPAN } from '../../../otlp/slots.ts'
import { setDuration } from '../../../otlp/span-duration.ts'
import type { ResolvedResource } from '../../tables/rows.ts'
import { type Clock, type ClockOptions, type ClockResult, keepOriginal, ORIGINAL_TIME } from './clock.ts'
import { TimeLimits } from './time-limits.ts'

/**
 * The clock rules for spans: a missing start is the receive time; one too far ahead becomes the receive time, its own
 * is kept as an attribute; one older than its retention is rejected. The duration is end less start as sent, and 0
 * for a span without an end.
 */
export class SpanClock implements Clock {
  readonly #limits: TimeLimits
  readonly #tooOld: number

  constructor({ futureToleranceMs, tooOld }: ClockOptions) {
    this.#limits = new TimeLimits(futureToleranceMs)
    this.#tooOld = tooOld
  }

  settle(batch: Batch, resources: ReadonlyArray<ResolvedResource>, receivedMs: number): ClockResult {
    const limits = this.#limits
    limits.begin(resources, receivedMs)
    const { count } = batch.records
    let corrected = 0
    let timeless = false
    for (let i = 0, base = 0; i < count; i++, base += SPAN.stride) {
      const rows = batch.records.data
      const low = rows[base + SPAN.timeLow]!
      const high = rows[base + SPAN.timeHigh]!
      const timed = low !== 0 || high !== 0
      if (!timed && rows[base + SPAN.spanIdLength] === 0) timeless = true
      if (batch.verdicts[i] !== KEPT) continue
      if (timed && limits.isTooOld(low, high, rows[base + SPAN.resource]!)) {
        batch.verdicts[i] = this.#tooOld
        continue
      }
      setDuration(rows, base)
      const ahead = timed && limits.isAhead(low, high)
      if (timed && !ahead) continue
      rows[base + SPAN.timeLow] = limits.receivedLow
      rows[base + SPAN.timeHigh] = limits.receivedHigh
      if (!ahead) continue
      corrected++
      keepOriginal(batch, base, ORIGINAL_TIME, low, high)
    }
    return { corrected, timeless }
  }
}
