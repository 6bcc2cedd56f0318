import type { Positions } from '../../line.ts'

/** Rows by when they were received: those below these Seqs, and in lanes that are not named, below `otherwise`. */
export type RowsBelow = { readonly below: Positions; readonly otherwise: bigint }

/** What fills a hole from the store. */
export type Fillable = {
  /** Of the container. */
  readonly lane: string
  /** Between which stamps rows are looked for; `endNs` is not within. */
  readonly range: { readonly startNs: bigint; readonly endNs: bigint }
  /** Begins a reading anew: is a row, asked about once, a line that was not shown? */
  missing(): (ns: bigint, text: string) => boolean
}

/** A hole as a token has it: neither stamp is within, and no line within was told as it came. */
export type HoleMark = {
  /** Of a line that was told before it, or the nanosecond before what is wanted. */
  readonly afterNs: bigint
  /** Of the lowest line behind it that was told; undefined: none has come yet. */
  readonly untilNs: bigint | undefined
  /** Without an end: the newest stored stamp that was told; lines up to it are the store's. At least `afterNs`. */
  readonly toldNs: bigint
  readonly openedSeconds: number
  /** Stored rows that were not read yet; those that were received later were told as they came. */
  readonly unread: RowsBelow | undefined
}

/** Behind every stamp. */
export const NO_END = 2n ** 63n - 1n

/**
 * A hole that was open when its viewer left. What is stamped within is told from the store and from nowhere else, so it needs
 * not to know what was shown at its edges.
 */
export class CarriedHole implements Fillable {
  readonly lane: string
  readonly #afterNs: bigint
  readonly #openedSeconds: number
  #untilNs: bigint
  #toldNs: bigint
  #unread: RowsBelow | undefined

  constructor(lane: string, { afterNs, untilNs, toldNs, openedSeconds, unread }: HoleMark) {
    this.lane = lane
    this.#afterNs = afterNs
    this.#untilNs = untilNs ?? NO_END
    this.#toldNs = toldNs
    this.#openedSeconds = openedSeconds
    this.#unread = unread
  }

  get unread(): RowsBelow | undefined {
    return this.#unread
  }

  /** What was unread has been told. */
  hasRead(): void {
    this.#unread = undefined
  }

  get range(): { readonly startNs: bigint; readonly endNs: bigint } {
    return { startNs: this.#afterNs + 1n, endNs: this.#untilNs }
  }

  missing(): (ns: bigint) => boolean {
    return (ns) => this.holds(ns)
  }

  /** Is a row with this stamp within? */
  holds(ns: bigint): boolean {
    return ns > this.#afterNs && ns < this.#untilNs
  }

  /** A row within is told. */
  tell(ns: bigint): void {
    if (this.#untilNs === NO_END && ns > this.#toldNs) this.#toldNs = ns
  }

  /** Is a line with this stamp the store's to tell? */
  keeps(ns: bigint): boolean {
    return this.#untilNs === NO_END ? ns > this.#afterNs && ns <= this.#toldNs : this.holds(ns)
  }

  /** A line that it does not keep is told. */
  endAt(ns: bigint): void {
    if (this.#untilNs === NO_END && ns > this.#toldNs) this.#untilNs = ns
  }

  get marks(): HoleMark[] {
    const untilNs = this.#untilNs === NO_END ? undefined : this.#untilNs
    const toldNs = untilNs === undefined ? this.#toldNs : this.#afterNs
    const [afterNs, openedSeconds, unread] = [this.#afterNs, this.#openedSeconds, this.#unread]
    return [{ afterNs, untilNs, toldNs, openedSeconds, unread }]
  }
}
