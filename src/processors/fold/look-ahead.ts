import type { Batch } from '../../otlp/batch.ts'
import { METRIC, MetricType, POINT } from '../../otlp/slots.ts'
import type { BucketStore } from './bucket-store.ts'
import { MEMBER, type Members } from './members.ts'
import { NUMBERS, NUMBERS_LENGTH } from './totals/summed.ts'

/** Points whose members are brought at a time. */
const AHEAD_MAX = 64
/** Doubles in a line of the cache, and how many of a member are brought: what is behind them follows by itself. */
const LINE = 8
const NUMBERS_MAX = 64

/**
 * Brings the members of the points to come into the cache, many at a time. Folding waits for memory more than it reckons: the index, the
 * member and its buckets are in three places that nobody was at since the last request. One after the other a point waits
 * for all three; in short loops that need nothing of each other, the processor waits for many points at once.
 *
 * How far it looks grows while most of what it brought is asked for, and shrinks where only some points of a batch are folded.
 */
export class LookAhead {
  /** Has no meaning: without a use of what was read, nothing would be. */
  touched = 0
  readonly #members: Members
  readonly #buckets: BucketStore
  readonly #hashes = new Int32Array(AHEAD_MAX)
  readonly #found = new Int32Array(AHEAD_MAX)
  #from = 0
  #end = 0
  #asked = 0
  #size = 1

  constructor(members: Members, buckets: BucketStore) {
    this.#members = members
    this.#buckets = buckets
  }

  /** Another batch. */
  begin(): void {
    this.#from = 0
    this.#end = 0
    this.#asked = 0
  }

  /** The hash by which `Members` places the series of record `i` of the batch that was begun. */
  hashOf(batch: Batch, i: number): number {
    if (i < this.#from || i >= this.#end) this.#bring(batch, i)
    this.#asked++
    return this.#hashes[i - this.#from]!
  }

  #bring(batch: Batch, from: number): void {
    const wasUsed = this.#end === 0 || 2 * this.#asked > this.#end - this.#from
    this.#size = wasUsed ? Math.min(2 * this.#size, AHEAD_MAX) : 1
    const count = Math.min(this.#size, batch.records.count - from)
    this.#from = from
    this.#end = from + count
    this.#asked = 0
    const members = this.#members
    const hashes = this.#hashes
    const found = this.#found
    const { data } = batch.records
    for (let i = 0, base = from * POINT.stride; i < count; i++, base += POINT.stride)
      hashes[i] = members.hashOf(data[base + POINT.seriesLow]! | 0, data[base + POINT.seriesHigh]! | 0)
    for (let i = 0; i < count; i++) found[i] = members.at(members.placeOf(hashes[i]!))
    this.#touchMembers(count)
    if (hasBuckets(batch, from)) this.#touchBuckets(count)
  }

  #touchMembers(count: number): void {
    const { words } = this.#members
    const found = this.#found
    let touched = 0
    for (let i = 0; i < count; i++) {
      const base = found[i]! * MEMBER.stride
      touched ^= words[base]! ^ words[base + MEMBER.stride - 1]!
    }
    this.touched ^= touched
  }

  /** What stands at the first place need not be the member, nor hold buckets: then it is read for nothing. */
  #touchBuckets(count: number): void {
    const { words } = this.#members
    const { numbers } = this.#buckets
    const found = this.#found
    let touched = 0
    for (let i = 0; i < count; i++) {
      const base = found[i]! * MEMBER.stride
      const at = words[base + NUMBERS]!
      const end = at + Math.min(words[base + NUMBERS_LENGTH]!, NUMBERS_MAX)
      if (at < 0 || end > numbers.length) continue
      for (let line = at; line < end; line += LINE) touched += numbers[line]!
    }
    this.touched ^= touched
  }
}

function hasBuckets({ metrics, records }: Batch, i: number): boolean {
  const type = metrics.data[records.data[i * POINT.stride + POINT.metric]! * METRIC.stride + METRIC.type]!
  return type === MetricType.histogram || type === MetricType.exponentialHistogram
}
