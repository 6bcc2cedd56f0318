import { type Attributes, restoreAttributes } from '../records/attributes.ts'
import { idOf, ownerOf, present, type Scope, scopeOf } from '../records/fields.ts'
import { formatNanos } from '../time.ts'
import type { EventColumns, LinkColumns, SpanRow } from './span-statement.ts'
import { SPAN_KINDS, SPAN_STATUSES, wordOf } from './words.ts'

/** Fields that are empty on most spans are left out when they are; the rest is always there (docs/api.md). */
export type SpanRecord = Attributes & {
  readonly timestamp: string
  readonly timestampNs: string
  readonly durationNs: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly statusMessage?: string
  readonly service: string
  readonly app: string
  readonly namespace?: string
  readonly pod?: string
  readonly container?: string
  readonly traceState?: string
  readonly flags?: number
  readonly droppedAttributesCount?: number
  readonly events?: ReadonlyArray<SpanEvent>
  readonly droppedEventsCount?: number
  readonly links?: ReadonlyArray<SpanLink>
  readonly droppedLinksCount?: number
  readonly scope?: Scope
  readonly retentionDays: number
  readonly gatewayId: string
  readonly seq: string
}

export type SpanEvent = Attributes & {
  readonly timestamp: string
  readonly timestampNs: string
  readonly name: string
  readonly droppedAttributesCount?: number
}

export type SpanLink = Attributes & {
  readonly traceId: string
  readonly spanId: string
  readonly traceState?: string
  readonly flags?: number
  readonly droppedAttributesCount?: number
}

function eventsOf(row: EventColumns): { readonly events?: ReadonlyArray<SpanEvent> } {
  if (row.eventTimes.length === 0) return {}
  const events = row.eventTimes.map((time, i) => ({
    timestamp: formatNanos(time),
    timestampNs: time,
    name: row.eventNames[i]!,
    ...restoreAttributes(row.eventKeys[i]!, row.eventValues[i]!, row.eventTypes[i]!),
    ...present({ droppedAttributesCount: row.eventsOwnDropped[i] }),
  }))
  return { events }
}

function linksOf(row: LinkColumns): { readonly links?: ReadonlyArray<SpanLink> } {
  if (row.linkTraceIds.length === 0) return {}
  const links = row.linkTraceIds.map((traceId, i) => ({
    traceId: idOf(traceId),
    spanId: idOf(row.linkSpanIds[i]!),
    ...present({ traceState: row.linkStates[i], flags: row.linkFlags[i] }),
    ...restoreAttributes(row.linkKeys[i]!, row.linkValues[i]!, row.linkTypes[i]!),
    ...present({ droppedAttributesCount: row.linksOwnDropped[i] }),
  }))
  return { links }
}

export function spanRecordOf(row: SpanRow): SpanRecord {
  return {
    timestamp: formatNanos(row.time),
    timestampNs: row.time,
    durationNs: row.duration,
    traceId: row.traceId,
    spanId: idOf(row.spanId),
    ...present({ parentSpanId: idOf(row.parentSpanId) }),
    name: row.name,
    kind: wordOf(SPAN_KINDS, row.kind),
    status: wordOf(SPAN_STATUSES, row.status),
    ...present({ statusMessage: row.statusMessage }),
    ...ownerOf(row),
    ...present({ traceState: row.traceState, flags: row.flags }),
    ...restoreAttributes(row.keys, row.values, row.types),
    ...present({ droppedAttributesCount: row.dropped }),
    ...eventsOf(row),
    ...present({ droppedEventsCount: row.eventsDropped }),
    ...linksOf(row),
    ...present({ droppedLinksCount: row.linksDropped }),
    ...scopeOf(row),
    retentionDays: row.retentionDays,
    gatewayId: row.gatewayId,
    seq: row.seq,
  }
}

/** About how many bytes a span takes. */
export function spanSizeOf(row: SpanRow): number {
  const texts = (values: ReadonlyArray<string>): number =>
    values.reduce((size, value) => size + value.length, 0)
  const own = [...row.eventValues, ...row.linkValues]
  return own.reduce((size, values) => size + 128 + texts(values), 768 + texts(row.values))
}
