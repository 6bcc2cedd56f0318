import { type Batch, KEPT } from '../../../otlp/batch.ts'
import { POINT } from '../../../otlp/slots.ts'
import type { ResolvedResource } from '../../tables/rows.ts'
import type { Clock, ClockOptions, ClockResult } from './clock.ts'
import { TimeLimits } from './time-limits.ts'

/**
 * The clock rules for data points: a missing time, or one too far ahead, is the receive time; one older than its
 * retention is rejected. A time that was replaced is counted, but not kept as an attribute: that would make another
 * series of the point.
 */
export class PointClock implements Clock {
  readonly #limits: TimeLimits
  readonly #tooOld: number

  constructor({ futureToleranceMs, tooOld }: ClockOptions) {
    this.#limits = new TimeLimits(futureToleranceMs)
    this.#tooOld = tooOld
  }

  settle(batch: Batch, resources: ReadonlyArray<ResolvedResource>, receivedMs: number): ClockResult {
    const limits = this.#limits
    limits.begin(resources, receivedMs)
    const { count, data: rows } = batch.records
    let corrected = 0
    let timeless = false
    for (let i = 0, base = 0; i < count; i++, base += POINT.stride) {
      const low = rows[base + POINT.timeLow]!
      const high = rows[base + POINT.timeHigh]!
      const timed = low !== 0 || high !== 0
      if (!timed) timeless = true
      if (batch.verdicts[i] !== KEPT) continue
      if (timed && limits.isTooOld(low, high, rows[base + POINT.resource]!)) {
        batch.verdicts[i] = this.#tooOld
        continue
      }
      const ahead = timed && limits.isAhead(low, high)
      if (timed && !ahead) continue
      rows[base + POINT.timeLow] = limits.receivedLow
      rows[base + POINT.timeHigh] = limits.receivedHigh
      if (ahead) corrected++
    }
    return { corrected, timeless }
  }
}
