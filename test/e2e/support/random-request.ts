import fc from 'fast-check'
import type { LogRecord, LogsRequest } from '../../otlp/proto.ts'
import { type ExpectedRow, expectedRow } from './expected-row.ts'
import {
  anyValue,
  attributes,
  id,
  int32,
  NOW_NS,
  recentNs,
  resource,
  schemaUrl,
  scope,
  uint32,
  words,
} from './random-values.ts'

/** Log requests of every shape and what ClickHouse must hold for them. */

const record: fc.Arbitrary<LogRecord> = fc.record({
  timeUnixNano: recentNs,
  observedTimeUnixNano: fc.bigInt({ min: 1n, max: NOW_NS }),
  severityNumber: fc.oneof(fc.integer({ min: 0, max: 24 }), int32),
  severityText: words,
  body: anyValue,
  attributes: attributes(6),
  droppedAttributesCount: uint32,
  flags: uint32,
  traceId: id(16),
  spanId: id(8),
  eventName: words,
})

export const request: fc.Arbitrary<LogsRequest> = fc.record({
  resourceLogs: fc.array(
    fc.record({
      resource,
      schemaUrl,
      scopeLogs: fc.array(
        fc.record({
          scope,
          schemaUrl: words,
          logRecords: fc.array(record, { minLength: 1, maxLength: 5 }),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})

export function expectedRows({ resourceLogs = [] }: LogsRequest): ExpectedRow[] {
  return resourceLogs.flatMap(({ resource = {}, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope = {}, schemaUrl = '', logRecords = [] }) =>
      logRecords.map((one) => expectedRow(resource, scope, schemaUrl, one)),
    ),
  )
}
