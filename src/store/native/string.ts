import { TextSink } from '../../otlp/text-sink.ts'
import { viewOf } from '../../otlp/view.ts'
import type { ChunkWriter } from './chunk-writer.ts'
import { type ColumnBuffer, isOversized } from './column.ts'

/** Up to here a loop over words beats the call into Buffer.copy (41 ns). */
const LOOPED_BYTES_MAX = 80
const WORD = 4
const BYTES_AT_START = 1 << 10

/** Reads the memory that was asked for last: nearly always the request's. */
export class SourceView {
  #bytes: Buffer = NOTHING
  #view: DataView = viewOf(NOTHING)

  of(bytes: Buffer): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = viewOf(bytes)
    }
    return this.#view
  }

  /** Lets go of it. */
  clear(): void {
    this.#bytes = NOTHING
    this.#view = viewOf(NOTHING)
  }
}
const NOTHING = Buffer.alloc(0)

/** Copies a short range, four bytes at a time; the last four may overlap those before. */
function copyWords(source: DataView, start: number, length: number, target: DataView, at: number): void {
  const last = length - WORD
  for (let i = 0; i < last; i += WORD) target.setInt32(at + i, source.getInt32(start + i, true), true)
  target.setInt32(at + last, source.getInt32(start + last, true), true)
}

/** Writes a varuint (< 2^32) where there is room for it; returns the position after it. */
export function putVaruint(target: Buffer, at: number, value: number): number {
  let position = at
  let rest = value
  while (rest >= 0x80) {
    target[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[position++] = rest
  return position
}

/** A String column: per row its length as varuint, then its bytes. */
export class StringColumn implements ColumnBuffer {
  /** The column's data. Text that is made here rather than copied is written into it: see `beginText`. */
  sink = new TextSink(BYTES_AT_START)
  rows = 0
  readonly #source = new SourceView()
  #markedRows = 0
  #markedBytes = 0

  append(source: Buffer, start: number, end: number): void {
    const length = end - start
    const sink = this.sink
    sink.reserve(length + 5)
    const at = putVaruint(sink.buffer, sink.length, length)
    if (length > LOOPED_BYTES_MAX) source.copy(sink.buffer, at, start, end)
    else if (length >= WORD) copyWords(this.#source.of(source), start, length, sink.view, at)
    else for (let i = 0; i < length; i++) sink.buffer[at + i] = source[start + i]!
    sink.length = at + length
    this.rows++
  }

  appendEmpty(): void {
    const sink = this.sink
    sink.reserve(1)
    sink.buffer[sink.length++] = 0
    this.rows++
  }

  /** For rows that come a few at a time (resources, ledger); records append bytes. */
  appendString(text: string): void {
    const start = this.beginText()
    const sink = this.sink
    sink.reserve(text.length * 3)
    sink.length += sink.buffer.write(text, sink.length)
    this.endText(start)
  }

  /** Starts a value whose bytes the caller writes into `sink`; pass the result to `endText`. */
  beginText(): number {
    const sink = this.sink
    sink.reserve(5)
    return sink.length++
  }

  /** Ends the value that `beginText` started: puts its length before it. */
  endText(start: number): void {
    const sink = this.sink
    const length = sink.length - start - 1
    if (length >= 0x80) {
      const extra = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4
      sink.reserve(extra)
      sink.buffer.copyWithin(start + 1 + extra, start + 1, sink.length)
      sink.length += extra
    }
    putVaruint(sink.buffer, start, length)
    this.rows++
  }

  get bytes(): number {
    return this.sink.length
  }

  writePrefix(): void {}

  writeData(out: ChunkWriter): void {
    out.bytes(this.sink.buffer.subarray(0, this.sink.length))
  }

  mark(): void {
    this.#markedRows = this.rows
    this.#markedBytes = this.sink.length
  }

  rollback(): void {
    this.rows = this.#markedRows
    this.sink.length = this.#markedBytes
  }

  reset(): void {
    if (isOversized(this.sink.buffer.length, this.sink.length)) this.sink = new TextSink(BYTES_AT_START)
    this.#source.clear()
    this.rows = 0
    this.#markedRows = 0
    this.#markedBytes = 0
    this.sink.length = 0
  }
}
