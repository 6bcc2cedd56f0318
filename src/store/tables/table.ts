import type { ColumnBuffer } from '../native/column.ts'

/** Rows about to be appended to one block. */
export type RowSet = { readonly count: number }

/**
 * A column, declared once: DDL, block writer and query builder derive from it. `write` appends the value of
 * every row in `rows` to `out`, in a loop of its own, allocating nothing per row.
 */
export type Column<Rows, Buffer extends ColumnBuffer = ColumnBuffer> = {
  readonly name: string
  /** The ClickHouse type, exactly as it stands in the DDL and in the Native block. */
  readonly type: string
  readonly codec?: string
  readonly comment?: string
  /** The schema version that added the column; 1 if left out. */
  readonly since?: number
  /** Makes the buffer that a block builder keeps for this column. */
  buffer(): Buffer
  // A method, so that columns of every kind of buffer fit into one list: a builder passes what `buffer` made.
  write(rows: Rows, out: Buffer): void
}

export type Index = {
  readonly name: string
  readonly expression: string
  /** `full_text` becomes the best index that the server has for words: see `TextIndex`. */
  readonly type: 'minmax' | 'full_text' | `bloom_filter(${string})`
  /** Granules per index block. A full-text index has its own. */
  readonly granularity: number
  /** The schema version that added the index; 1 if left out. */
  readonly since?: number
}

export type Table<Rows extends RowSet = RowSet> = {
  readonly name: string
  readonly comment: string
  /** The schema version that created the table; 1 if left out. */
  readonly since?: number
  readonly columns: ReadonlyArray<Column<Rows>>
  readonly engine: 'MergeTree' | 'ReplacingMergeTree' | 'AggregatingMergeTree'
  /** Argument of the engine: the version column of a ReplacingMergeTree. */
  readonly engineArgument?: string
  readonly orderBy: ReadonlyArray<string>
  readonly primaryKey?: ReadonlyArray<string>
  readonly partitionBy?: string
  readonly ttl?: string
  readonly indexes: ReadonlyArray<Index>
  readonly settings?: Readonly<Record<string, string | number>>
  /**
   * In a cluster: the column whose value decides the shard, so that rows and what they refer to meet. Without
   * it every node holds all rows (small tables that every gateway reads).
   */
  readonly shardBy?: string
  /**
   * `once`: every row exactly once (token, presence check by GatewayId and Seq). `idempotent`: rows may be
   * inserted again (resources, series); they go before the rows that need them and are never counted.
   */
  readonly delivery: 'once' | 'idempotent'
}
