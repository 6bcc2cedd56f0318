import { encodeTracesRequest, type Span } from '../../../otlp/proto.ts'
import type { SentRecord } from '../sent-requests.ts'
import { byService, type SignalForm } from './signal-form.ts'

const SPANS_PER_TRACE = 4
const labelOf = ({ name, number, filler }: SentRecord): string => `${name} ${number} ${filler}`

/** The label is the message of the status. */
export const spanForm: SignalForm = {
  encode: (records) =>
    encodeTracesRequest({
      resourceSpans: byService(records, (resource, members) => ({
        resource,
        scopeSpans: [{ spans: members.map(toSpan) }],
      })),
    }),
  label: labelOf,
  rows: (where) =>
    `SELECT StatusMessage AS label, ServiceName, toUnixTimestamp64Nano(Timestamp) AS time FROM spans WHERE ${where}`,
  tables: [['spans', 'Timestamp']],
  // Each span must lie within the times of its trace on its day.
  missing: (where) => `SELECT countIf(times.Start > span.Timestamp OR
    toUnixTimestamp64Nano(times.End) < toUnixTimestamp64Nano(span.Timestamp) + span.Duration OR times.Day != toDate(span.Timestamp))
    AS missing FROM (SELECT * FROM spans WHERE ${where}) AS span LEFT JOIN (SELECT TenantId, TraceId, Day, RetentionDays,
      min(trace_times.Start) AS Start, max(trace_times.End) AS End FROM trace_times
      GROUP BY TenantId, TraceId, Day, RetentionDays) AS times
    ON span.TenantId = times.TenantId AND span.TraceId = times.TraceId AND toDate(span.Timestamp) = times.Day AND
      span.RetentionDays = times.RetentionDays`,
}

function toSpan(record: SentRecord): Span {
  const { number, name, timeUnixNano } = record
  const traceId = Buffer.alloc(16)
  traceId.write(name, 'latin1')
  traceId.writeUInt32BE(Math.floor(number / SPANS_PER_TRACE) + 1, 12)
  const spanId = Buffer.alloc(8)
  spanId.writeUInt32BE(number + 1, 4)
  return {
    traceId,
    spanId,
    name: 'work',
    startTimeUnixNano: timeUnixNano,
    endTimeUnixNano: timeUnixNano + BigInt((number % 5) * 1_000_000),
    status: { code: 2, message: labelOf(record) },
  }
}
