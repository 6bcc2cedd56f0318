import { randomUUID } from 'node:crypto'
import type { Config } from '../../config/schema.ts'
import type { Database, QueryOptions } from '../../store/database.ts'
import type { Span } from '../../telemetry/tracing.ts'
import type { Statement } from './fragment.ts'
import { traceResult, traceRows } from './query-span.ts'

/**
 * What one statement may cost (config section `query`). They bound our own statements; the tenant's wall is the
 * bound `TenantId`, because a SETTINGS clause could lift limits but no clause can reach past a condition.
 */
export type StatementLimits = Pick<
  Config['query'],
  'timeoutMs' | 'rowsToReadMax' | 'bytesToReadMax' | 'memoryBytesMax' | 'resultBytesMax'
>

/** Runs generated statements as the SELECT-only user, each within the limits. */
export type Queries = {
  rows<Row>(statement: Statement, run: Run): Promise<Row[]>
  /** In chunks, as they come. Ending the iteration, or `run.signal`, cancels the statement in ClickHouse. */
  stream<Row>(statement: Statement, run: Run): AsyncIterable<Row[]>
}

/** On whose behalf: the request's id is part of the query id, so that ClickHouse's log leads back to it. */
export type Run = {
  readonly requestId: string
  readonly signal: AbortSignal
  /** Those of the request, where its tenants have other ones. */
  readonly limits?: StatementLimits
  /** Of ClickHouse, beside the limits: what this statement needs to be understood. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** As `QueryOptions.onRead`. */
  readonly onRead?: QueryOptions['onRead']
  /** Undefined if the request leaves no trace. */
  readonly span?: Span | undefined
}

/** The request's own deadline is what a user hears about: the statement's comes a little later. */
const DEADLINE_MARGIN_MS = 1_000

function optionsOf(
  common: StatementLimits,
  { requestId, signal, limits = common, onRead, settings = {} }: Run,
): QueryOptions & { readonly queryId: string } {
  return {
    queryId: `api-${requestId}-${randomUUID()}`,
    signal,
    timeoutMs: limits.timeoutMs + DEADLINE_MARGIN_MS,
    settings: {
      ...settings,
      max_rows_to_read: limits.rowsToReadMax,
      max_bytes_to_read: limits.bytesToReadMax,
      max_memory_usage: limits.memoryBytesMax,
      // The default of newer servers: numbers in texts are what JavaScript reads in them, to the last bit.
      precise_float_parsing: 1,
    },
    ...(onRead === undefined ? {} : { onRead }),
  }
}

export function createQueries(reader: Database, limits: StatementLimits): Queries {
  return {
    rows<Row>({ sql, parameters }: Statement, run: Run) {
      const options = optionsOf(limits, run)
      const settings = { ...options.settings, max_result_bytes: (run.limits ?? limits).resultBytesMax }
      const rows: Promise<Row[]> = reader.rows(sql, parameters, { ...options, settings })
      return run.span === undefined ? rows : traceResult(run.span, reader, options.queryId, rows)
    },
    // No bound on the result: whoever reads a stream ends it when it has enough.
    stream<Row>({ sql, parameters }: Statement, run: Run) {
      const options = optionsOf(limits, run)
      const rows: AsyncIterable<Row[]> = reader.stream(sql, parameters, options)
      return run.span === undefined ? rows : traceRows(run.span, reader, options.queryId, rows)
    },
  }
}
