import type { Batch } from '../../otlp/batch.ts'
import { LOG } from '../../otlp/slots.ts'
import { CommitHits } from '../keyed/commit-hits.ts'
import { grown, KeyTable, NO_ENTRY } from '../keyed/key-table.ts'
import type { Template } from './template.ts'

/** Words per entry: the first and the last observed time of what was dropped, and the last time. */
const WORDS = 6
const FIRST = 0
const LAST = 2
const TIME = 4

/** The records of one interval: which keys were seen, and what is needed to sum up those that were dropped. */
export class DedupWindow {
  readonly #table: KeyTable
  readonly #bytesMax: number
  /** Which commits dropped how many of which entry, and which saw it first. */
  readonly #drops = new CommitHits()
  readonly #firsts = new CommitHits()
  #counts = new Uint32Array(64)
  #times = new Uint32Array(64 * WORDS)
  #templates: (Template | undefined)[] = []
  #bytes = 0
  /** When its first record came; undefined while it is empty. */
  startedMs: number | undefined

  constructor(keysMax: number, bytesMax: number) {
    this.#table = new KeyTable(keysMax)
    this.#bytesMax = bytesMax
  }

  /** Past the last entry; each has a count, which may be 0. */
  get end(): number {
    return this.#table.end
  }

  /** Whether all commits that it knows something of have ended: the counts are final. */
  get isSettled(): boolean {
    return this.#drops.isSettled && this.#firsts.isSettled
  }

  /** From now on records join `commit`. */
  begin(commit: number): void {
    this.#drops.begin(commit)
    this.#firsts.begin(commit)
  }

  find(words: Uint32Array, owner: number): number {
    return this.#table.find(words[0]! | 0, words[1]! | 0, owner)
  }

  /** Notes the first record of a key, which passes. False if there is no room. */
  note(words: Uint32Array, owner: number, nowMs: number): boolean {
    const entry = this.#table.add(words[0]! | 0, words[1]! | 0, owner)
    if (entry === NO_ENTRY) return false
    this.startedMs ??= nowMs
    this.#counts = grown(this.#counts, entry + 1)
    this.#times = grown(this.#times, (entry + 1) * WORDS)
    this.#counts[entry] = 0
    if (this.#templates[entry] !== undefined) this.#templates[entry] = undefined
    this.#firsts.add(entry)
    return true
  }

  needsTemplate(entry: number): boolean {
    return this.#templates[entry] === undefined
  }

  /** False if there is no room: then its records pass. */
  keepTemplate(entry: number, template: Template, bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false
    this.#bytes += bytes
    while (this.#templates.length < entry) this.#templates.push(undefined)
    this.#templates[entry] = template
    return true
  }

  /** Counts a record that is dropped. */
  drop(entry: number, { records: { data } }: Batch, base: number): void {
    const times = this.#times
    const at = entry * WORDS
    const timed = data[base + LOG.timeLow] !== 0 || data[base + LOG.timeHigh] !== 0
    const observed = data[base + LOG.observedTimeLow] !== 0 || data[base + LOG.observedTimeHigh] !== 0
    const observedAt = base + (observed ? LOG.observedTimeLow : LOG.timeLow)
    const timeAt = base + (timed ? LOG.timeLow : LOG.observedTimeLow)
    const isFirst = this.#counts[entry]!++ === 0
    if (isFirst || isBefore(data, observedAt, times, at + FIRST))
      copyWords(times, at + FIRST, data, observedAt)
    if (isFirst || isBefore(times, at + LAST, data, observedAt)) copyWords(times, at + LAST, data, observedAt)
    if (isFirst || isBefore(times, at + TIME, data, timeAt)) copyWords(times, at + TIME, data, timeAt)
    this.#drops.add(entry)
  }

  committed(commit: number): void {
    this.#drops.committed(commit)
    this.#firsts.committed(commit)
  }

  /**
   * Forgets what the commit taught. A key that was first seen in it is new again; what another commit dropped for it stays counted, and is summed up.
   */
  refused(commit: number): void {
    this.#drops.refused(commit, (entry, times) => {
      this.#counts[entry]! -= times
    })
    this.#firsts.refused(commit, (entry) => {
      if (this.#counts[entry] === 0) this.#table.remove(entry)
      else this.#table.detach(entry)
    })
  }

  countOf(entry: number): number {
    return this.#counts[entry]!
  }

  templateOf(entry: number): Template | undefined {
    return this.#templates[entry]
  }

  /** Nanoseconds; of what was dropped. */
  timesOf(entry: number): { readonly first: bigint; readonly last: bigint; readonly time: bigint } {
    const of = (slot: number): bigint => {
      const at = entry * WORDS + slot
      return (BigInt(this.#times[at + 1]!) << 32n) | BigInt(this.#times[at]!)
    }
    return { first: of(FIRST), last: of(LAST), time: of(TIME) }
  }

  clear(): void {
    this.#table.clear()
    this.#templates = []
    this.#bytes = 0
    this.startedMs = undefined
  }
}

function isBefore(a: Uint32Array, at: number, b: Uint32Array, bAt: number): boolean {
  return a[at + 1]! < b[bAt + 1]! || (a[at + 1] === b[bAt + 1] && a[at]! < b[bAt]!)
}

function copyWords(to: Uint32Array, at: number, from: Uint32Array, fromAt: number): void {
  to[at] = from[fromAt]!
  to[at + 1] = from[fromAt + 1]!
}
