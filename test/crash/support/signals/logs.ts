import { encodeLogsRequest, type LogRecord } from '../../../otlp/proto.ts'
import type { SentRecord } from '../sent-requests.ts'
import { byService, type SignalForm } from './signal-form.ts'

const DEBUG = 5
const INFO = 9

const labelOf = ({ name, number, filler }: SentRecord): string => `${name} ${number} ${filler}`

/** The label is the body. */
export const logForm: SignalForm = {
  encode: (records) =>
    encodeLogsRequest({
      resourceLogs: byService(records, (resource, members) => ({
        resource,
        scopeLogs: [{ logRecords: members.map(toLogRecord) }],
      })),
    }),
  label: labelOf,
  rows: (where) =>
    `SELECT Body AS label, ServiceName, toUnixTimestamp64Nano(Timestamp) AS time FROM logs WHERE ${where}`,
  tables: [['logs', 'Timestamp']],
}

function toLogRecord(record: SentRecord): LogRecord {
  const { timeUnixNano, fate } = record
  return {
    timeUnixNano,
    severityNumber: fate === 'dropped' ? DEBUG : INFO,
    body: { stringValue: labelOf(record) },
  }
}
