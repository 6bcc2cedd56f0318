import type { Readable } from 'node:stream'

/**
 * What a ClickHouse answered, sorted by what the caller may do next. `refused`: ClickHouse said no to the data
 * itself (it can't be parsed, a column is unknown): sending it again changes nothing. `busy`: it said "later"
 * (too many parts, memory, read-only, no such table or user yet). `unknown`: no answer, or one cut short:
 * the statement may or may not have run.
 */
export type DatabaseFailure = 'refused' | 'busy' | 'unknown'

export class DatabaseError extends Error {
  readonly failure: DatabaseFailure
  /** ClickHouse's error code, 0 when there was no answer. */
  readonly code: number

  /** `message` is for the log only: it can hold SQL and hosts, and never reaches a user. */
  constructor(failure: DatabaseFailure, code: number, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'DatabaseError'
    this.failure = failure
    this.code = code
  }
}

export type Parameters = Readonly<Record<string, string | number | bigint | ReadonlyArray<string | number>>>

export type InsertOptions = {
  readonly table: string
  /** The column names, spelled out in the statement in the order of the blocks. */
  readonly columns: ReadonlyArray<string>
  /** Native blocks, one after the other. */
  readonly body: Readable | Uint8Array
  /** Exact length of `body`. */
  readonly byteLength: number
  /** insert_deduplication_token, for inserts that must happen once. */
  readonly token?: string
  readonly queryId: string
  readonly timeoutMs: number
  /** Gives the insert up: its outcome is unknown then. */
  readonly signal?: AbortSignal
}

/**
 * One ClickHouse user's connection, to the embedded child or a production server: the same code path.
 * Every method throws {@link DatabaseError} and nothing else.
 */
export type Database = {
  /** Name of the database that holds Weir's tables. */
  readonly name: string
  insert(options: InsertOptions): Promise<void>
  /** Rows of a SELECT, read whole: for small results. 64-bit integers come as strings. */
  rows<Row>(sql: string, parameters?: Parameters, options?: QueryOptions): Promise<Row[]>
  /** Rows of a SELECT as they come, in chunks. Ending the iteration early, or `signal`, cancels it in ClickHouse. */
  stream<Row>(sql: string, parameters?: Parameters, options?: QueryOptions): AsyncIterable<Row[]>
  /** A statement without a result (DDL, KILL, DELETE). */
  command(sql: string, parameters?: Parameters, options?: Pick<QueryOptions, 'timeoutMs'>): Promise<void>
  /** Resolves if ClickHouse answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

export type QueryOptions = {
  readonly queryId?: string
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  /** ClickHouse settings for this statement (limits). */
  readonly settings?: Readonly<Record<string, string | number>>
  /** Told, now and then and at the end, how many rows and uncompressed bytes ClickHouse has read so far. */
  readonly onRead?: (rows: number, bytes: number) => void
}

/** A ClickHouse, however it was come by. */
export type Engine = {
  /** May write and change the schema (user `weir` of the embedded engine). */
  readonly writer: Database
  /** May only SELECT: every statement made for a user of the API runs here. */
  readonly reader: Database
  readonly state: 'starting' | 'up' | 'down'
  /** The process id of the embedded child, for its CPU and memory figures. */
  readonly pid: number | undefined
  /** Resolves once the engine has answered for the first time, or `signal` aborts. Never rejects. */
  ready(signal?: AbortSignal): Promise<void>
  stop(): Promise<void>
}
