const BYTES_MAX = 8 * 1024

/** The last few kilobytes of what a child wrote, for the line that reports its end. */
export class OutputTail {
  #text = ''

  readonly add = (chunk: Buffer): void => {
    this.#text = (this.#text + chunk.toString('utf8')).slice(-BYTES_MAX)
  }

  lastLines(): string {
    return this.#text.trim()
  }
}
