import type { ChunkWriter } from './chunk-writer.ts'
import { type ColumnBuffer, isOversized } from './column.ts'

type Elements = Uint8Array | Uint16Array | Uint32Array

const ROWS_AT_START = 64

/** A column of fixed width: integers, times, FixedString. */
export class FixedColumn<Data extends Elements> implements ColumnBuffer {
  /** Read it after `extend`, which may replace it. */
  data: Data
  rows = 0
  readonly #make: (length: number) => Data
  readonly #perRow: number
  #markedRows = 0

  constructor(make: (length: number) => Data, elementsPerRow: number) {
    this.#make = make
    this.#perRow = elementsPerRow
    this.data = make(ROWS_AT_START * elementsPerRow)
  }

  /**
   * Appends `count` values and returns the index of the first one's first element in `data`. The memory is
   * reused: the caller writes every element.
   */
  extend(count: number): number {
    const first = this.rows * this.#perRow
    const end = first + count * this.#perRow
    if (end > this.data.length) this.#grow(end)
    this.rows += count
    return first
  }

  get bytes(): number {
    return this.rows * this.#perRow * this.data.BYTES_PER_ELEMENT
  }

  writePrefix(): void {}

  writeData(out: ChunkWriter): void {
    out.bytes(new Uint8Array(this.data.buffer, 0, this.bytes))
  }

  mark(): void {
    this.#markedRows = this.rows
  }

  rollback(): void {
    this.rows = this.#markedRows
  }

  reset(): void {
    if (isOversized(this.data.byteLength, this.bytes)) this.data = this.#make(ROWS_AT_START * this.#perRow)
    this.rows = 0
    this.#markedRows = 0
  }

  #grow(needed: number): void {
    const grown = this.#make(Math.max(needed, this.data.length * 2))
    grown.set(this.data)
    this.data = grown
  }
}

/** UInt64, Int64, DateTime64, Float64: two words per row, the low one first. */
export function fixed64(): FixedColumn<Uint32Array> {
  return new FixedColumn((length) => new Uint32Array(length), 2)
}

/** UInt32, Int32, DateTime. */
export function fixed32(): FixedColumn<Uint32Array> {
  return new FixedColumn((length) => new Uint32Array(length), 1)
}

/** UInt16, Date. */
export function fixed16(): FixedColumn<Uint16Array> {
  return new FixedColumn((length) => new Uint16Array(length), 1)
}

/** FixedString(width), also UInt8 and Bool with width 1. */
export function fixedString(width: number): FixedColumn<Uint8Array> {
  return new FixedColumn((length) => new Uint8Array(length), width)
}
