import {
  type Attributes,
  type AttributeType,
  restoreAttributes,
  typeOfLetter,
} from '../records/attributes.ts'
import { idOf, ownerOf, present, type Scope, scopeOf } from '../records/fields.ts'
import { formatNanos } from '../time.ts'
import type { LogRow } from './page-statement.ts'

/** Fields that are empty on most records are left out when they are; the rest is always there (docs/api.md). */
export type LogRecord = Attributes & {
  readonly timestamp: string
  readonly timestampNs: string
  readonly observedTimestamp?: string
  readonly sourceTime: string
  readonly severityNumber: number
  readonly severityText: string
  readonly body: string
  /** Absent for a string body. */
  readonly bodyType?: AttributeType
  readonly service: string
  readonly app: string
  readonly namespace?: string
  readonly pod?: string
  readonly container?: string
  readonly eventName?: string
  readonly traceId?: string
  readonly spanId?: string
  readonly flags?: number
  readonly droppedAttributesCount?: number
  readonly scope?: Scope
  readonly retentionDays: number
  readonly gatewayId: string
  readonly seq: string
}

export function recordOf(row: LogRow): LogRecord {
  const bodyType = typeOfLetter(row.bodyType)
  return {
    timestamp: formatNanos(row.time),
    timestampNs: row.time,
    ...(row.observedTime === '0' ? {} : { observedTimestamp: formatNanos(row.observedTime) }),
    sourceTime: formatNanos(row.sourceTime),
    severityNumber: row.severityNumber,
    severityText: row.severityText,
    body: row.body,
    ...(bodyType === 'string' ? {} : { bodyType }),
    ...ownerOf(row),
    ...present({
      eventName: row.eventName,
      traceId: idOf(row.traceId),
      spanId: idOf(row.spanId),
      flags: row.flags,
    }),
    ...restoreAttributes(row.keys, row.values, row.types),
    ...present({ droppedAttributesCount: row.dropped }),
    ...scopeOf(row),
    retentionDays: row.retentionDays,
    gatewayId: row.gatewayId,
    seq: row.seq,
  }
}
