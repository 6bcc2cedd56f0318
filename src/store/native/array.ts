import type { ChunkWriter } from './chunk-writer.ts'
import type { ColumnBuffer } from './column.ts'
import { type FixedColumn, fixed64 } from './fixed.ts'

/** An Array(T) column: the prefix of its elements, cumulative offsets, the elements. */
export class ArrayColumn<Elements extends ColumnBuffer> implements ColumnBuffer {
  readonly elements: Elements
  readonly #offsets: FixedColumn<Uint32Array> = fixed64()

  constructor(elements: Elements) {
    this.elements = elements
  }

  /** Ends a row: its elements are what was appended to `elements` since the row before. */
  endRow(): void {
    const at = this.#offsets.extend(1)
    this.#offsets.data[at] = this.elements.rows
    this.#offsets.data[at + 1] = 0
  }

  /** Ends `count` rows without elements. */
  endEmptyRows(count: number): void {
    let at = this.#offsets.extend(count)
    const { data } = this.#offsets
    const { rows } = this.elements
    for (let i = 0; i < count; i++) {
      data[at++] = rows
      data[at++] = 0
    }
  }

  get rows(): number {
    return this.#offsets.rows
  }

  get bytes(): number {
    return this.#offsets.bytes + this.elements.bytes
  }

  writePrefix(out: ChunkWriter): void {
    this.elements.writePrefix(out)
  }

  writeData(out: ChunkWriter): void {
    this.#offsets.writeData(out)
    this.elements.writeData(out)
  }

  mark(): void {
    this.#offsets.mark()
    this.elements.mark()
  }

  rollback(): void {
    this.#offsets.rollback()
    this.elements.rollback()
  }

  reset(): void {
    this.#offsets.reset()
    this.elements.reset()
  }
}
