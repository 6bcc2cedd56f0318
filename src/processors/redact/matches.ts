const STRIDE = 3

/** Where in a value something was found, in order and apart from each other. One object, used again for each value. */
export class Matches {
  #slots = new Uint32Array(16 * STRIDE)
  count = 0

  add(from: number, to: number, pattern: number): void {
    const at = this.count * STRIDE
    if (at + STRIDE > this.#slots.length) {
      const grown = new Uint32Array(2 * this.#slots.length)
      grown.set(this.#slots)
      this.#slots = grown
    }
    this.#slots[at] = from
    this.#slots[at + 1] = to
    this.#slots[at + 2] = pattern
    this.count++
  }

  from(i: number): number {
    return this.#slots[i * STRIDE]!
  }

  to(i: number): number {
    return this.#slots[i * STRIDE + 1]!
  }

  pattern(i: number): number {
    return this.#slots[i * STRIDE + 2]!
  }

  /** Forgets them, and gives back what one value with very many took. */
  clear(): void {
    this.count = 0
    if (this.#slots.length > 4096 * STRIDE) this.#slots = new Uint32Array(16 * STRIDE)
  }

  /** Puts them in order, and makes one of those that overlap: of the pattern that begins first. */
  merge(): void {
    const rows = Array.from(
      { length: this.count },
      (_, i) => [this.from(i), this.to(i), this.pattern(i)] as const,
    )
    rows.sort((a, b) => a[0] - b[0] || b[1] - a[1])
    this.count = 0
    for (const [from, to, pattern] of rows) {
      const last = this.count - 1
      if (last >= 0 && from < this.to(last)) this.#slots[last * STRIDE + 1] = Math.max(to, this.to(last))
      else this.add(from, to, pattern)
    }
  }
}
