import type { KeyValueJson } from '../../otlp/json/value-json.ts'
import { idOf, present } from '../records/fields.ts'
import { storedAttributes } from '../records/otlp-values.ts'
import type { SpanRow } from './span-statement.ts'

/** A span of OTLP/JSON, but for its ids, whose form the caller chooses. */

const SPAN_KINDS: ReadonlyArray<string> = [
  'UNSPECIFIED',
  'INTERNAL',
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
]
const STATUS_CODES: ReadonlyArray<string> = ['UNSET', 'OK', 'ERROR']

/** Hex in OTLP/JSON, base64 in ProtoJSON, which Tempo writes. */
export type IdForm = (hex: string) => string

/** Numbers without a name are numbers. */
function named(prefix: string, names: ReadonlyArray<string>, number: number): string | number {
  const name = names[number]
  return name === undefined ? number : `${prefix}_${name}`
}

const listed = <Name extends string, Item>(name: Name, items: ReadonlyArray<Item>) =>
  items.length === 0 ? {} : ({ [name]: items } as Readonly<Record<Name, ReadonlyArray<Item>>>)

const attributesOf = (keys: ReadonlyArray<string>, values: ReadonlyArray<string>, letters: string) =>
  listed<'attributes', KeyValueJson>('attributes', storedAttributes(keys, values, letters))

function eventsOf(row: SpanRow) {
  return row.eventTimes.map((timeUnixNano, i) => ({
    timeUnixNano,
    ...present({ name: row.eventNames[i] }),
    ...attributesOf(row.eventKeys[i]!, row.eventValues[i]!, row.eventTypes[i]!),
    ...present({ droppedAttributesCount: row.eventsOwnDropped[i] }),
  }))
}

function linksOf(row: SpanRow, id: IdForm) {
  return row.linkTraceIds.map((traceId, i) => ({
    ...present({ traceId: id(idOf(traceId)), spanId: id(idOf(row.linkSpanIds[i]!)) }),
    ...present({ traceState: row.linkStates[i] }),
    ...attributesOf(row.linkKeys[i]!, row.linkValues[i]!, row.linkTypes[i]!),
    ...present({ droppedAttributesCount: row.linksOwnDropped[i], flags: row.linkFlags[i] }),
  }))
}

function statusOf({ status, statusMessage }: SpanRow) {
  if (status === 0 && statusMessage === '') return {}
  return {
    status: {
      ...present({ message: statusMessage }),
      ...(status === 0 ? {} : { code: named('STATUS_CODE', STATUS_CODES, status) }),
    },
  }
}

/** A span that was sent without an end ends when it starts. */
export function otlpSpanOf(row: SpanRow, id: IdForm) {
  const parent = idOf(row.parentSpanId)
  return {
    ...present({ traceId: id(idOf(row.traceId)), spanId: id(idOf(row.spanId)) }),
    ...present({ traceState: row.traceState }),
    ...(parent === '' ? {} : { parentSpanId: id(parent) }),
    ...present({ name: row.name }),
    ...(row.kind === 0 ? {} : { kind: named('SPAN_KIND', SPAN_KINDS, row.kind) }),
    startTimeUnixNano: row.time,
    endTimeUnixNano: String(BigInt(row.time) + BigInt(row.duration)),
    ...attributesOf(row.keys, row.values, row.types),
    ...present({ droppedAttributesCount: row.dropped }),
    ...listed('events', eventsOf(row)),
    ...present({ droppedEventsCount: row.eventsDropped }),
    ...listed('links', linksOf(row, id)),
    ...present({ droppedLinksCount: row.linksDropped }),
    ...statusOf(row),
    ...present({ flags: row.flags }),
  }
}
