import { SPAN_KINDS, SPAN_STATUSES } from '../traces/words.ts'
import type { Intrinsic, Value } from './ast.ts'

/** Intrinsics as TraceQL writes them, old and new. */
export const INTRINSICS: ReadonlyMap<string, Intrinsic> = new Map([
  ['name', 'name'],
  ['span:name', 'name'],
  ['status', 'status'],
  ['span:status', 'status'],
  ['statusMessage', 'statusMessage'],
  ['span:statusMessage', 'statusMessage'],
  ['kind', 'kind'],
  ['span:kind', 'kind'],
  ['duration', 'duration'],
  ['span:duration', 'duration'],
  ['traceDuration', 'traceDuration'],
  ['trace:duration', 'traceDuration'],
  ['rootName', 'rootName'],
  ['trace:rootName', 'rootName'],
  ['rootServiceName', 'rootServiceName'],
  ['trace:rootService', 'rootServiceName'],
  ['trace:id', 'traceId'],
  ['span:id', 'spanId'],
  ['nestedSetParent', 'nestedSetParent'],
])

/** Those that are offered for search, in the order in which they are shown. */
export const OFFERED_INTRINSICS: ReadonlyArray<string> = [
  'duration',
  'kind',
  'name',
  'rootName',
  'rootServiceName',
  'status',
  'statusMessage',
  'trace:id',
  'traceDuration',
  'span:id',
]

/** Of Tempo's language, but of spans or traces that Weir does not look at in a search. */
export const UNSEARCHED: ReadonlySet<string> = new Set(
  'childCount nestedSetLeft nestedSetRight parent event:name event:timeSinceStart link:traceID link:spanID'
    .concat(' instrumentation:name instrumentation:version span:parentID span:childCount')
    .split(' '),
)

/** Values that are words. */
export const WORD_VALUES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', { kind: 'boolean', value: true }],
  ['false', { kind: 'boolean', value: false }],
  ['nil', { kind: 'nil' }],
  ...SPAN_STATUSES.map((word, number) => [word, { kind: 'status', number }] as const),
  ...SPAN_KINDS.map((word, number) => [word, { kind: 'spanKind', number }] as const),
])

/** What an intrinsic is compared with. */
export const VALUE_OF: Readonly<Record<Intrinsic, Value['kind']>> = {
  name: 'string',
  statusMessage: 'string',
  rootName: 'string',
  rootServiceName: 'string',
  traceId: 'string',
  spanId: 'string',
  status: 'status',
  kind: 'spanKind',
  duration: 'duration',
  traceDuration: 'duration',
  nestedSetParent: 'number',
}
