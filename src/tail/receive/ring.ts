/** A run of received rows, in the order of Seq. */
export type Run = { readonly firstSeq: bigint; readonly lastSeq: bigint; readonly bytes: number }

/**
 * The newest received rows, for viewers that come later: bounded in bytes, the oldest go first. It knows from where on it has
 * everything.
 */
export class Ring<Item extends Run> {
  readonly #bytesMax: number
  #items: Item[] = []
  #bytes = 0
  #from: bigint

  /** `from`: every row at or above it will be added. */
  constructor(bytesMax: number, from: bigint) {
    this.#bytesMax = bytesMax
    this.#from = from
  }

  /** It has every row from here on. */
  get from(): bigint {
    return this.#from
  }

  add(item: Item): void {
    this.#items.push(item)
    this.#bytes += item.bytes
    let gone = 0
    while (this.#bytes > this.#bytesMax && gone < this.#items.length) {
      const oldest = this.#items[gone++]!
      this.#bytes -= oldest.bytes
      this.#from = oldest.lastSeq + 1n
    }
    if (gone > 0) this.#items.splice(0, gone)
  }

  /** What it holds now; the list does not change later. */
  items(): ReadonlyArray<Item> {
    return [...this.#items]
  }
}
