/**
 * A growable table of unsigned 32-bit slots, row after row: how a batch keeps records, attributes, resources
 * and scopes without an object per row. Readers take `data` once, before their loop, and index it with
 * `row * stride + slot`; `data` is replaced when the table grows, so nobody keeps it across an `add`.
 */
export class RowTable {
  readonly stride: number
  data: Uint32Array
  count = 0

  constructor(stride: number, rows: number) {
    this.stride = stride
    this.data = new Uint32Array(stride * rows)
  }

  /** Appends a row of zeros and returns the index of its first slot in `data`. */
  add(): number {
    const base = this.count * this.stride
    if (base + this.stride > this.data.length) this.#grow(base + this.stride)
    const { data } = this
    // Quicker than fill() for the few slots of a row.
    for (let i = base; i < base + this.stride; i++) data[i] = 0
    this.count++
    return base
  }

  /** As `add`, of several rows, whose slots the caller has yet to write: all of them. */
  addUnwritten(rows: number): number {
    const base = this.count * this.stride
    const needed = base + rows * this.stride
    if (needed > this.data.length) this.#grow(needed)
    this.count += rows
    return base
  }

  /** Forgets every row from `count` on; the memory stays for the next request. */
  truncate(count: number): void {
    this.count = count
  }

  /** Forgets all rows, and gives the memory back where one huge request made the table grow past `rowsMax`. */
  reset(rowsMax: number): void {
    this.count = 0
    if (this.data.length > rowsMax * this.stride) this.data = new Uint32Array(rowsMax * this.stride)
  }

  copyFrom(other: RowTable): void {
    this.data = other.data.slice(0, other.count * other.stride)
    this.count = other.count
  }

  #grow(needed: number): void {
    const grown = new Uint32Array(Math.max(needed, this.data.length * 2))
    grown.set(this.data)
    this.data = grown
  }
}
