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

/** One reading of a range of stored lines: each line is in it once, in the order of time. */
export class Snapshot {
  readonly #runs = new Map<string, { readonly seen: Sequences; newest: number }>()

  /** What is wrong with a line at this place. */
  place({ run, writer, seq, ns }: Stamp): 'again' | 'disordered' | undefined {
    const key = `${run} ${writer}`
    const known = this.#runs.get(key)
    if (known === undefined) {
      const seen = new Sequences(seq, ns)
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

  constructor(base: number, baseNs: bigint, announced: Announced) {
    this.seen = new Sequences(base, baseNs, (hole) => {
      this.forgotten.lines += hole.lines
      this.forgotten.announced += announced.covered(hole, hole.lines)
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
  #next: number
  #newestNs: bigint

  /** `base`: the first number that is expected of both sides. */
  constructor(base: number, baseNs: bigint, announced: Announced) {
    this.base = base
    this.#announced = announced
    this.#next = base
    this.#newestNs = baseNs
    this.live = new SideLedger(base, baseNs, announced)
    this.stored = new SideLedger(base, baseNs, announced)
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
    if (isNew) stored.lines++
    return isNew
  }

  /** Lines written before a time that a side has not shown. */
  missing(side: Side, beforeNs: bigint): Missing {
    const { forgotten } = this[side]
    let { lines, announced } = forgotten
    for (const hole of this.#holes(side)) {
      const count = linesUntil(hole, beforeNs)
      lines += count
      announced += this.#announced.covered(hole, count)
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
  }

  #holes(side: Side): Generator<Hole, void, undefined> {
    return this[side].seen.holes(this.#next, this.#newestNs)
  }
}
