import type { InstanceRef, LineBatch } from '../contract.ts'

const LINES_FIRST = 64
const BYTES_FIRST = 8 * 1024

/** Collects lines and cuts them off as a batch of exactly their size. Its own memory is kept for the next. */
export class BatchBuilder {
  #bytes = Buffer.allocUnsafe(BYTES_FIRST)
  #length = 0
  #count = 0
  #starts = new Uint32Array(LINES_FIRST)
  #seconds = new Uint32Array(LINES_FIRST)
  #nanos = new Uint32Array(LINES_FIRST)
  #flags = new Uint8Array(LINES_FIRST)

  get count(): number {
    return this.#count
  }

  get byteLength(): number {
    return this.#length
  }

  /** Copies `bytes[start .. end)`. */
  add(bytes: Buffer, start: number, end: number, seconds: number, nanos: number, flags: number): void {
    if (this.#count === this.#flags.length) this.#growLines()
    if (this.#length + end - start > this.#bytes.length) this.#growBytes(end - start)
    const index = this.#count++
    this.#starts[index] = this.#length
    this.#seconds[index] = seconds
    this.#nanos[index] = nanos
    this.#flags[index] = flags
    bytes.copy(this.#bytes, this.#length, start, end)
    this.#length += end - start
  }

  /** What was added since the last cut; undefined: nothing. */
  cut(instance: InstanceRef): LineBatch | undefined {
    const count = this.#count
    if (count === 0) return undefined
    const starts = new Uint32Array(count + 1)
    starts.set(this.#starts.subarray(0, count))
    starts[count] = this.#length
    const batch: LineBatch = {
      instance,
      count,
      bytes: Buffer.from(this.#bytes.subarray(0, this.#length)),
      starts,
      seconds: this.#seconds.slice(0, count),
      nanos: this.#nanos.slice(0, count),
      flags: this.#flags.slice(0, count),
    }
    this.#count = 0
    this.#length = 0
    return batch
  }

  #growLines(): void {
    const size = this.#flags.length * 2
    this.#starts = grown(this.#starts, new Uint32Array(size))
    this.#seconds = grown(this.#seconds, new Uint32Array(size))
    this.#nanos = grown(this.#nanos, new Uint32Array(size))
    this.#flags = grown(this.#flags, new Uint8Array(size))
  }

  #growBytes(more: number): void {
    const bytes = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more))
    this.#bytes.copy(bytes, 0, 0, this.#length)
    this.#bytes = bytes
  }
}

function grown<Words extends Uint8Array | Uint32Array>(from: Words, to: Words): Words {
  to.set(from)
  return to
}
