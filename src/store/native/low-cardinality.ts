import type { ChunkWriter } from './chunk-writer.ts'
import { type ColumnBuffer, isOversized } from './column.ts'
import { Dictionary } from './dictionary.ts'

/** SerializationLowCardinality: "shared dictionaries with additional keys", the only version there is. */
const VERSION = 1
/** HasAdditionalKeys | NeedUpdateDictionary; the low byte is the width of the indexes: 0 = u8, 1 = u16, 2 = u32. */
const FLAGS = 0x600
const ROWS_AT_START = 64

/** A LowCardinality(String) column: a dictionary of this block and one index per row. */
export class LowCardinalityColumn implements ColumnBuffer {
  readonly dictionary = new Dictionary()
  /** Key number per row. Read it after `extend`, which may replace it. */
  indexes = new Uint32Array(ROWS_AT_START)
  rows = 0
  #markedRows = 0

  /** Appends `count` values and returns the position of the first in `indexes`. The caller writes every one. */
  extend(count: number): number {
    const first = this.rows
    const end = first + count
    if (end > this.indexes.length) {
      const grown = new Uint32Array(Math.max(end, this.indexes.length * 2))
      grown.set(this.indexes)
      this.indexes = grown
    }
    this.rows = end
    return first
  }

  append(key: number): void {
    const at = this.extend(1)
    this.indexes[at] = key
  }

  get bytes(): number {
    if (this.rows === 0) return 8
    return 8 + 8 + 8 + this.dictionary.keysLength + 8 + this.rows * widthBytes(this.dictionary.count)
  }

  writePrefix(out: ChunkWriter): void {
    out.word64(VERSION)
  }

  /** Without rows (all maps of a block empty) there is nothing after the prefix, not even the dictionary. */
  writeData(out: ChunkWriter): void {
    if (this.rows === 0) return
    const { dictionary, rows } = this
    const width = widthBytes(dictionary.count)
    out.word64(FLAGS | (width >>> 1))
    out.word64(dictionary.count)
    out.bytes(dictionary.keys.subarray(0, dictionary.keysLength))
    out.word64(rows)
    this.#narrow(width)
    out.bytes(new Uint8Array(this.indexes.buffer, 0, rows * width))
  }

  mark(): void {
    this.#markedRows = this.rows
  }

  /** Keys that only the forgotten rows had stay in the dictionary; ClickHouse takes unused keys. */
  rollback(): void {
    this.rows = this.#markedRows
  }

  reset(): void {
    if (isOversized(this.indexes.byteLength, this.rows * 4)) this.indexes = new Uint32Array(ROWS_AT_START)
    this.dictionary.reset()
    this.rows = 0
    this.#markedRows = 0
  }

  /** In place: the narrow index is never written past the wide one being read. */
  #narrow(width: number): void {
    const { indexes, rows } = this
    if (width === 4) return
    const narrow = width === 1 ? new Uint8Array(indexes.buffer) : new Uint16Array(indexes.buffer)
    for (let i = 0; i < rows; i++) narrow[i] = indexes[i]!
  }
}

function widthBytes(keys: number): number {
  return keys <= 0x100 ? 1 : keys <= 0x10000 ? 2 : 4
}
