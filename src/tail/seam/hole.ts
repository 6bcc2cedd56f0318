import type { Gap } from '../line.ts'
import { NANOS_PER_SECOND } from './mark.ts'

/** Lines of stdout and stderr in one file are out of order by less: a hole reaches so much further on both sides. */
const DISORDER_NS = NANOS_PER_SECOND
/** Lines that are remembered at its edges. */
const SHOWN_MAX = 20_000
const NO_END = 2n ** 63n - 1n

export type HoleOptions = {
  /** Of the container. */
  readonly lane: string
  /** Stamp of the last line before it. */
  readonly fromNs: bigint
  /** Of the first after it; undefined: none has come yet. */
  readonly endNs: bigint | undefined
  /** What viewers are told; undefined where nothing says that a line was there. */
  readonly reason: string | undefined
  /** Whether lines before and behind it are out of order; exact edges are no part of it. */
  readonly disorder: { readonly before: boolean; readonly behind: boolean }
}

/**
 * A stretch of a container's log that its kubelet did not bring. Stored rows fill it; those whose line was shown at its edges
 * are left out, by stamp and text.
 */
export class Hole {
  readonly lane: string
  readonly gap: Gap | undefined
  readonly #fromNs: bigint
  readonly #startNs: bigint
  readonly #disorderBehindNs: bigint
  readonly #shown = new Map<string, number>()
  #isFull = false
  #endNs: bigint

  constructor({ lane, fromNs, endNs, reason, disorder }: HoleOptions) {
    this.lane = lane
    this.#fromNs = fromNs
    this.#startNs = disorder.before ? latest(0n, fromNs - DISORDER_NS) : fromNs + 1n
    this.#disorderBehindNs = disorder.behind ? DISORDER_NS + 1n : 0n
    this.#endNs = endNs ?? NO_END
    this.gap = reason === undefined ? undefined : { lane, fromNs, toNs: endNs ?? fromNs, reason }
  }

  /** The first line behind it has come. */
  endAt(ns: bigint): void {
    if (this.#endNs === NO_END) this.#endNs = latest(ns, this.#fromNs)
  }

  /** Between which times stored rows are looked for; `endNs` is not within. */
  get range(): { readonly startNs: bigint; readonly endNs: bigint } {
    const endNs = this.#endNs === NO_END ? NO_END : this.#endNs + this.#disorderBehindNs
    return { startNs: this.#startNs, endNs }
  }

  covers(ns: bigint): boolean {
    return ns >= this.#startNs && ns < this.range.endNs
  }

  /** A line of the container that was shown. False: it lies so far behind the hole that later ones do too. */
  shown(ns: bigint, text: string): boolean {
    if (this.covers(ns)) {
      const key = keyOf(ns, text)
      if (this.#shown.size < SHOWN_MAX) this.#shown.set(key, (this.#shown.get(key) ?? 0) + 1)
      else this.#isFull = true
    }
    return ns < this.range.endNs + DISORDER_NS
  }

  /** Is a stored row a line that was not shown? Ask once for each row. */
  misses(ns: bigint, text: string): boolean {
    return this.#misses(ns, text, this.#shown)
  }

  /** The same for a reading that may be done again from its beginning. */
  missing(): (ns: bigint, text: string) => boolean {
    const shown = new Map(this.#shown)
    return (ns, text) => this.#misses(ns, text, shown)
  }

  #misses(ns: bigint, text: string, shown: Map<string, number>): boolean {
    if (!this.covers(ns)) return false
    const key = keyOf(ns, text)
    const left = shown.get(key)
    // With more lines at the edges than are remembered, the edges are left out.
    if (left === undefined) return !this.#isFull || (ns > this.#fromNs && ns < this.#endNs)
    if (left === 1) shown.delete(key)
    else shown.set(key, left - 1)
    return false
  }
}

const latest = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** Collectors cut white space off the end of a line. */
const keyOf = (ns: bigint, text: string): string => `${ns} ${text.trimEnd()}`
