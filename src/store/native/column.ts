import type { ChunkWriter } from './chunk-writer.ts'

/**
 * One column of a Native block while it is being built.
 *
 * A value is serialised in two steps, as ClickHouse does: the *prefix* (version words of every LowCardinality
 * inside the type, at any nesting) and then the *data*. A composite column therefore forwards `writePrefix` to
 * its elements before it writes its own offsets, so that Array(Map(LowCardinality(String), String)) only
 * needs an offsets column around a map column, not another writer.
 */
export type ColumnBuffer = {
  /** Values appended so far. */
  readonly rows: number
  /** Exact size of prefix and data as they stand. */
  readonly bytes: number
  writePrefix(out: ChunkWriter): void
  /**
   * Hands over the data; called once, after `writePrefix`. The chunks may be views of the column's memory, which may
   * be rewritten in place: nothing is appended after it until `reset`.
   */
  writeData(out: ChunkWriter): void
  /** Remembers the current end, for `rollback`. */
  mark(): void
  /** Forgets everything appended since the last `mark`. */
  rollback(): void
  /** Empties the column for the next block. Keeps its memory, except where one huge block made it grow. */
  reset(): void
}

const KEPT_BYTES_MAX = 32 << 20
const SMALL_BYTES = 1 << 20

/**
 * Whether a buffer is given back at `reset` rather than kept for the next block: memory follows use, and one huge
 * block must not stay resident in every builder.
 */
export function isOversized(capacityBytes: number, usedBytes: number): boolean {
  return capacityBytes > KEPT_BYTES_MAX || (capacityBytes > SMALL_BYTES && usedBytes < capacityBytes / 8)
}

/** The machine's byte order is the format's: typed arrays are written as they lie in memory. */
if (new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1)
  throw new Error('Weir runs on little-endian machines only (x86-64, arm64)')
