import { randomUUID } from 'node:crypto'
import type { Config } from '../../config/schema.ts'
import type { Database, QueryOptions } from '../../store/database.ts'
import type { Statement } from './fragment.ts'

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
  /** As `QueryOptions.onRead`. */
  readonly onRead?: QueryOptions['onRead']
}

/** The request's own deadline is what a user hears about: the statement's comes a little later. */
const DEADLINE_MARGIN_MS = 1_000

function optionsOf(
  common: StatementLimits,
  { requestId, signal, limits = common, onRead }: Run,
): QueryOptions {
  return {
    queryId: `api-${requestId}-${randomUUID()}`,
    signal,
    timeoutMs: limits.timeoutMs + DEADLINE_MARGIN_MS,
    settings: {
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
    rows(statement, run) {
      const options = optionsOf(limits, run)
      const settings = { ...options.settings, max_result_bytes: (run.limits ?? limits).resultBytesMax }
      return reader.rows(statement.sql, statement.parameters, { ...options, settings })
    },
    // No bound on the result: whoever reads a stream ends it when it has enough.
    stream: (statement, run) => reader.stream(statement.sql, statement.parameters, optionsOf(limits, run)),
  }
}
