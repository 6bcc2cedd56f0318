/** The text of one path, decoded at most once per record however many patterns look at it. */
export class TextCache {
  #epoch = -1
  #record = -1
  #text = ''

  /** The UTF-8 text in bytes[start, end), which must be the same for the same epoch and record. */
  get(epoch: number, record: number, bytes: Buffer, start: number, end: number): string {
    if (this.#record !== record || this.#epoch !== epoch) {
      this.#text = bytes.toString('utf8', start, end)
      this.#epoch = epoch
      this.#record = record
    }
    return this.#text
  }

  clear(): void {
    this.#epoch = -1
    this.#text = ''
  }
}
