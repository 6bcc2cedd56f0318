import { type Batch, KEPT } from '../../otlp/batch.ts'
import { ATTRIBUTE, LOG, ValueKind } from '../../otlp/slots.ts'
import type { ResolvedResource } from '../tables/rows.ts'
import { SourceTime } from './source-time.ts'
import { fromWords, highWord, isBelow, lowWord } from './words.ts'

const NS_PER_MS = 1_000_000n
const MS_PER_DAY = 86_400_000
/** Attributes that keep the sender's stamps where the clock rules replaced them. */
const ORIGINAL_TIME = 'weir.original_time_unix_nano'
const ORIGINAL_OBSERVED_TIME = 'weir.original_observed_time_unix_nano'

export type ClockOptions = {
  /** How far ahead of the gateway's clock a record may be. */
  readonly futureToleranceMs: number
  /** The attribute that holds the container runtime's stamp. */
  readonly sourceTimeAttribute: string
  /** Number of the outcome `rejected(too_old)`. */
  readonly tooOld: number
}

export type ClockResult = {
  /** Records with a stamp that was replaced by the receive time. */
  readonly corrected: number
  /** A record had neither time nor observed time: two equal requests may both be meant. */
  readonly timeless: boolean
}

/**
 * The clock rules for log records: a missing time is the observed time, else the receive time; one too
 * far ahead becomes the receive time; one older than its retention is rejected, so that the ledger never calls a
 * row stored that the TTL removes at once.
 */
export class LogClock {
  readonly #options: ClockOptions
  readonly #sourceKey: Buffer
  readonly #source = new SourceTime()
  #oldestLow = new Uint32Array(16)
  #oldestHigh = new Uint32Array(16)

  constructor(options: ClockOptions) {
    this.#options = options
    this.#sourceKey = Buffer.from(options.sourceTimeAttribute)
  }

  /** Settles the time slots of every kept record. `resources` by the batch's resource index. */
  settle(batch: Batch, resources: ReadonlyArray<ResolvedResource>, receivedMs: number): ClockResult {
    this.#setOldest(resources, receivedMs)
    const { tooOld, futureToleranceMs } = this.#options
    const received = BigInt(receivedMs) * NS_PER_MS
    const latest = BigInt(receivedMs + futureToleranceMs) * NS_PER_MS
    const receivedLow = lowWord(received)
    const receivedHigh = highWord(received)
    const latestLow = lowWord(latest)
    const latestHigh = highWord(latest)
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
      const observedAhead = isBelow(latestLow, latestHigh, observedLow, observedHigh)
      if (observedAhead) this.#keepOriginal(batch, base, ORIGINAL_OBSERVED_TIME, observedLow, observedHigh)
      if (observedAhead || !observed) {
        observedLow = receivedLow
        observedHigh = receivedHigh
      }
      const ahead = isBelow(latestLow, latestHigh, low, high)
      if (ahead) this.#keepOriginal(batch, base, ORIGINAL_TIME, low, high)
      if (ahead || observedAhead) corrected++
      if (!timed) {
        low = observedLow
        high = observedHigh
      } else if (ahead) {
        low = receivedLow
        high = receivedHigh
      }
      const resource = rows[base + LOG.resource]!
      if (isBelow(low, high, this.#oldestLow[resource]!, this.#oldestHigh[resource]!)) {
        batch.verdicts[i] = tooOld
        continue
      }
      rows[base + LOG.timeLow] = low
      rows[base + LOG.timeHigh] = high
      rows[base + LOG.observedTimeLow] = observedLow
      rows[base + LOG.observedTimeHigh] = observedHigh
      const found =
        this.#findSource(batch, base) && !isBelow(latestLow, latestHigh, this.#source.low, this.#source.high)
      rows[base + LOG.sourceTimeLow] = found ? this.#source.low : low
      rows[base + LOG.sourceTimeHigh] = found ? this.#source.high : high
    }
    return { corrected, timeless }
  }

  #setOldest(resources: ReadonlyArray<ResolvedResource>, receivedMs: number): void {
    if (this.#oldestLow.length < resources.length) {
      this.#oldestLow = new Uint32Array(resources.length * 2)
      this.#oldestHigh = new Uint32Array(resources.length * 2)
    }
    let days = -1
    let low = 0
    let high = 0
    for (let i = 0; i < resources.length; i++) {
      const { retentionDays } = resources[i]!
      if (retentionDays !== days) {
        days = retentionDays
        const oldest = BigInt(Math.max(0, receivedMs - days * MS_PER_DAY)) * NS_PER_MS
        low = lowWord(oldest)
        high = highWord(oldest)
      }
      this.#oldestLow[i] = low
      this.#oldestHigh[i] = high
    }
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

  /** Moves the record's attributes to the end of the table and adds one. Rare: only for clocks that run ahead. */
  #keepOriginal(batch: Batch, base: number, key: string, low: number, high: number): void {
    const { attributes, records } = batch
    const first = records.data[base + LOG.attributesFirst]!
    const count = records.data[base + LOG.attributesCount]!
    const moved = attributes.count
    for (let i = 0; i < count; i++) {
      const target = attributes.add()
      const source = (first + i) * ATTRIBUTE.stride
      attributes.data.copyWithin(target, source, source + ATTRIBUTE.stride)
    }
    const added = attributes.add()
    const keyStart = batch.appendBytes(Buffer.from(key))
    const valueStart = batch.appendBytes(Buffer.from(fromWords(low, high).toString()))
    attributes.data[added + ATTRIBUTE.keyStart] = keyStart
    attributes.data[added + ATTRIBUTE.keyEnd] = valueStart
    attributes.data[added + ATTRIBUTE.kind] = ValueKind.string
    attributes.data[added + ATTRIBUTE.valueStart] = valueStart
    attributes.data[added + ATTRIBUTE.valueEnd] = batch.byteLength
    records.data[base + LOG.attributesFirst] = moved
    records.data[base + LOG.attributesCount] = count + 1
  }
}

function bytesEqual(bytes: Buffer, start: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false
  return true
}
