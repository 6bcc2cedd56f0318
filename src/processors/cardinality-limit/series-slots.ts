import type { KeyedHash } from '../../otlp/hash/words.ts'

/** Metric numbers are below this; the bits above it in a slot's third word are the owner's. */
export const METRICS_END = 1 << 20
export const METRIC_MASK = METRICS_END - 1

/** A bucket is a cache line: low words, high words, third words of its series; then how many had to pass it by. */
const BUCKET_WORDS = 16
const BUCKET_SERIES = 5
const HIGH = BUCKET_SERIES
const META = 2 * BUCKET_SERIES
const PASSED = 15

const SHARD_BITS = 9
export const SHARDS = 1 << SHARD_BITS
export const SERIES_WORDS = 3
/** A page of the machine: shards grow by it, so that no part of a page is touched in vain. */
const PAGE_BUCKETS = 64
const PAGE_SERIES = PAGE_BUCKETS * BUCKET_SERIES
const LOAD_MAX = 0.8
/** A purged shard grows unless it is emptier than this, so that it is not purged again at once. */
const LOAD_AFTER_PURGE = 0.7
/** A purged shard shrinks if it is emptier than this. */
const LOAD_MIN = 0.3
const GROWTH = 1.25
/** Of the mean, for the shard with most series. */
const DEVIATIONS = 8
const SHARE = 2 ** -32
export const ABSENT = -1

/** A hash of three words, an int32. */
export type WordsHash = Pick<KeyedHash, 'words'>

export type SlotsOwner = {
  /** Whether a series may go when its shard is swept or rebuilt. */
  isForgotten(meta: number): boolean
  /** It went. */
  removed(meta: number): void
}

/**
 * The memory of a series table: open addressing over 64-bit fingerprints with a metric number each. 12.8 bytes a slot,
 * one cache line a bucket, 512 shards that are rebuilt one by one when they are full. No look-up allocates.
 *
 * Every shard has addresses for its share of the most that the table may hold, in one array, and uses the first part
 * of them: the rest was never touched, so it takes no memory. Growing copies nothing away and leaves no garbage.
 *
 * A series has three int32 words: fingerprint low and high, and `meta`, its metric number below the owner's bits; the
 * first two with the number are its key. Numbers start at 1: a third word of 0 is a free slot.
 */
export class SeriesSlots {
  readonly #hash: WordsHash
  readonly #owner: SlotsOwner
  readonly #words: Int32Array
  readonly #pagesMax: number
  readonly #bucketCounts = new Int32Array(SHARDS)
  readonly #used = new Int32Array(SHARDS)
  #scratch = new Int32Array(SERIES_WORDS * PAGE_SERIES)

  constructor(seriesMax: number, hash: WordsHash, owner: SlotsOwner) {
    this.#hash = hash
    this.#owner = owner
    const mean = seriesMax / SHARDS
    const most = mean + DEVIATIONS * Math.sqrt(mean) + 1
    this.#pagesMax = Math.ceil(most / (PAGE_SERIES * LOAD_MAX))
    this.#words = new Int32Array(SHARDS * this.#pagesMax * PAGE_BUCKETS * BUCKET_WORDS)
    this.#bucketCounts.fill(PAGE_BUCKETS)
  }

  /** Bytes in use. */
  get byteLength(): number {
    const buckets = this.#bucketCounts.reduce((sum, count) => sum + count, 0)
    return buckets * BUCKET_WORDS * 4 + this.#scratch.byteLength + 8 * SHARDS
  }

  /** Makes room for so many series. Without effect on shards that have some. */
  reserve(series: number): void {
    const pages = Math.min(this.#pagesMax, Math.ceil(series / (SHARDS * PAGE_SERIES * LOAD_AFTER_PURGE)))
    for (let shard = 0; shard < SHARDS; shard++)
      if (this.#used[shard] === 0) this.#bucketCounts[shard] = PAGE_BUCKETS * Math.max(1, pages)
  }

  /** Finds a series: where it is for {@link metaAt} and {@link setMetaAt}, or {@link ABSENT}. */
  find(low: number, high: number, metric: number): number {
    const words = this.#words
    const hash = this.#hash.words(low, high, metric)
    const shard = shardOf(hash)
    const buckets = this.#bucketCounts[shard]!
    const start = this.#startOf(shard)
    const home = start + BUCKET_WORDS * homeOf(hash, buckets)
    let bucket = home
    do {
      for (let i = bucket; i < bucket + BUCKET_SERIES; i++)
        if (words[i] === low && words[i + HIGH] === high && (words[i + META]! & METRIC_MASK) === metric)
          return i + META
      if (words[bucket + PASSED] === 0) return ABSENT
      bucket += BUCKET_WORDS
      if (bucket === start + BUCKET_WORDS * buckets) bucket = start
    } while (bucket !== home)
    return ABSENT
  }

  metaAt(found: number): number {
    return this.#words[found]!
  }

  setMetaAt(found: number, meta: number): void {
    this.#words[found] = meta
  }

  /** Adds a series that is absent. False if there is no room: past `seriesMax`, or as rare as equal fingerprints. */
  insert(low: number, high: number, meta: number): boolean {
    const hash = this.#hash.words(low, high, meta & METRIC_MASK)
    const shard = shardOf(hash)
    if (this.#isFull(shard)) {
      this.#rebuild(shard)
      if (this.#isFull(shard)) return false
    }
    this.#put(shard, hash, low, high, meta)
    this.#used[shard]!++
    return true
  }

  /** Takes out a series that {@link find} found. */
  remove(found: number): void {
    const words = this.#words
    const low = words[found - META]!
    const high = words[found - HIGH]!
    const hash = this.#hash.words(low, high, words[found]! & METRIC_MASK)
    const shard = shardOf(hash)
    const start = this.#startOf(shard)
    const buckets = this.#bucketCounts[shard]!
    words[found] = 0
    this.#used[shard]!--
    // It passed every bucket from its home to where it was.
    const end = start + BUCKET_WORDS * buckets
    let bucket = start + BUCKET_WORDS * homeOf(hash, buckets)
    while (found < bucket || found >= bucket + BUCKET_WORDS) {
      words[bucket + PASSED]!--
      bucket += BUCKET_WORDS
      if (bucket === end) bucket = start
    }
  }

  /** How many words {@link copyShard} may write. */
  wordsOf(shard: number): number {
    return SERIES_WORDS * this.#used[shard]!
  }

  /** Copies the series of a shard; returns how many words. */
  copyShard(shard: number, target: Int32Array): number {
    const words = this.#words
    const start = this.#startOf(shard)
    const end = start + BUCKET_WORDS * this.#bucketCounts[shard]!
    let length = 0
    for (let bucket = start; bucket < end; bucket += BUCKET_WORDS)
      for (let i = bucket; i < bucket + BUCKET_SERIES; i++) {
        const meta = words[i + META]!
        if (meta === 0) continue
        target[length] = words[i]!
        target[length + 1] = words[i + HIGH]!
        target[length + 2] = meta
        length += SERIES_WORDS
      }
    return length
  }

  /** Removes the series of a shard that may go. */
  sweep(shard: number): void {
    const words = this.#words
    const start = this.#startOf(shard)
    const end = start + BUCKET_WORDS * this.#bucketCounts[shard]!
    for (let bucket = start; bucket < end; bucket += BUCKET_WORDS)
      for (let i = bucket + META; i < bucket + META + BUCKET_SERIES; i++)
        if (words[i] !== 0 && this.#owner.isForgotten(words[i]!)) {
          this.#rebuild(shard)
          return
        }
  }

  /** Removes what may go of a shard, and gives it the room that the rest needs. */
  #rebuild(shard: number): void {
    const words = this.wordsOf(shard)
    if (this.#scratch.length < words) this.#scratch = new Int32Array(Math.ceil(1.5 * words))
    const scratch = this.#scratch
    const length = this.#withoutForgotten(this.copyShard(shard, scratch))
    const start = this.#startOf(shard)
    const before = this.#bucketCounts[shard]!
    this.#words.fill(0, start, start + BUCKET_WORDS * before)
    const count = length / SERIES_WORDS
    this.#bucketCounts[shard] =
      PAGE_BUCKETS * Math.min(this.#pagesMax, pagesFor(count, before / PAGE_BUCKETS))
    for (let i = 0; i < length; i += SERIES_WORDS) {
      const low = scratch[i]!
      const high = scratch[i + 1]!
      const meta = scratch[i + 2]!
      this.#put(shard, this.#hash.words(low, high, meta & METRIC_MASK), low, high, meta)
    }
    this.#used[shard] = count
  }

  /** Closes the gaps of those that may go, in the first words of the scratch; returns how many words are left. */
  #withoutForgotten(words: number): number {
    const scratch = this.#scratch
    let length = 0
    for (let i = 0; i < words; i += SERIES_WORDS) {
      const meta = scratch[i + 2]!
      if (this.#owner.isForgotten(meta)) {
        this.#owner.removed(meta)
        continue
      }
      scratch[length] = scratch[i]!
      scratch[length + 1] = scratch[i + 1]!
      scratch[length + 2] = meta
      length += SERIES_WORDS
    }
    return length
  }

  #put(shard: number, hash: number, low: number, high: number, meta: number): void {
    const words = this.#words
    const start = this.#startOf(shard)
    const buckets = this.#bucketCounts[shard]!
    let bucket = start + BUCKET_WORDS * homeOf(hash, buckets)
    // Ends: no shard is ever full.
    for (;;) {
      for (let i = bucket; i < bucket + BUCKET_SERIES; i++) {
        if (words[i + META] !== 0) continue
        words[i] = low
        words[i + HIGH] = high
        words[i + META] = meta
        return
      }
      words[bucket + PASSED]!++
      bucket += BUCKET_WORDS
      if (bucket === start + BUCKET_WORDS * buckets) bucket = start
    }
  }

  #isFull(shard: number): boolean {
    return this.#used[shard]! >= this.#bucketCounts[shard]! * BUCKET_SERIES * LOAD_MAX
  }

  #startOf(shard: number): number {
    return shard * this.#pagesMax * (PAGE_BUCKETS * BUCKET_WORDS)
  }
}

/** How many pages a shard of so many series gets that has `pages` now. */
function pagesFor(series: number, pages: number): number {
  const load = series / (pages * PAGE_SERIES)
  if (load > LOAD_AFTER_PURGE) return Math.ceil(pages * GROWTH)
  if (load > LOAD_MIN) return pages
  return Math.max(1, Math.ceil((series * GROWTH) / (PAGE_SERIES * LOAD_MAX)))
}

function shardOf(hash: number): number {
  return hash >>> (32 - SHARD_BITS)
}

/** The bits of the hash below those of the shard choose the bucket: their share of 2^32, of the buckets. */
function homeOf(hash: number, buckets: number): number {
  return (((hash << SHARD_BITS) >>> 0) * buckets * SHARE) | 0
}
