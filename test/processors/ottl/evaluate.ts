import type { Batch } from '../../../src/otlp/batch.ts'
import { newBatch, scanRequest } from '../../../src/otlp/scan/index.ts'
import { Conditions, conditionMessage } from '../../../src/processors/ottl/conditions.ts'
import type { Context } from '../../../src/processors/ottl/contexts/context.ts'
import { logContext } from '../../../src/processors/ottl/contexts/log.ts'
import {
  encodeLogsRequest,
  type LogRecord,
  type LogsRequest,
  type Resource,
  type ScopeLogs,
} from '../../otlp/proto.ts'
import { SCAN_OUTCOMES } from '../../otlp/scan-outcomes.ts'

const LIMITS = { recordsPerRequestMax: 100_000, attributesPerRecordMax: 1000 }

/** Scans a request that was encoded by another library. */
export function scanned(request: LogsRequest, batch: Batch = newBatch('logs')): Batch {
  scanRequest(batch, encodeLogsRequest(request), LIMITS, SCAN_OUTCOMES)
  return batch
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
  const compiled = Conditions.compile(context, [condition])
  if ('issues' in compiled) return `load-error: ${conditionMessage(compiled.issues[0]!)}`
  const { conditions } = compiled
  conditions.begin(scanned(requestOf(one)))
  const result = conditions.tests[0]!(0)
  const said = result === 2 ? `eval-error: ${conditions.failure}` : result === 1
  conditions.end()
  return said
}
