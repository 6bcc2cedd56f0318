import { viewOf } from './view.ts'

/**
 * Bytes being written one after the other into memory that grows. Whoever writes calls `reserve(n)`, then puts
 * at most n bytes at `buffer[length]` and moves `length`; `buffer` is replaced when it grows, so it is read
 * anew after each `reserve`.
 */
export class TextSink {
  buffer: Buffer
  /** Over the same bytes, for who writes four at a time. */
  view: DataView
  /** Bytes in use. */
  length = 0

  constructor(bytes = 256) {
    this.buffer = Buffer.allocUnsafe(bytes)
    this.view = viewOf(this.buffer)
  }

  /** Makes room for `bytes` more bytes. */
  reserve(bytes: number): void {
    const needed = this.length + bytes
    if (needed > this.buffer.length) this.#grow(needed)
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2))
    grown.set(this.buffer.subarray(0, this.length))
    this.buffer = grown
    this.view = viewOf(grown)
  }
}
