import type { ColumnBuffer } from '../native/column.ts'

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
  /** Makes the buffer that a block builder keeps for this column. */
  readonly buffer: () => Buffer
  readonly write: (rows: Rows, out: Buffer) => void
}

/** Rows about to be appended to one block. */
export type RowSet = { readonly count: number }

export type Table<Rows extends RowSet = RowSet> = {
  readonly name: string
  readonly columns: ReadonlyArray<Column<Rows>>
  readonly engine: 'MergeTree' | 'ReplacingMergeTree'
  /** Argument of the engine: the version column of a ReplacingMergeTree. */
  readonly engineArgument?: string
  readonly orderBy: ReadonlyArray<string>
  readonly primaryKey?: ReadonlyArray<string>
  readonly partitionBy?: string
  readonly ttl?: string
  readonly indexes: ReadonlyArray<{ readonly name: string; readonly expression: string; readonly type: string; readonly granularity: number }>
  readonly settings?: Readonly<Record<string, string | number>>
  /**
   * `once`: every row exactly once (token, presence check by GatewayId and Seq). `idempotent`: rows may be
   * inserted again (resources, series); they go before the rows that need them and are never counted.
   */
  readonly delivery: 'once' | 'idempotent'
}
