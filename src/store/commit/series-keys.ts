const KEYS_AT_START = 64

/** 64-bit keys of the series-days that a commit carries, in the order they came, repeats included. */
export class SeriesKeys {
  #words = new Uint32Array(0)
  #count = 0

  add(low: number, high: number): void {
    const at = 2 * this.#count
    if (at === this.#words.length) {
      const grown = new Uint32Array(Math.max(2 * KEYS_AT_START, 2 * at))
      grown.set(this.#words)
      this.#words = grown
    }
    this.#words[at] = low
    this.#words[at + 1] = high
    this.#count++
  }

  /** Once the commit is durable. */
  addTo(known: { add(low: number, high: number): void }): void {
    for (let i = 0; i < this.#count; i++) known.add(this.#words[2 * i]!, this.#words[2 * i + 1]!)
  }
}
