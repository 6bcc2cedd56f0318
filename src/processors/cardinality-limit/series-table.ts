import { KeyedHash } from '../../otlp/hash/words.ts'
import { MetricCounts } from './metric-counts.ts'
import { ABSENT, METRIC_MASK, SeriesSlots, SHARDS, type WordsHash } from './series-slots.ts'

/** The window a series was last seen in, modulo four. */
const WINDOW_SHIFT = 20
const WINDOW_MASK = 3 << WINDOW_SHIFT

/** What is known of a series, beside its counts. */
export const KNOWN = 1 << 22
/** Admitted, or judged, by a request that is still in the pipeline. */
export const FRESH = 1 << 23
/** Past the limit of a dry run, and only kept because of that. */
export const OVER = 1 << 24
/** Which limiter of the pipeline judged a fresh series to be over: 1 to {@link JUDGES_MAX}. */
export const JUDGE_SHIFT = 25
export const JUDGES_MAX = 15
const FLAGS_MASK = FRESH | OVER | (JUDGES_MAX << JUDGE_SHIFT)
/** In what {@link SeriesTable.copyShard} copies: last seen in the window before this one. */
export const AGED = 1 << 25

export type SeriesTableOptions = {
  /** Active series of all metrics together. */
  readonly seriesMax: number
  /** For tests; of a random key otherwise. */
  readonly hash?: WordsHash
}

/**
 * Which series are active, exactly. A series is active in the window in which it was last seen and in the next one.
 * `rotate` begins a window: all counts are right at once, the memory of what was forgotten is swept afterwards.
 *
 * A series is the 64-bit fingerprint in two words, int32 (`| 0`: unsigned ones would be boxed at each call), and a metric number, 1 or above. Different series of one metric
 * whose fingerprints are equal count as one: 1 in 370,000 that there is any such pair among 10 million.
 */
export class SeriesTable {
  readonly seriesMax: number
  /** Whether the series that was touched last, and is active, was touched for the first time in this window. */
  wasRenewed = false
  readonly #slots: SeriesSlots
  readonly #counts = new MetricCounts()
  #window = 0
  #current = 0
  #previous = 0
  #swept = SHARDS

  constructor({ seriesMax, hash = new KeyedHash() }: SeriesTableOptions) {
    this.seriesMax = seriesMax
    this.#slots = new SeriesSlots(seriesMax, hash, {
      isForgotten: (meta) => this.#ageOf(meta) > 1,
      removed: (meta) => void this.#counts.slots[meta & METRIC_MASK]!--,
    })
  }

  /** All active series. */
  get active(): number {
    return this.#current + this.#previous
  }

  /** How many rotations there were. */
  get window(): number {
    return this.#window
  }

  /** Bytes of the arrays. */
  get byteLength(): number {
    return this.#slots.byteLength + this.#counts.byteLength
  }

  /** Active series of a metric. */
  activeOf(metric: number): number {
    const { current, previous } = this.#counts
    return metric < current.length ? current[metric]! + previous[metric]! : 0
  }

  /** Active series of a metric without those that are {@link OVER}. */
  withinOf(metric: number): number {
    const { overCurrent, overPrevious } = this.#counts
    if (metric >= overCurrent.length) return 0
    return this.activeOf(metric) - overCurrent[metric]! - overPrevious[metric]!
  }

  /** Series of a metric that were admitted in this window or the one before. */
  bornOf(metric: number): number {
    const { bornCurrent, bornPrevious } = this.#counts
    return metric < bornCurrent.length ? bornCurrent[metric]! + bornPrevious[metric]! : 0
  }

  /** Slots that hold a metric's number, swept or not: while there are any, no other metric may get it. */
  slotsOf(metric: number): number {
    const { slots } = this.#counts
    return metric < slots.length ? slots[metric]! : 0
  }

  /** Makes room for so many series, in a table that has none: adding them one by one is quicker then. */
  reserve(series: number): void {
    this.#slots.reserve(Math.min(series, this.seriesMax))
  }

  /** Marks a series as seen. 0 if it is not active; else {@link KNOWN} with its flags. */
  touch(low: number, high: number, metric: number): number {
    const found = this.#slots.find(low, high, metric)
    if (found === ABSENT) return 0
    const meta = this.#slots.metaAt(found)
    const age = this.#ageOf(meta)
    this.wasRenewed = age === 1
    if (age === 1) this.#rejuvenate(found, meta)
    else if (age > 1) return 0
    return KNOWN | (meta & FLAGS_MASK)
  }

  /** Adds a series that is not active, with flags. False if the table is full: then nothing changed. */
  admit(low: number, high: number, metric: number, flags: number): boolean {
    if (!this.#add(low, high, metric | this.#windowBits(0) | (flags & FLAGS_MASK))) return false
    this.#counts.bornCurrent[metric]!++
    return true
  }

  /** Replaces the flags of a series that was touched or admitted in this window. */
  setFlags(low: number, high: number, metric: number, flags: number): void {
    const found = this.#slots.find(low, high, metric)
    if (found === ABSENT) return
    const meta = this.#slots.metaAt(found)
    if (this.#ageOf(meta) !== 0) return
    this.#slots.setMetaAt(found, (meta & ~FLAGS_MASK) | (flags & FLAGS_MASK))
    if (((meta ^ flags) & OVER) !== 0) this.#counts.overCurrent[metric]! += (flags & OVER) !== 0 ? 1 : -1
  }

  /** Takes out a series that was admitted in this window. */
  retract(low: number, high: number, metric: number): void {
    const found = this.#slots.find(low, high, metric)
    if (found === ABSENT) return
    const meta = this.#slots.metaAt(found)
    if (this.#ageOf(meta) !== 0) return
    this.#slots.remove(found)
    const { slots, current, overCurrent, bornCurrent } = this.#counts
    slots[metric]!--
    current[metric]!--
    bornCurrent[metric]!--
    if ((meta & OVER) !== 0) overCurrent[metric]!--
    this.#current--
  }

  /**
   * Begins a window: series that were seen neither in the one that ends nor later are no longer active. What the last
   * rotation left to sweep is swept first, all at once: whoever must not stall sweeps before.
   */
  rotate(): void {
    while (!this.sweep());
    this.#window++
    this.#counts.rotate()
    this.#previous = this.#current
    this.#current = 0
    this.#swept = 0
  }

  /** Sweeps one shard. True once nothing is left to sweep. */
  sweep(): boolean {
    if (this.#swept < SHARDS) this.#slots.sweep(this.#swept++)
    return this.#swept === SHARDS
  }

  /** How many words {@link copyShard} may write. */
  wordsOf(shard: number): number {
    return this.#slots.wordsOf(shard)
  }

  /**
   * Copies the active series of a shard, three words each: the fingerprint, then the metric number with {@link OVER}
   * and {@link AGED}. Returns how many words it wrote.
   */
  copyShard(shard: number, target: Int32Array): number {
    const words = this.#slots.copyShard(shard, target)
    let length = 0
    for (let i = 0; i < words; i += 3) {
      const meta = target[i + 2]!
      const age = this.#ageOf(meta)
      if (age > 1) continue
      target[length] = target[i]!
      target[length + 1] = target[i + 1]!
      target[length + 2] = (meta & (METRIC_MASK | OVER)) | (age === 1 ? AGED : 0)
      length += 3
    }
    return length
  }

  /**
   * Adds a series that was copied before a restart. What is there already stays, and is only made younger. It is no
   * newcomer. False if the table is full.
   */
  restore(low: number, high: number, metric: number, flags: number): boolean {
    const aged = (flags & AGED) !== 0
    const found = this.#slots.find(low, high, metric)
    if (found !== ABSENT) {
      const meta = this.#slots.metaAt(found)
      const age = this.#ageOf(meta)
      if (age === 1 && !aged) this.#rejuvenate(found, meta)
      if (age <= 1) return true
    }
    return this.#add(low, high, metric | this.#windowBits(aged ? 1 : 0) | (flags & OVER))
  }

  #windowBits(age: number): number {
    return ((this.#window - age) & 3) << WINDOW_SHIFT
  }

  /** In windows: 0 seen in this one, 1 in the one before, 2 and 3 forgotten. */
  #ageOf(meta: number): number {
    return (this.#window - (meta >>> WINDOW_SHIFT)) & 3
  }

  /** Moves a series from the window before into this one. */
  #rejuvenate(found: number, meta: number): void {
    const counts = this.#counts
    const metric = meta & METRIC_MASK
    this.#slots.setMetaAt(found, (meta & ~WINDOW_MASK) | this.#windowBits(0))
    counts.previous[metric]!--
    counts.current[metric]!++
    this.#previous--
    this.#current++
    if ((meta & OVER) === 0) return
    counts.overPrevious[metric]!--
    counts.overCurrent[metric]!++
  }

  /** Adds a series that is not active, in its old place if it was forgotten but not swept yet. False if there is no room. */
  #add(low: number, high: number, meta: number): boolean {
    if (this.active >= this.seriesMax) return false
    const counts = this.#counts
    const metric = meta & METRIC_MASK
    counts.ensure(metric)
    const found = this.#slots.find(low, high, metric)
    if (found !== ABSENT) this.#slots.setMetaAt(found, meta)
    else if (this.#slots.insert(low, high, meta)) counts.slots[metric]!++
    else return false
    const isOver = (meta & OVER) !== 0 ? 1 : 0
    if (this.#ageOf(meta) === 0) {
      this.#current++
      counts.current[metric]!++
      counts.overCurrent[metric]! += isOver
    } else {
      this.#previous++
      counts.previous[metric]!++
      counts.overPrevious[metric]! += isOver
    }
    return true
  }
}
