import type { Stamp } from '../kubernetes/contract.ts'

/**
 * Where a viewer stands in a container's log, in words that any replica can find again: of the lines whose stamp is at or
 * after `seconds`, in the order of the file, the first `lines` are told. `newestNs` and `sum` tell whether a log that is
 * read again still begins with those.
 */
export type ContainerMark = {
  /** Stored rows below this second are told as rows, kubelet's lines from it on as lines. */
  readonly cutSeconds: number
  readonly seconds: number
  readonly lines: number
  /** Stamp of the newest line that was told; 0 if none was. */
  readonly newestNs: bigint
  /** Over the hashes of those lines, whatever their order. */
  readonly sum: number
}

export const NANOS_PER_SECOND = 1_000_000_000n

export const stampNs = ({ seconds, nanos }: Stamp): bigint =>
  BigInt(seconds) * NANOS_PER_SECOND + BigInt(nanos)

export const secondsOf = (ns: bigint): number => Number(ns / NANOS_PER_SECOND)

/** Seconds before the newest line's that a mark begins at: stdout and stderr are out of order by less. */
const BEHIND_SECONDS = 2
const SECONDS_MAX = 64

/** Counts the lines of a container per second of their stamps, as far as a mark needs them. */
export class Tally {
  readonly #seconds = new Map<number, { lines: number; sum: number }>()
  #from: number
  #newestNs = 0n

  /** `fromSeconds`: lines at or after it are all added. */
  constructor(fromSeconds: number) {
    this.#from = fromSeconds
  }

  add(seconds: number, ns: bigint, hash: number): void {
    if (ns > this.#newestNs) {
      this.#newestNs = ns
      if (!this.#seconds.has(seconds)) this.#forgetBelow(seconds - BEHIND_SECONDS)
    }
    if (seconds < this.#from) return
    const known = this.#seconds.get(seconds)
    if (known === undefined) {
      this.#seconds.set(seconds, { lines: 1, sum: hash })
      // A clock that jumps about: rather a mark that can't be found than no bound.
      if (this.#seconds.size > SECONDS_MAX) this.#forgetBelow(seconds)
    } else {
      known.lines++
      known.sum = (known.sum + hash) >>> 0
    }
  }

  mark(cutSeconds: number): ContainerMark {
    let lines = 0
    let sum = 0
    for (const second of this.#seconds.values()) {
      lines += second.lines
      sum = (sum + second.sum) >>> 0
    }
    return { cutSeconds, seconds: this.#from, lines, newestNs: this.#newestNs, sum }
  }

  #forgetBelow(seconds: number): void {
    if (seconds <= this.#from) return
    this.#from = seconds
    for (const known of this.#seconds.keys()) if (known < seconds) this.#seconds.delete(known)
  }
}

/** Finds a mark in a log that is read again from the mark's second or earlier. Lines are told from there on. */
export class Locator {
  readonly mark: ContainerMark
  #state: 'searching' | 'found' | 'lost'
  #lines = 0
  #sum = 0
  /** Of the first line that is not told, or that shows that the mark is lost. */
  #next = 0n
  #onLost: ((beforeNs: bigint) => void) | undefined

  /** `onLost`: told once; the lines between the mark and this stamp may be missing. */
  constructor(mark: ContainerMark, onLost: (beforeNs: bigint) => void) {
    this.mark = mark
    this.#onLost = onLost
    this.#state = mark.lines === 0 ? 'found' : 'searching'
  }

  get isSearching(): boolean {
    return this.#state === 'searching'
  }

  /** Every line of the log in its order, before it is told. */
  see(seconds: number, ns: bigint, hash: number, seq: bigint): void {
    if (this.#state !== 'searching' || seconds < this.mark.seconds) return
    // What is not among the lines that were told comes after them: the log does not begin with those any more.
    if (ns > this.mark.newestNs) {
      this.#lose(ns)
      return
    }
    this.#sum = (this.#sum + hash) >>> 0
    if (++this.#lines < this.mark.lines) return
    if (this.#sum !== this.mark.sum) {
      this.#lose(ns)
      return
    }
    this.#state = 'found'
    this.#next = seq + 1n
  }

  /** Is this line one that the viewer does not have? */
  takes(ns: bigint, seq: bigint): boolean {
    if (this.#state === 'lost') return ns > this.mark.newestNs
    return this.#state === 'found' && seq >= this.#next
  }

  #lose(beforeNs: bigint): void {
    this.#state = 'lost'
    this.#onLost?.(beforeNs)
    this.#onLost = undefined
  }
}
