const PREFIX_BYTES = 5

/**
 * Follows the one length-prefixed message of a unary call (gRPC over HTTP/2, "Length-Prefixed-Message") as its
 * chunks pass by, so that its size is known before it is buffered. Keeps no bytes.
 */
export class MessageFrame {
  #received = 0
  #length = 0

  push(chunk: Buffer): void {
    for (let i = 0; i < chunk.length && this.#received + i < PREFIX_BYTES; i++)
      if (this.#received + i > 0) this.#length = this.#length * 256 + chunk[i]!
    this.#received += chunk.length
  }

  /** The message's bytes, compressed as they may be; undefined until its prefix is there. */
  get length(): number | undefined {
    return this.#received >= PREFIX_BYTES ? this.#length : undefined
  }

  /** Bytes of the message that are there. */
  get received(): number {
    return Math.max(this.#received - PREFIX_BYTES, 0)
  }

  get isComplete(): boolean {
    return this.length !== undefined && this.received >= this.length
  }

  /** More came than one message. */
  get isOverfull(): boolean {
    return this.length !== undefined && this.received > this.length
  }
}
