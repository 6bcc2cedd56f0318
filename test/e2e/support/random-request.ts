import fc from 'fast-check'
import type { AnyValue, KeyValue, LogRecord, LogsRequest } from '../../otlp/proto.ts'
import { type ExpectedRow, expectedRow } from './expected-row.ts'

/** Requests of every shape and what ClickHouse must hold for them. Times are within what the clock rules let pass. */

export const NOW_NS = BigInt(Date.now()) * 1_000_000n
const DAY_NS = 86_400_000_000_000n

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const words = fc.string({ unit: 'grapheme', maxLength: 30 })

const anyValue: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    words.map((stringValue): AnyValue => ({ stringValue })),
    fc.boolean().map((boolValue): AnyValue => ({ boolValue })),
    int64.map((intValue): AnyValue => ({ intValue })),
    fc.double().map((doubleValue): AnyValue => ({ doubleValue })),
    fc.uint8Array({ maxLength: 20 }).map((bytesValue): AnyValue => ({ bytesValue })),
    fc.constant<AnyValue>({}),
    fc.array(tie('value'), { maxLength: 3 }).map((values): AnyValue => ({ arrayValue: { values } })),
    fc
      .array(fc.record({ key: words, value: tie('value') }), { maxLength: 3 })
      .map((values): AnyValue => ({ kvlistValue: { values } })),
  ),
})).value

const attributes = (maxLength: number): fc.Arbitrary<KeyValue[]> =>
  fc.uniqueArray(fc.record({ key: words, value: anyValue }), { maxLength, selector: ({ key }) => key })

const record: fc.Arbitrary<LogRecord> = fc.record({
  timeUnixNano: fc.bigInt({ min: NOW_NS - 20n * DAY_NS, max: NOW_NS }),
  observedTimeUnixNano: fc.bigInt({ min: 1n, max: NOW_NS }),
  severityNumber: fc.oneof(
    fc.integer({ min: 0, max: 24 }),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  ),
  severityText: words,
  body: anyValue,
  attributes: attributes(6),
  droppedAttributesCount: fc.nat({ max: 2 ** 32 - 1 }),
  flags: fc.nat({ max: 2 ** 32 - 1 }),
  traceId: fc.oneof(bytes(16), fc.constant(new Uint8Array(0))),
  spanId: fc.oneof(bytes(8), fc.constant(new Uint8Array(0))),
  eventName: words,
})

const wellKnown = fc.constantFrom(
  'service.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
  'k8s.deployment.name',
  'loco.resource.id',
)
const facts: fc.Arbitrary<KeyValue[]> = fc.uniqueArray(
  fc.oneof(
    fc.record({ key: wellKnown, value: fc.record({ stringValue: fc.constantFrom('a', 'b', '') }) }),
    fc.record({ key: words, value: anyValue }),
  ),
  { maxLength: 6, selector: ({ key }) => key },
)

export const request: fc.Arbitrary<LogsRequest> = fc.record({
  resourceLogs: fc.array(
    fc.record({
      resource: fc.record({ attributes: facts, droppedAttributesCount: fc.nat({ max: 3 }) }),
      schemaUrl: fc.constantFrom('', 'https://opentelemetry.io/schemas/1.30.0'),
      scopeLogs: fc.array(
        fc.record({
          scope: fc.record({
            name: words,
            version: words,
            attributes: attributes(2),
            droppedAttributesCount: fc.nat({ max: 3 }),
          }),
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

/** Rows without their order: those of one request may be in several partitions, which share it within a day only. */
export const byContent = (rows: ReadonlyArray<ExpectedRow>): string[] =>
  rows.map((row) => JSON.stringify(row)).sort()
