const STAGING_BYTES = 16 << 10
/** Views below this are copied, since a short chunk costs more in the kernel than its copy. */
const COPIED_BYTES_MAX = 1 << 10

/** Bytes of LEB128 for `value` (< 2^32). */
export function varuintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
}

/**
 * Collects a block as a list of chunks: small pieces are gathered in staging memory of its own, large ones stay
 * views of the columns' memory. The chunks are valid until `reset`.
 */
export class ChunkWriter {
  #chunks: Uint8Array[] = []
  #staging = Buffer.allocUnsafeSlow(STAGING_BYTES)
  #from = 0
  #at = 0

  varuint(value: number): void {
    this.#reserve(5)
    let rest = value
    while (rest >= 0x80) {
      this.#staging[this.#at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#staging[this.#at++] = rest
  }

  /** A UInt64 below 2^32. */
  word64(value: number): void {
    this.#reserve(8)
    this.#staging.writeUInt32LE(value, this.#at)
    this.#staging.writeUInt32LE(0, this.#at + 4)
    this.#at += 8
  }

  /** Bytes that stay unchanged until `reset`. */
  bytes(view: Uint8Array): void {
    if (view.length === 0) return
    if (view.length <= COPIED_BYTES_MAX) {
      this.#reserve(view.length)
      this.#staging.set(view, this.#at)
      this.#at += view.length
      return
    }
    this.#cut()
    this.#chunks.push(view)
  }

  take(): Uint8Array[] {
    this.#cut()
    const chunks = this.#chunks
    this.#chunks = []
    return chunks
  }

  /** Makes the staging memory free again: chunks handed out before are no longer valid. */
  reset(): void {
    this.#chunks = []
    this.#from = 0
    this.#at = 0
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#staging.length) return
    this.#cut()
    this.#staging = Buffer.allocUnsafeSlow(STAGING_BYTES)
    this.#from = 0
    this.#at = 0
  }

  #cut(): void {
    if (this.#at > this.#from) this.#chunks.push(this.#staging.subarray(this.#from, this.#at))
    this.#from = this.#at
  }
}
