import type { Announced } from './announced.ts'
import { type Hole, linesUntil, Sequences } from './sequences.ts'
import type { Stamp } from './stamp.ts'

export type Side = 'live' | 'stored'
export const SIDES: ReadonlyArray<Side> = ['live', 'stored']

export type Missing = {
  readonly lines: number
  /** How many of them a tail has said may be missing. */
  readonly announced: number
}

/** Lines whose times are remembered until they come, or are missing for good. */
const MISSED_MAX = 10_000

/** One reading of a range of stored lines: each line is in it once, in the order of time. */
export class Snapshot {
  readonly #runs = new Map<string, { readonly seen: Sequences; newest: number }>()

  /** What is wrong with a line at this place. */
  place({ run, writer, seq, ns }: Stamp): 'again' | 'disordered' | undefined {
    const key = `${run} ${writer}`
    const known = this.#runs.get(key)
    if (known === undefined) {
      const seen = new Sequences(0, 0n)
      seen.add(seq, ns)
      this.#runs.set(key, { seen, newest: seq })
      return undefined
    }
    if (seq < known.newest) return known.seen.add(seq, ns) ? 'disordered' : 'again'
    if (!known.seen.add(seq, ns)) return 'again'
    known.newest = seq
    return undefined
  }
}

/** What one side has shown of one run. */
class SideLedger {
  readonly seen: Sequences
  /** Stored lines are read several times: what is wrong with one counts once. */
  readonly blamed: { readonly again: Sequences; readonly disordered: Sequences }
  readonly forgotten = { lines: 0, announced: 0 }
  lines = 0
  duplicates = 0
  outOfOrder = 0

  constructor(base: number, baseNs: bigint, judge: (hole: Hole) => Missing) {
    this.seen = new Sequences(base, baseNs, (hole) => {
      const { lines, announced } = judge(hole)
      this.forgotten.lines += lines
      this.forgotten.announced += announced
    })
    this.blamed = { again: new Sequences(base, baseNs), disordered: new Sequences(base, baseNs) }
  }
}

/** What is known of one run of a writer: what it wrote, and what each side has shown of it. */
export class RunLedger {
  readonly live: SideLedger
  readonly stored: SideLedger
  readonly base: number
  readonly #announced: Announced
  /** When lines were written that are stored and did not come live. */
  readonly #missedNs = new Map<number, bigint>()
  #next: number
  #newestNs: bigint

  /** `base`: the first number that is expected of both sides. */
  constructor(base: number, baseNs: bigint, announced: Announced) {
    this.base = base
    this.#announced = announced
    this.#next = base
    this.#newestNs = baseNs
    this.live = new SideLedger(base, baseNs, (hole) => this.#judge(hole))
    this.stored = new SideLedger(base, baseNs, (hole) => this.#judge(hole))
  }

  get expected(): number {
    return this.#next - this.base
  }

  get newestNs(): bigint {
    return this.#newestNs
  }

  /** The writer, or either side, knows this line: both are to show it. */
  expect({ seq, ns }: Stamp): void {
    if (seq >= this.#next) this.#next = seq + 1
    if (ns > this.#newestNs) this.#newestNs = ns
  }

  /** False: the line came before. `isLate`: it was announced to come out of order. */
  seeLive(stamp: Stamp, isLate: boolean): boolean {
    const { live } = this
    this.expect(stamp)
    const isBehind = stamp.seq < live.seen.next
    if (!live.seen.add(stamp.seq, stamp.ns)) {
      live.duplicates++
      return false
    }
    live.lines++
    this.#missedNs.delete(stamp.seq)
    if (isBehind && !isLate) live.outOfOrder++
    return true
  }

  /** True the first time. */
  seeStored(stamp: Stamp, snapshot: Snapshot): boolean {
    const { stored } = this
    this.expect(stamp)
    const blame = snapshot.place(stamp)
    if (blame === 'again' && stored.blamed.again.add(stamp.seq, stamp.ns)) stored.duplicates++
    if (blame === 'disordered' && stored.blamed.disordered.add(stamp.seq, stamp.ns)) stored.outOfOrder++
    const isNew = stored.seen.add(stamp.seq, stamp.ns)
    if (!isNew) return false
    stored.lines++
    if (!this.live.seen.has(stamp.seq) && this.#missedNs.size < MISSED_MAX)
      this.#missedNs.set(stamp.seq, stamp.ns)
    return true
  }

  /** Lines written before a time that a side has not shown. */
  missing(side: Side, beforeNs: bigint): Missing {
    const { forgotten } = this[side]
    let { lines, announced } = forgotten
    for (const hole of this.#holes(side)) {
      const missing = this.#judge(hole, beforeNs)
      lines += missing.lines
      announced += missing.announced
    }
    return { lines, announced }
  }

  /** When the line before the oldest hole was written; undefined without one. */
  oldestHoleNs(side: Side): bigint | undefined {
    for (const { fromNs } of this.#holes(side)) return fromNs
    return undefined
  }

  forgetBefore(ns: bigint): void {
    this.live.seen.forgetBefore(ns)
    this.stored.seen.forgetBefore(ns)
    for (const [seq, writtenNs] of this.#missedNs) if (writtenNs < ns) this.#missedNs.delete(seq)
  }

  /** Of the lines of a hole that were written before a time: by their times where these are known, else as if evenly spread. */
  #judge(hole: Hole, beforeNs?: bigint): Missing {
    const { first, lines } = hole
    if (lines > this.#missedNs.size) return this.#guess(hole, beforeNs)
    const missing = { lines: 0, announced: 0 }
    for (let seq = first; seq < first + lines; seq++) {
      const ns = this.#missedNs.get(seq)
      if (ns === undefined) return this.#guess(hole, beforeNs)
      if (beforeNs !== undefined && ns >= beforeNs) continue
      missing.lines++
      if (this.#announced.covers(ns)) missing.announced++
    }
    return missing
  }

  #guess(hole: Hole, beforeNs: bigint | undefined): Missing {
    const lines = beforeNs === undefined ? hole.lines : linesUntil(hole, beforeNs)
    return { lines, announced: this.#announced.covered(hole, lines) }
  }

  #holes(side: Side): Generator<Hole, void, undefined> {
    return this[side].seen.holes(this.#next, this.#newestNs)
  }
}
