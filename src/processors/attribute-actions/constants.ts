import type { Batch } from '../../otlp/batch.ts'

const NOT_YET = -1

/** Keys and values of a configuration. They are put into a batch once, when the first of them is needed. */
export class Constants {
  readonly #parts: Buffer[] = []
  #length = 0
  #bytes: Buffer | undefined
  #start = NOT_YET

  /** Where these bytes will stand, from {@link in} on. To be called while building. */
  add(bytes: Uint8Array): number {
    const at = this.#length
    this.#parts.push(Buffer.from(bytes))
    this.#length += bytes.length
    return at
  }

  /** A new batch begins. */
  begin(): void {
    this.#start = NOT_YET
  }

  /** Where the constants begin in the batch. May replace its bytes. */
  in(batch: Batch): number {
    if (this.#start === NOT_YET) {
      this.#bytes ??= Buffer.concat(this.#parts)
      this.#start = batch.appendBytes(this.#bytes)
    }
    return this.#start
  }
}
