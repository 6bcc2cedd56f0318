import { idOf } from '../../records/fields.ts'
import type { TenantSpanRow } from '../../traces/span-statement.ts'
import { SPAN_KINDS, STATUS_ERROR } from '../../traces/words.ts'
import { stringTag, type Tag, tagsOf, withTags } from './tags.ts'

/** A span of Jaeger's JSON API. Times are whole microseconds since 1970, cut off. */
export type JaegerSpan = {
  readonly traceID: string
  readonly spanID: string
  readonly flags: number
  readonly operationName: string
  readonly references: ReadonlyArray<Reference>
  readonly startTime: number
  readonly duration: number
  readonly tags: ReadonlyArray<Tag>
  readonly logs: ReadonlyArray<{ readonly timestamp: number; readonly fields: ReadonlyArray<Tag> }>
  readonly processID: string
  readonly warnings: ReadonlyArray<string> | null
}

type Reference = {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM'
  readonly traceID: string
  readonly spanID: string
}

const micros = (nanos: string): number => Number(BigInt(nanos) / 1000n)

/** Only these bits of OTLP's flags are the ones of W3C, which Jaeger shows. */
const W3C_FLAGS = 0xff

const STATUS_WORDS: ReadonlyArray<string> = ['', 'OK', 'ERROR']

/** What OTLP has fields for and Jaeger tags (OpenTelemetry specification, "OpenTelemetry to Jaeger Transformation"). */
function fieldTags(row: TenantSpanRow): Tag[] {
  const count = (key: string, value: number): Tag => ({ key, type: 'int64', value })
  return [
    stringTag('span.kind', row.kind === 0 ? '' : (SPAN_KINDS[row.kind] ?? '')),
    stringTag('otel.status_code', STATUS_WORDS[row.status] ?? ''),
    ...(row.status === STATUS_ERROR ? [{ key: 'error', type: 'bool', value: true } as const] : []),
    stringTag('otel.status_description', row.statusMessage),
    stringTag('otel.scope.name', row.scopeName),
    stringTag('otel.scope.version', row.scopeVersion),
    stringTag('w3c.tracestate', row.traceState),
    count('otel.dropped_attributes_count', row.dropped),
    count('otel.dropped_events_count', row.eventsDropped),
    count('otel.dropped_links_count', row.linksDropped),
  ]
}

/** The parent, then the links, which may say that they are parents too. */
function referencesOf(row: TenantSpanRow): Reference[] {
  const parent = idOf(row.parentSpanId)
  const links = row.linkTraceIds.map((traceID, i): Reference => {
    const at = row.linkKeys[i]!.indexOf('opentracing.ref_type')
    const isParent = at !== -1 && row.linkValues[i]![at] === 'child_of'
    return { refType: isParent ? 'CHILD_OF' : 'FOLLOWS_FROM', traceID, spanID: row.linkSpanIds[i]! }
  })
  return parent === '' ? links : [{ refType: 'CHILD_OF', traceID: row.traceId, spanID: parent }, ...links]
}

function logsOf(row: TenantSpanRow): JaegerSpan['logs'] {
  return row.eventTimes.map((time, i) => {
    const fields = tagsOf(row.eventKeys[i]!, row.eventValues[i]!, row.eventTypes[i]!)
    return { timestamp: micros(time), fields: withTags(fields, [stringTag('event', row.eventNames[i]!)]) }
  })
}

export function spanOf(row: TenantSpanRow, processID: string, warning: string | undefined): JaegerSpan {
  return {
    traceID: row.traceId,
    spanID: row.spanId,
    flags: row.flags & W3C_FLAGS,
    operationName: row.name,
    references: referencesOf(row),
    startTime: micros(row.time),
    duration: micros(row.duration),
    tags: withTags(tagsOf(row.keys, row.values, row.types), fieldTags(row)),
    logs: logsOf(row),
    processID,
    warnings: warning === undefined ? null : [warning],
  }
}
