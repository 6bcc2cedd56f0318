import { randomUUID } from 'node:crypto'
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client'
import {
  type Database,
  DatabaseError,
  type InsertOptions,
  type Parameters,
  type QueryOptions,
} from '../database.ts'
import type { Endpoint } from './endpoint.ts'
import { toDatabaseError } from './failure.ts'
import { insertQuery } from './insert.ts'
import { openClient } from './open-client.ts'
import { createPoster, type Poster } from './post.ts'

type LineWithProgress<Row> = {
  readonly row?: Row
  readonly progress?: { readonly read_rows: string; readonly read_bytes: string }
}

/** The rows among what ClickHouse says of its progress; some lines are neither. */
function rowsOf<Row>(lines: ReadonlyArray<unknown>, onRead: NonNullable<QueryOptions['onRead']>): Row[] {
  const rows: Row[] = []
  for (const line of lines) {
    const { row, progress } = line as LineWithProgress<Row>
    if (row !== undefined) rows.push(row)
    else if (progress !== undefined) onRead(Number(progress.read_rows), Number(progress.read_bytes))
  }
  return rows
}

const QUERY_TIMEOUT_MS = 60_000
const COMMAND_TIMEOUT_MS = 300_000
const PING_TIMEOUT_MS = 5_000
const SOCKETS_MAX = 16

/**
 * ClickHouse over HTTP. Made without an endpoint it answers every call with an `unknown` failure; `connect` gives
 * it one, or another after the embedded engine came back on a new port.
 */
export class HttpDatabase implements Database {
  readonly name: string
  readonly #readonly: boolean
  #connection: { readonly client: ClickHouseClient; readonly poster: Poster } | undefined

  /** With `readonly`, every statement says so to ClickHouse, whatever the user may do. */
  constructor(name: string, options: { readonly readonly: boolean }) {
    this.name = name
    this.#readonly = options.readonly
  }

  connect(endpoint: Endpoint): void {
    this.disconnect()
    this.#connection = {
      client: openClient(endpoint, {
        database: this.name,
        socketsMax: SOCKETS_MAX,
        timeoutMs: COMMAND_TIMEOUT_MS,
      }),
      poster: createPoster(endpoint, SOCKETS_MAX),
    }
  }

  disconnect(): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.poster.close()
    void connection?.client.close()
  }

  async insert(options: InsertOptions): Promise<void> {
    const query = insertQuery(this.name, options)
    await this.#open('insert').poster.post(query, options.body, options.byteLength, options)
  }

  async rows<Row>(sql: string, parameters?: Parameters, options?: QueryOptions): Promise<Row[]> {
    const all: Row[] = []
    for await (const rows of this.stream<Row>(sql, parameters, options)) {
      for (const row of rows) all.push(row)
    }
    return all
  }

  async *stream<Row>(
    sql: string,
    parameters?: Parameters,
    options: QueryOptions = {},
  ): AsyncGenerator<Row[]> {
    const { client } = this.#open('query')
    const { timeoutMs = QUERY_TIMEOUT_MS, onRead } = options
    const abort = new AbortController()
    const signal = AbortSignal.any([
      abort.signal,
      AbortSignal.timeout(timeoutMs),
      ...(options.signal === undefined ? [] : [options.signal]),
    ])
    try {
      // The client library does not look: it would wait for an abort that has been.
      signal.throwIfAborted()
      const result = await client.query({
        query: sql,
        format: onRead === undefined ? 'JSONEachRow' : 'JSONEachRowWithProgress',
        query_id: options.queryId ?? randomUUID(),
        abort_signal: signal,
        // Of thousands of bound values, the URL has no room.
        use_multipart_params_auto: true,
        ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
        clickhouse_settings: this.#querySettings(timeoutMs, options.settings),
      })
      const rows = result.stream<Row>()
      const close = (): void => void rows.destroy(new Error('cancelled'))
      signal.addEventListener('abort', close, { once: true })
      try {
        if (signal.aborted) close()
        for await (const chunk of rows) {
          const lines = chunk.map((row) => row.json<unknown>())
          yield onRead === undefined ? (lines as Row[]) : rowsOf<Row>(lines, onRead)
        }
      } finally {
        signal.removeEventListener('abort', close)
        rows.destroy()
        result.close()
      }
    } catch (error) {
      throw toDatabaseError(error, 'query')
    } finally {
      abort.abort()
    }
  }

  async command(
    sql: string,
    parameters?: Parameters,
    { timeoutMs = COMMAND_TIMEOUT_MS }: Pick<QueryOptions, 'timeoutMs'> = {},
  ): Promise<void> {
    const { client } = this.#open('command')
    try {
      await client.command({
        query: sql,
        abort_signal: AbortSignal.timeout(timeoutMs),
        ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
        clickhouse_settings: { wait_end_of_query: 1, ...(this.#readonly ? { readonly: '2' } : {}) },
      })
    } catch (error) {
      throw toDatabaseError(error, 'command')
    }
  }

  async ping(): Promise<void> {
    await this.rows('SELECT 1', undefined, { timeoutMs: PING_TIMEOUT_MS })
  }

  async close(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    connection?.poster.close()
    await connection?.client.close()
  }

  #open(what: string): { readonly client: ClickHouseClient; readonly poster: Poster } {
    if (this.#connection === undefined) {
      throw new DatabaseError('unknown', 0, `${what}: ClickHouse is not running`)
    }
    return this.#connection
  }

  #querySettings(timeoutMs: number, settings: QueryOptions['settings']): ClickHouseSettings {
    return {
      output_format_json_quote_64bit_integers: 1,
      max_execution_time: Math.ceil(timeoutMs / 1000),
      // Obeyed for read-only statements only; so a client that goes away takes its query with it.
      cancel_http_readonly_queries_on_client_close: 1,
      ...settings,
      readonly: '2',
    }
  }
}
