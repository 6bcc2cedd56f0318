import { SPAN } from '../../../otlp/slots.ts'
import { isRootSpan } from '../functions/is-root-span.ts'
import { Kind, Level } from '../kinds.ts'
import type { Context, PathEntry } from './context.ts'
import {
  enumText,
  fixed64,
  id,
  idText,
  message,
  messages,
  prefixed,
  recordAttributes,
  recordTime,
  recordTimeUnixNano,
  signed32,
  text,
  unsigned32,
} from './fields.ts'
import { RESOURCE_PATHS } from './resource.ts'
import { SCOPE_PATHS } from './scope.ts'
import { traceState } from './trace-state.ts'

const { record } = Level

/** By number, as pdata names them; the deprecated names are those of trace.proto. */
const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']
const DEPRECATED_KINDS = KINDS.map((name) => `SPAN_KIND_${name.toUpperCase()}`)
const STATUS_CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR']

const OWN: ReadonlyMap<string, PathEntry> = new Map([
  ['attributes', recordAttributes],
  ['dropped_attributes_count', unsigned32(record, SPAN.droppedAttributesCount)],
  ['dropped_events_count', unsigned32(record, SPAN.droppedEventsCount)],
  ['dropped_links_count', unsigned32(record, SPAN.droppedLinksCount)],
  ['end_time', fixed64(record, SPAN.endTimeLow, Kind.time)],
  ['end_time_unix_nano', fixed64(record, SPAN.endTimeLow, Kind.int)],
  ['events', messages(record, SPAN.eventsCount)],
  ['flags', unsigned32(record, SPAN.flags)],
  ['kind', signed32(record, SPAN.kind)],
  ['kind.deprecated_string', enumText(record, SPAN.kind, DEPRECATED_KINDS)],
  ['kind.string', enumText(record, SPAN.kind, KINDS)],
  ['links', messages(record, SPAN.linksCount)],
  ['name', text(record, SPAN.nameStart)],
  ['parent_span_id', id(record, SPAN.parentSpanIdStart, Kind.spanId, 8)],
  ['parent_span_id.string', idText(record, SPAN.parentSpanIdStart, 8)],
  ['span_id', id(record, SPAN.spanIdStart, Kind.spanId, 8)],
  ['span_id.string', idText(record, SPAN.spanIdStart, 8)],
  ['start_time', recordTime],
  ['start_time_unix_nano', recordTimeUnixNano],
  ['status', message(record)],
  ['status.code', signed32(record, SPAN.statusCode)],
  ['status.message', text(record, SPAN.statusMessageStart)],
  ['trace_id', id(record, SPAN.traceIdStart, Kind.traceId, 16)],
  ['trace_id.string', idText(record, SPAN.traceIdStart, 16)],
  ['trace_state', traceState(record, SPAN.traceStateStart)],
])

/** `span.` paths, for the context of its events. */
export const SPAN_PATHS = prefixed('span', OWN)

export const SPAN_ENUMS: ReadonlyMap<string, bigint> = new Map(
  [DEPRECATED_KINDS, STATUS_CODES].flatMap((names) =>
    names.map((name, number): [string, bigint] => [name, BigInt(number)]),
  ),
)

/** The collector's ottlspan context. */
export const spanContext: Context = {
  name: 'span',
  prefix: 'span',
  own: OWN,
  shared: new Map([...RESOURCE_PATHS, ...SCOPE_PATHS]),
  enums: SPAN_ENUMS,
  unit: record,
  functions: [isRootSpan],
}
