/**
 * One line, in memory that is valid until the call returns. `length` is the whole line's, newline excluded; of a line
 * longer than the framer keeps, `bytes[start .. end)` is the head.
 */
export type OnLine = (bytes: Buffer, start: number, end: number, length: number) => void

const NEWLINE = 10

/**
 * Cuts a stream of bytes into lines. The kubelet has joined the 16 KiB parts of a long line already and knows no limit, so
 * this has one: of an unfinished line at most `keptBytesMax` are held.
 */
export class LineFramer {
  readonly #keptBytesMax: number
  readonly #onLine: OnLine
  /** The head of an unfinished line. */
  #held: Buffer
  #heldLength = 0
  /** Of the unfinished line, those not kept counted. */
  #length = 0

  constructor(keptBytesMax: number, onLine: OnLine) {
    this.#keptBytesMax = keptBytesMax
    this.#onLine = onLine
    this.#held = Buffer.allocUnsafe(256)
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (this.#length === 0)
        this.#onLine(chunk, start, Math.min(end, start + this.#keptBytesMax), end - start)
      else this.#finish(chunk, start, end)
      start = end + 1
    }
    if (start < chunk.length) this.#hold(chunk, start, chunk.length)
  }

  /** The line that the stream ended in, as `OnLine` would get it. Undefined: it ended with a newline. */
  unfinished(): { readonly bytes: Buffer; readonly length: number } | undefined {
    if (this.#length === 0) return undefined
    return { bytes: Buffer.from(this.#held.subarray(0, this.#heldLength)), length: this.#length }
  }

  #finish(chunk: Buffer, start: number, end: number): void {
    this.#hold(chunk, start, end)
    const [heldLength, length] = [this.#heldLength, this.#length]
    this.#heldLength = 0
    this.#length = 0
    this.#onLine(this.#held, 0, heldLength, length)
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    this.#length += end - start
    const taken = Math.min(end - start, this.#keptBytesMax - this.#heldLength)
    if (taken <= 0) return
    if (this.#heldLength + taken > this.#held.length) this.#grow(this.#heldLength + taken)
    chunk.copy(this.#held, this.#heldLength, start, start + taken)
    this.#heldLength += taken
  }

  #grow(least: number): void {
    const held = Buffer.allocUnsafe(Math.min(this.#keptBytesMax, Math.max(least, this.#held.length * 2)))
    this.#held.copy(held, 0, 0, this.#heldLength)
    this.#held = held
  }
}
