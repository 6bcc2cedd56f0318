import type { Answer, RequestHash } from '../store.ts'
import { type Note, NoteBook } from './notes.ts'

const ACCEPTED: Answer = Object.freeze({ rejected: 0, message: '' })

/** One line of the requests journal: the requests of one commit (or of a fold), its number, and the last Seq they got. */
export type RequestsEntry = {
  readonly timeMs: number
  readonly lastSeq: string
  /** The highest commit number so far, of this commit or an earlier one. */
  readonly lastCommit?: number
  /** [hash in base64, rejected, message]; the last two only where something was rejected. */
  readonly requests: ReadonlyArray<readonly [hash: string, rejected?: number, message?: string]>
  /** Of the commit `lastCommit`. */
  readonly notes?: ReadonlyArray<Note>
}

type Generation = { readonly answers: Map<RequestHash, Answer>; startMs: number; lastMs: number }

/**
 * The committed requests of at least the last `windowMs`, so that one that is sent again is answered again and
 * not stored again. Two generations: a request is forgotten between one and two windows after its commit, or
 * earlier when more than `requestsMax` requests came within a window.
 */
export class RequestIndex {
  /** What rides along with the requests. */
  readonly notes = new NoteBook()
  readonly #windowMs: number
  readonly #requestsMax: number
  #young: Generation
  #old: Generation | undefined
  #lastSeq = 0n
  #lastCommit = 0

  constructor(options: { windowMs: number; requestsMax: number }) {
    this.#windowMs = options.windowMs
    this.#requestsMax = options.requestsMax
    this.#young = { answers: new Map(), startMs: 0, lastMs: 0 }
  }

  get size(): number {
    return this.#young.answers.size + (this.#old?.answers.size ?? 0)
  }

  /** The highest Seq of the commits seen. */
  get lastSeq(): bigint {
    return this.#lastSeq
  }

  /** The highest number of the commits seen. */
  get lastCommit(): number {
    return this.#lastCommit
  }

  find(hash: RequestHash): Answer | undefined {
    return this.#young.answers.get(hash) ?? this.#old?.answers.get(hash)
  }

  add(hash: RequestHash, answer: Answer, timeMs: number): void {
    if (this.#young.startMs === 0) this.#young.startMs = timeMs
    if (timeMs - this.#young.startMs >= this.#windowMs || this.#young.answers.size >= this.#requestsMax) {
      this.#old = this.#young
      this.#young = { answers: new Map(), startMs: timeMs, lastMs: timeMs }
    }
    this.#young.lastMs = Math.max(this.#young.lastMs, timeMs)
    this.#young.answers.set(hash, answer.rejected === 0 ? ACCEPTED : answer)
  }

  /** Takes a commit or journal entry in; entries past two windows are forgotten right away. */
  addEntry(entry: RequestsEntry, nowMs: number): void {
    const lastSeq = BigInt(entry.lastSeq)
    if (lastSeq > this.#lastSeq) this.#lastSeq = lastSeq
    const { lastCommit = 0 } = entry
    if (lastCommit > this.#lastCommit) this.#lastCommit = lastCommit
    if (entry.notes !== undefined) this.notes.add(lastCommit, entry.notes)
    if (nowMs - entry.timeMs > 2 * this.#windowMs) return
    for (const line of entry.requests) {
      const { hash, answer } = requestOf(line)
      this.add(hash, answer, entry.timeMs)
    }
  }

  /** Everything the journal needs to build this index again. */
  *entries(): Generator<RequestsEntry> {
    const lastSeq = this.#lastSeq.toString()
    for (const generation of [this.#old, this.#young]) {
      if (generation === undefined) continue
      const timeMs = generation.lastMs
      for (const [hash, answer] of generation.answers)
        yield { timeMs, lastSeq, requests: [requestLine(hash, answer)] }
    }
    yield* this.notes.entries(lastSeq)
    yield { timeMs: this.#young.lastMs, lastSeq, lastCommit: this.#lastCommit, requests: [] }
  }
}

export function requestLine(
  hash: RequestHash,
  { rejected, message }: Answer,
): RequestsEntry['requests'][number] {
  const encoded = Buffer.from(hash, 'latin1').toString('base64')
  return rejected === 0 ? [encoded] : [encoded, rejected, message]
}

/** The inverse of {@link requestLine}. */
export function requestOf([hash, rejected = 0, message = '']: RequestsEntry['requests'][number]): {
  hash: RequestHash
  answer: Answer
} {
  return { hash: Buffer.from(hash, 'base64').toString('latin1'), answer: { rejected, message } }
}
