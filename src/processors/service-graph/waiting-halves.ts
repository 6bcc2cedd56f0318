import { hashWords } from '../../otlp/series/murmur.ts'
import { CommitHits } from '../keyed/commit-hits.ts'
import { grown, KeyTable, NO_ENTRY } from '../keyed/key-table.ts'

export const CLIENT = 1
export const SERVER = 2

const TRACE_WORDS = 4
const SPAN_WORDS = 2
const AT_START = 256

/**
 * Halves of calls that wait for their other half, by trace id and the client's span id. A half that was used by a commit (it met the other, or waited in
 * vain) stays until the commit has ended: if that is refused, it waits again.
 */
export class WaitingHalves {
  readonly #table: KeyTable
  readonly #used = new CommitHits()
  readonly #ids = new Uint32Array(TRACE_WORDS + SPAN_WORDS)
  readonly #key = new Uint32Array(2)
  /** Per entry. */
  side = new Uint8Array(AT_START)
  service = new Int32Array(AT_START)
  /** Its name, or NO_ENTRY. */
  peer = new Int32Array(AT_START)
  failed = new Uint8Array(AT_START)
  messaging = new Uint8Array(AT_START)
  owner = new Int32Array(AT_START)
  seconds = new Float64Array(AT_START)
  #dueMs = new Float64Array(AT_START)
  #isUsed = new Uint8Array(AT_START)
  /** An array, since a number handed over for each half would be boxed. */
  readonly #untilMs = new Float64Array(1)

  constructor(waitingMax: number) {
    this.#table = new KeyTable(waitingMax)
  }

  /** Halves that are added from now on wait until then. */
  begin(commit: number, untilMs: number): void {
    this.#untilMs[0] = untilMs
    this.#used.begin(commit)
  }

  /** The half that waits for, or is, this call; NO_ENTRY if none is. To be followed by {@link add} at most. */
  find(bytes: Buffer, traceIdStart: number, spanIdStart: number, owner: number): number {
    const ids = this.#ids
    for (let i = 0; i < TRACE_WORDS; i++) ids[i] = bytes.readInt32LE(traceIdStart + 4 * i)
    for (let i = 0; i < SPAN_WORDS; i++) ids[TRACE_WORDS + i] = bytes.readInt32LE(spanIdStart + 4 * i)
    hashWords(this.#key, ids, ids.length)
    return this.#table.find(this.#key[0]! | 0, this.#key[1]! | 0, owner)
  }

  /** A half of the call that was looked for last; its fields are the caller's to write. NO_ENTRY: no room. */
  add(owner: number): number {
    const entry = this.#table.add(this.#key[0]! | 0, this.#key[1]! | 0, owner)
    if (entry === NO_ENTRY) return NO_ENTRY
    const needed = entry + 1
    this.side = grown(this.side, needed)
    this.service = grown(this.service, needed)
    this.peer = grown(this.peer, needed)
    this.failed = grown(this.failed, needed)
    this.messaging = grown(this.messaging, needed)
    this.owner = grown(this.owner, needed)
    this.seconds = grown(this.seconds, needed)
    this.#dueMs = grown(this.#dueMs, needed)
    this.#isUsed = grown(this.#isUsed, needed)
    this.owner[entry] = owner
    this.#dueMs[entry] = this.#untilMs[0]!
    this.#isUsed[entry] = 0
    return entry
  }

  isUsed(entry: number): boolean {
    return this.#isUsed[entry] === 1
  }

  /** The commit that was begun has counted it. */
  use(entry: number): void {
    this.#isUsed[entry] = 1
    this.#used.add(entry)
  }

  /** Calls `over` for each half that has waited too long. */
  overdue(nowMs: number, over: (entry: number) => void): void {
    for (let entry = 0; entry < this.#table.end; entry++)
      if (this.#table.isFound(entry) && this.#isUsed[entry] === 0 && this.#dueMs[entry]! <= nowMs) over(entry)
  }

  committed(commit: number): void {
    this.#used.committed(commit, (entry) => this.#table.remove(entry))
  }

  refused(commit: number): void {
    this.#used.refused(commit, (entry) => {
      this.#isUsed[entry] = 0
    })
  }
}
