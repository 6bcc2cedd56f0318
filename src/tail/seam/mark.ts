import type { Stamp } from '../kubernetes/contract.ts'
import type { HoleMark } from './holes/carried-hole.ts'

/**
 * Where a viewer stands in a container's log, in words that any replica can find again: of the lines that are stamped within
 * these seconds, in the order of the file, the first so many are told. Sums over their hashes tell whether a log that is
 * read again still begins with those.
 */
export type LogMark = {
  /** Stored rows below this second are told as rows, kubelet's lines from it on as lines. */
  readonly cutSeconds: number
  /** All lines from this second on are counted. */
  readonly seconds: number
  /** Rising, those that have lines. */
  readonly counts: ReadonlyArray<SecondCount>
  /** Stamp of the newest line that was told; 0 if none was. */
  readonly newestNs: bigint
}

/** The same, and what of the lines before was not told yet. */
export type ContainerMark = LogMark & { readonly holes: ReadonlyArray<HoleMark> }

export type SecondCount = { readonly second: number; readonly lines: number; readonly sum: number }

export const NANOS_PER_SECOND = 1_000_000_000n

export const stampNs = ({ seconds, nanos }: Stamp): bigint =>
  BigInt(seconds) * NANOS_PER_SECOND + BigInt(nanos)

export const latest = (a: bigint, b: bigint): bigint => (a > b ? a : b)

export const secondsOf = (ns: bigint): number => Number(ns / NANOS_PER_SECOND)

/** Seconds before the newest line's that are counted: stdout and stderr are out of order by less. */
const BEHIND_SECONDS = 2
/** Counted at most; a clock that jumps makes rather a mark that can't be found than one without a bound. */
export const COUNTS_MAX = 4

/** Counts the lines of a container per second of their stamps, as far as a mark needs them. */
export class Tally {
  readonly #counts = new Map<number, { lines: number; sum: number }>()
  #from: number
  #newestNs = 0n

  /** `fromSeconds`: lines at or after it are all added. */
  constructor(fromSeconds: number) {
    this.#from = fromSeconds
  }

  add(second: number, ns: bigint, hash: number): void {
    if (ns > this.#newestNs) {
      this.#newestNs = ns
      if (!this.#counts.has(second)) this.#forgetBelow(second - BEHIND_SECONDS)
    }
    if (second < this.#from) return
    const known = this.#counts.get(second)
    if (known !== undefined) {
      known.lines++
      known.sum = (known.sum + hash) >>> 0
      return
    }
    this.#counts.set(second, { lines: 1, sum: hash })
    if (this.#counts.size > COUNTS_MAX) this.#forgetBelow(Math.min(...this.#counts.keys()) + 1)
  }

  mark(cutSeconds: number): LogMark {
    const counts = [...this.#counts]
      .map(([second, { lines, sum }]) => ({ second, lines, sum }))
      .sort((a, b) => a.second - b.second)
    return { cutSeconds, seconds: this.#from, counts, newestNs: this.#newestNs }
  }

  #forgetBelow(seconds: number): void {
    if (seconds <= this.#from) return
    this.#from = seconds
    for (const known of this.#counts.keys()) if (known < seconds) this.#counts.delete(known)
  }
}

/** Finds a mark in a log that is read again from some second on. Lines are told from there on. */
export class Locator {
  readonly #newestNs: bigint
  readonly #fromSeconds: number
  readonly #wanted: { readonly lines: number; readonly sum: number }
  #state: 'searching' | 'found' | 'lost'
  #lines = 0
  #sum = 0
  /** Of the first line that is not told, or that shows that the mark is lost. */
  #next = 0n
  #onLost: ((beforeNs: bigint | undefined) => void) | undefined

  /**
   * `fromSeconds`: every line from it on is seen. `onLost`: told once; the lines between the mark and this stamp may be
   * missing, without one all behind the mark.
   */
  constructor(
    { counts, newestNs }: LogMark,
    fromSeconds: number,
    onLost: (beforeNs: bigint | undefined) => void,
  ) {
    this.#newestNs = newestNs
    this.#fromSeconds = fromSeconds
    this.#onLost = onLost
    let lines = 0
    let sum = 0
    for (const count of counts) {
      if (count.second < fromSeconds) continue
      lines += count.lines
      sum = (sum + count.sum) >>> 0
    }
    this.#wanted = { lines, sum }
    this.#state = lines === 0 ? 'found' : 'searching'
  }

  get isSearching(): boolean {
    return this.#state === 'searching'
  }

  /** Every line of the log in its order, before it is told. */
  see(seconds: number, ns: bigint, hash: number, seq: bigint): void {
    if (this.#state !== 'searching' || seconds < this.#fromSeconds) return
    // What is not among the lines that were told comes after them: the log does not begin with those any more.
    if (ns > this.#newestNs) {
      this.#lose(ns)
      return
    }
    this.#sum = (this.#sum + hash) >>> 0
    if (++this.#lines < this.#wanted.lines) return
    if (this.#sum !== this.#wanted.sum) {
      this.#lose(ns)
      return
    }
    this.#state = 'found'
    this.#next = seq + 1n
  }

  /** No line has come in all the time that a log takes to show those that were told: it does not have them any more. */
  giveUp(): void {
    if (this.#state === 'searching') this.#lose(undefined)
  }

  /** Is this line one that the viewer does not have? */
  takes(ns: bigint, seq: bigint): boolean {
    if (this.#state === 'lost') return ns > this.#newestNs
    return this.#state === 'found' && seq >= this.#next
  }

  #lose(beforeNs: bigint | undefined): void {
    this.#state = 'lost'
    this.#onLost?.(beforeNs)
    this.#onLost = undefined
  }
}
