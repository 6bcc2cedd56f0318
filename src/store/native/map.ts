import type { ChunkWriter } from './chunk-writer.ts'
import type { ColumnBuffer } from './column.ts'
import { type FixedColumn, fixed64 } from './fixed.ts'
import { LowCardinalityColumn } from './low-cardinality.ts'
import { StringColumn } from './string.ts'

/**
 * A Map(LowCardinality(String), String) column, which on the wire is Array(Tuple(key, value)): the prefix of the
 * keys, cumulative offsets, all keys, all values.
 */
export class MapColumn implements ColumnBuffer {
  readonly keys = new LowCardinalityColumn()
  readonly values = new StringColumn()
  readonly #offsets: FixedColumn<Uint32Array> = fixed64()

  /** Ends a row: its entries are what was appended to `keys` and `values` since the row before. */
  endRow(): void {
    const at = this.#offsets.extend(1)
    this.#offsets.data[at] = this.values.rows
    this.#offsets.data[at + 1] = 0
  }

  get rows(): number {
    return this.#offsets.rows
  }

  get bytes(): number {
    return this.#offsets.bytes + this.keys.bytes + this.values.bytes
  }

  writePrefix(out: ChunkWriter): void {
    this.keys.writePrefix(out)
  }

  writeData(out: ChunkWriter): void {
    this.#offsets.writeData(out)
    this.keys.writeData(out)
    this.values.writeData(out)
  }

  mark(): void {
    this.#offsets.mark()
    this.keys.mark()
    this.values.mark()
  }

  rollback(): void {
    this.#offsets.rollback()
    this.keys.rollback()
    this.values.rollback()
  }

  reset(): void {
    this.#offsets.reset()
    this.keys.reset()
    this.values.reset()
  }
}
