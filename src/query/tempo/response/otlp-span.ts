import { idOf, present } from '../../records/fields.ts'
import type { SpanRow } from '../../traces/span-statement.ts'
import { type KeyValue, keyValues } from './any-value.ts'

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
  listed<'attributes', KeyValue>('attributes', keyValues(keys, values, letters))

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
    traceId: id(traceId),
    spanId: id(row.linkSpanIds[i]!),
    ...present({ traceState: row.linkStates[i] }),
    ...attributesOf(row.linkKeys[i]!, row.linkValues[i]!, row.linkTypes[i]!),
    ...present({ droppedAttributesCount: row.linksOwnDropped[i], flags: row.linkFlags[i] }),
  }))
}

function statusOf({ status, statusMessage }: SpanRow) {
  if (status === 0 && statusMessage === '') return { status: {} }
  return {
    status: {
      ...present({ message: statusMessage }),
      ...(status === 0 ? {} : { code: named('STATUS_CODE', STATUS_CODES, status) }),
    },
  }
}

export function otlpSpanOf(row: SpanRow, id: IdForm) {
  const parent = idOf(row.parentSpanId)
  return {
    traceId: id(row.traceId),
    spanId: id(row.spanId),
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
