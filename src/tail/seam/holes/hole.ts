import type { Gap } from '../../line.ts'
import { latest, NANOS_PER_SECOND } from '../mark.ts'
import { type Fillable, type HoleMark, NO_END, type RowsBelow } from './carried-hole.ts'

/** Lines of stdout and stderr in one file are out of order by less: a hole reaches so much further on both sides. */
const DISORDER_NS = NANOS_PER_SECOND
/** Lines that are remembered at its edges. */
const SHOWN_MAX = 20_000

export type HoleOptions = {
  /** Of the container. */
  readonly lane: string
  /** Stamp of the last line before it. */
  readonly fromNs: bigint
  /** Of the first after it; undefined: none has come yet. */
  readonly endNs: bigint | undefined
  /** What viewers are told; undefined where nothing says that a line was there. */
  readonly reason: string | undefined
  /** Rows up to this stamp are no part of it; undefined: lines before are out of order with it, and it is told of them. */
  readonly afterNs: bigint | undefined
  /** Rows from its end on are no part of it; else lines behind are out of order with it. */
  readonly isEndExact: boolean
}

/**
 * A stretch of a container's log that its kubelet did not bring. Stored rows fill it; those whose line was shown at its edges
 * are left out, by stamp and text, and so are lines there whose row was told before they came. Until a line comes behind it,
 * rows are told without end: lines that come up to the newest of them are the store's.
 */
export class Hole implements Fillable {
  readonly lane: string
  readonly gap: Gap | undefined
  readonly #fromNs: bigint
  readonly #startNs: bigint
  readonly #isStartExact: boolean
  readonly #isEndExact: boolean
  readonly #shown = new Map<string, number>()
  /** Lines that were shown while stored rows are read. */
  #shownSince: Map<string, number> | undefined
  #isFull = false
  #isOver = false
  #endNs: bigint
  /** The highest stamp that was shown before it, and the lowest behind it. */
  #afterNs: bigint
  #untilNs: bigint
  #toldNs = -1n
  /** Rows that were told of its edge behind, and lines that came for them. */
  readonly #told = new Map<string, number>()
  readonly #kept = new Set<bigint>()
  #toldBehindNs = -1n
  #highestNs = -1n
  #opened: { readonly seconds: number; unread: RowsBelow | undefined } | undefined

  constructor({ lane, fromNs, endNs, reason, afterNs, isEndExact }: HoleOptions) {
    this.lane = lane
    this.#isStartExact = afterNs !== undefined
    this.#isEndExact = isEndExact
    this.#fromNs = afterNs ?? fromNs
    this.#startNs = afterNs === undefined ? latest(0n, fromNs - DISORDER_NS) : afterNs + 1n
    this.#endNs = endNs ?? NO_END
    this.#afterNs = this.#fromNs
    this.#untilNs = this.#endNs > this.#fromNs ? this.#endNs : NO_END
    this.gap = reason === undefined ? undefined : { lane, fromNs, toNs: endNs ?? fromNs, reason }
  }

  /** It is looked for from now on; `unread` are the rows that came before. */
  begin(seconds: number, unread: RowsBelow): void {
    this.#opened = { seconds, unread }
  }

  /** Nobody looks for its lines any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  over(): void {
    this.#isOver = true
  }

  /** The first line behind it has come. */
  endAt(ns: bigint): void {
    if (this.#endNs !== NO_END) return
    this.#endNs = latest(latest(ns, this.#fromNs), this.#toldNs + 1n)
    if (this.#endNs > this.#afterNs) this.#untilNs = this.#endNs
  }

  /** Between which times stored rows are looked for; `endNs` is not within. */
  get range(): { readonly startNs: bigint; readonly endNs: bigint } {
    const isExact = this.#endNs === NO_END || this.#isEndExact
    return { startNs: this.#startNs, endNs: isExact ? this.#endNs : this.#endNs + DISORDER_NS + 1n }
  }

  covers(ns: bigint): boolean {
    return ns >= this.#startNs && ns < this.range.endNs
  }

  /** Is a line that comes now the store's to tell? */
  keeps(ns: bigint, seq: bigint): boolean {
    return this.#isBeforeTold(ns) || this.#kept.has(seq)
  }

  /** A line of the container that was shown before this hole was found. */
  shownBefore(ns: bigint, text: string, seq: bigint): void {
    if (this.#isStartExact) this.shown(ns, text, seq)
    else if (this.covers(ns)) {
      this.#remember(ns, text)
      this.#afterNs = latest(this.#afterNs, ns)
      if (this.#untilNs <= this.#afterNs) this.#untilNs = NO_END
    }
  }

  /** One that comes behind it, before it is told. False: it lies so far behind that later ones do too. */
  shown(ns: bigint, text: string, seq: bigint): boolean {
    this.#highestNs = latest(this.#highestNs, ns)
    if (this.covers(ns) && !this.#isBeforeTold(ns)) {
      if (takeOne(this.#told, keyOf(ns, text))) this.#kept.add(seq)
      else this.#remember(ns, text)
      if (ns > this.#afterNs && ns < this.#untilNs) this.#untilNs = ns
    }
    return ns < this.range.endNs + DISORDER_NS
  }

  /** Is a stored row, which is told then, a line that was not shown? Ask once for each row. */
  misses(ns: bigint, text: string): boolean {
    const isMissing = this.#misses(ns, text, this.#shown)
    if (isMissing) this.tell(ns, text)
    return isMissing
  }

  missing(): (ns: bigint, text: string) => boolean {
    const shown = new Map(this.#shown)
    this.#shownSince = new Map()
    return (ns, text) => this.#misses(ns, text, shown)
  }

  /** Of a row that the last reading found missing: no line has come for it since? Ask once for each row. */
  stillMisses(ns: bigint, text: string): boolean {
    return this.covers(ns) && !takeOne(this.#shownSince, keyOf(ns, text))
  }

  /** A row within is told. */
  tell(ns: bigint, text: string): void {
    if (this.#endNs === NO_END) this.#toldNs = latest(this.#toldNs, ns)
    else if (ns > this.#endNs - DISORDER_NS && this.#told.size < SHOWN_MAX) {
      addOne(this.#told, keyOf(ns, text))
      this.#toldBehindNs = latest(this.#toldBehindNs, ns)
    }
  }

  /** What was unread has been told. */
  hasRead(): void {
    this.#shownSince = undefined
    if (this.#opened !== undefined) this.#opened.unread = undefined
  }

  /** Its inner part, between what was shown; none if it is not looked for. And rows behind that were told before their lines. */
  get marks(): HoleMark[] {
    if (this.#opened === undefined) return []
    const { seconds: openedSeconds, unread } = this.#opened
    const afterNs = this.#afterNs
    const untilNs = this.#untilNs
    const known = { openedSeconds, unread }
    const open = (after: bigint, told: bigint) => ({
      afterNs: after,
      untilNs: undefined,
      toldNs: told,
      ...known,
    })
    if (this.#endNs === NO_END) return [open(afterNs, latest(afterNs, this.#toldNs))]
    const marks: HoleMark[] = []
    if (untilNs !== NO_END && untilNs > afterNs + 1n)
      marks.push({ afterNs, untilNs, toldNs: afterNs, ...known })
    if (this.#highestNs !== -1n && this.#toldBehindNs > this.#highestNs)
      marks.push(open(this.#highestNs, this.#toldBehindNs))
    return marks
  }

  #isBeforeTold(ns: bigint): boolean {
    return ns <= this.#toldNs && this.covers(ns)
  }

  #misses(ns: bigint, text: string, shown: Map<string, number>): boolean {
    if (!this.covers(ns)) return false
    if (takeOne(shown, keyOf(ns, text))) return false
    // With more lines at the edges than are remembered, the edges are left out.
    return !this.#isFull || (ns > this.#fromNs && ns < this.#endNs)
  }

  #remember(ns: bigint, text: string): void {
    const key = keyOf(ns, text)
    if (this.#shown.size < SHOWN_MAX) addOne(this.#shown, key)
    else this.#isFull = true
    if (this.#shownSince !== undefined && this.#shownSince.size < SHOWN_MAX) addOne(this.#shownSince, key)
  }
}

/** Collectors cut white space off the end of a line. */
const keyOf = (ns: bigint, text: string): string => `${ns} ${text.trimEnd()}`

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** False if there is none left. */
function takeOne(counts: Map<string, number> | undefined, key: string): boolean {
  const left = counts?.get(key)
  if (left === undefined) return false
  if (left === 1) counts!.delete(key)
  else counts!.set(key, left - 1)
  return true
}
