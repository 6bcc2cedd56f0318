import type { Batch, Signal } from '../../../src/otlp/batch.ts'
import { newBatch, scanRequest } from '../../../src/otlp/scan/index.ts'
import { Conditions, conditionMessage } from '../../../src/processors/ottl/conditions.ts'
import type { Context } from '../../../src/processors/ottl/contexts/context.ts'
import { logContext } from '../../../src/processors/ottl/contexts/log.ts'
import {
  encodeLogsRequest,
  encodeMetricsRequest,
  encodeTracesRequest,
  type LogRecord,
  type LogsRequest,
  type MetricsRequest,
  type Resource,
  type ScopeLogs,
  type TracesRequest,
} from '../../otlp/proto.ts'
import { SCAN_OUTCOMES } from '../../otlp/scan-outcomes.ts'

const LIMITS = { recordsPerRequestMax: 100_000, attributesPerRecordMax: 1000 }

export type Requests = {
  readonly logs: LogsRequest
  readonly traces: TracesRequest
  readonly metrics: MetricsRequest
}

const ENCODE: { readonly [S in Signal]: (request: Requests[S]) => Buffer } = {
  logs: encodeLogsRequest,
  traces: encodeTracesRequest,
  metrics: encodeMetricsRequest,
}

/** Scans a request that was encoded by another library. */
export function scannedAs<S extends Signal>(
  signal: S,
  request: Requests[S],
  batch: Batch = newBatch(signal),
): Batch {
  scanRequest(batch, ENCODE[signal](request), LIMITS, SCAN_OUTCOMES)
  return batch
}

export function scanned(request: LogsRequest, batch?: Batch): Batch {
  return scannedAs('logs', request, batch)
}

/** One log record and what it belongs to. */
export type One = {
  readonly record?: LogRecord
  readonly resource?: Resource
  readonly resourceSchemaUrl?: string
  readonly scope?: Omit<ScopeLogs, 'logRecords'>
}

export function requestOf({
  record = {},
  resource = {},
  resourceSchemaUrl = '',
  scope = {},
}: One): LogsRequest {
  return {
    resourceLogs: [
      { resource, schemaUrl: resourceSchemaUrl, scopeLogs: [{ ...scope, logRecords: [record] }] },
    ],
  }
}

/** What a condition says of a record: true, false, `eval-error: why`, or `load-error: where and why`. */
export function evaluate(condition: string, one: One, context: Context = logContext): boolean | string {
  return ask(condition, context, scanned(requestOf(one)))
}

/** As {@link evaluate}, of a row of a batch; of an event, `owner` is its span. */
export function ask(condition: string, context: Context, batch: Batch, row = 0, owner = 0): boolean | string {
  const compiled = Conditions.compile(context, [condition])
  if ('issues' in compiled) return `load-error: ${conditionMessage(compiled.issues[0]!)}`
  const { conditions } = compiled
  conditions.begin(batch)
  conditions.owner(owner)
  const result = conditions.tests[0]!(row)
  const said = result === 2 ? `eval-error: ${conditions.failure}` : result === 1
  conditions.end()
  return said
}

/** `error` for an evaluation that failed. */
export function outcome(said: boolean | string): boolean | string {
  return typeof said === 'string' && said.startsWith('eval-error') ? 'error' : said
}
