import { type LineChunk, newestSecond } from './line-chunk.ts'

/** Of a chunk, beside its bytes: offsets, stamps, Seq. */
const LINE_BYTES = 21

/**
 * The newest lines of a container, for viewers that come later: bounded in bytes, the oldest go first. It knows from which
 * second on it has all that was read.
 */
export class LineRing {
  readonly #bytesMax: number
  readonly #chunks: LineChunk[] = []
  #bytes = 0
  #reachSeconds: number
  #forgottenSeconds = -1

  constructor(bytesMax: number, fromSeconds: number) {
    this.#bytesMax = bytesMax
    this.#reachSeconds = fromSeconds
  }

  /** Every line that was read and is stamped at or after this second is in it. */
  get reachSeconds(): number {
    return this.#reachSeconds
  }

  /** The newest second of a line that went; -1 if none did. */
  get forgottenSeconds(): number {
    return this.#forgottenSeconds
  }

  add(chunk: LineChunk): void {
    this.#chunks.push(chunk)
    this.#bytes += bytesOf(chunk)
    while (this.#bytes > this.#bytesMax && this.#chunks.length > 0) {
      const oldest = this.#chunks.shift()!
      this.#bytes -= bytesOf(oldest)
      this.#forgottenSeconds = Math.max(this.#forgottenSeconds, newestSecond(oldest))
      this.beginAfter(this.#forgottenSeconds)
    }
  }

  /** Lines of this second and older ones are no longer all there. */
  beginAfter(seconds: number): void {
    if (seconds + 1 > this.#reachSeconds) this.#reachSeconds = seconds + 1
  }

  /** What it holds now; the list does not change later. */
  chunks(): ReadonlyArray<LineChunk> {
    return [...this.#chunks]
  }
}

const bytesOf = ({ batch }: LineChunk): number => batch.bytes.length + batch.count * LINE_BYTES
