import { type Batch, KEPT } from '../../../otlp/batch.ts'
import { ATTRIBUTE, LOG } from '../../../otlp/slots.ts'
import type { ResolvedResource } from '../../tables/rows.ts'
import { type Clock, type ClockOptions, type ClockResult, keepOriginal, ORIGINAL_TIME } from './clock.ts'
import { SourceTime } from './source-time.ts'
import { TimeLimits } from './time-limits.ts'

/** Keeps the sender's stamp where the clock rules replaced it. */
const ORIGINAL_OBSERVED_TIME = 'weir.original_observed_time_unix_nano'

export type LogClockOptions = ClockOptions & {
  /** The attribute that holds the container runtime's stamp. */
  readonly sourceTimeAttribute: string
}

/**
 * The clock rules for log records: a missing time is the observed time, else the receive time; one too
 * far ahead becomes the receive time; one older than its retention is rejected, so that the ledger never calls a
 * row stored that the TTL removes at once.
 */
export class LogClock implements Clock {
  readonly #limits: TimeLimits
  readonly #tooOld: number
  readonly #sourceKey: Buffer
  readonly #source = new SourceTime()

  constructor({ futureToleranceMs, tooOld, sourceTimeAttribute }: LogClockOptions) {
    this.#limits = new TimeLimits(futureToleranceMs)
    this.#tooOld = tooOld
    this.#sourceKey = Buffer.from(sourceTimeAttribute)
  }

  settle(batch: Batch, resources: ReadonlyArray<ResolvedResource>, receivedMs: number): ClockResult {
    const limits = this.#limits
    limits.begin(resources, receivedMs)
    const { receivedLow, receivedHigh } = limits
    const { count } = batch.records
    let corrected = 0
    let timeless = false
    for (let i = 0, base = 0; i < count; i++, base += LOG.stride) {
      const rows = batch.records.data
      let low = rows[base + LOG.timeLow]!
      let high = rows[base + LOG.timeHigh]!
      let observedLow = rows[base + LOG.observedTimeLow]!
      let observedHigh = rows[base + LOG.observedTimeHigh]!
      const observed = observedLow !== 0 || observedHigh !== 0
      const timed = low !== 0 || high !== 0
      if (!timed && !observed) timeless = true
      if (batch.verdicts[i] !== KEPT) continue
      const observedAhead = limits.isAhead(observedLow, observedHigh)
      if (observedAhead) keepOriginal(batch, base, ORIGINAL_OBSERVED_TIME, observedLow, observedHigh)
      if (observedAhead || !observed) {
        observedLow = receivedLow
        observedHigh = receivedHigh
      }
      const ahead = limits.isAhead(low, high)
      if (ahead) keepOriginal(batch, base, ORIGINAL_TIME, low, high)
      if (ahead || observedAhead) corrected++
      if (!timed) {
        low = observedLow
        high = observedHigh
      } else if (ahead) {
        low = receivedLow
        high = receivedHigh
      }
      if (limits.isTooOld(low, high, rows[base + LOG.resource]!)) {
        batch.verdicts[i] = this.#tooOld
        continue
      }
      rows[base + LOG.timeLow] = low
      rows[base + LOG.timeHigh] = high
      rows[base + LOG.observedTimeLow] = observedLow
      rows[base + LOG.observedTimeHigh] = observedHigh
      const found = this.#findSource(batch, base) && !limits.isAhead(this.#source.low, this.#source.high)
      rows[base + LOG.sourceTimeLow] = found ? this.#source.low : low
      rows[base + LOG.sourceTimeHigh] = found ? this.#source.high : high
    }
    return { corrected, timeless }
  }

  #findSource(batch: Batch, base: number): boolean {
    const records = batch.records.data
    const first = records[base + LOG.attributesFirst]!
    const end = first + records[base + LOG.attributesCount]!
    const rows = batch.attributes.data
    const key = this.#sourceKey
    for (let i = first; i < end; i++) {
      const row = i * ATTRIBUTE.stride
      const start = rows[row + ATTRIBUTE.keyStart]!
      if (rows[row + ATTRIBUTE.keyEnd]! - start !== key.length) continue
      if (bytesEqual(batch.bytes, start, key)) return this.#source.read(batch.bytes, rows, row)
    }
    return false
  }
}

function bytesEqual(bytes: Buffer, start: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false
  return true
}
