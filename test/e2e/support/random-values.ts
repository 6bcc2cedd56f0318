import fc from 'fast-check'
import type { AnyValue, InstrumentationScope, KeyValue, Resource } from '../../otlp/proto.ts'

/** What records of every signal are made of. Times are within what the clock rules let pass. */

export const NOW_NS = BigInt(Date.now()) * 1_000_000n
export const DAY_NS = 86_400_000_000_000n

export const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
export const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
export const words = fc.string({ unit: 'grapheme', maxLength: 30 })

export const anyValue: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue }>((tie) => ({
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

export const attributes = (maxLength: number): fc.Arbitrary<KeyValue[]> =>
  fc.uniqueArray(fc.record({ key: words, value: anyValue }), { maxLength, selector: ({ key }) => key })

/** An id, or none. */
export const id = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(bytes(length), fc.constant(new Uint8Array(0)))

export const uint32 = fc.nat({ max: 2 ** 32 - 1 })
export const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
export const recentNs = fc.bigInt({ min: NOW_NS - 20n * DAY_NS, max: NOW_NS })

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

export const resource: fc.Arbitrary<Resource> = fc.record({
  attributes: facts,
  droppedAttributesCount: fc.nat({ max: 3 }),
})
export const schemaUrl = fc.constantFrom('', 'https://opentelemetry.io/schemas/1.30.0')
export const scope: fc.Arbitrary<InstrumentationScope> = fc.record({
  name: words,
  version: words,
  attributes: attributes(2),
  droppedAttributesCount: fc.nat({ max: 3 }),
})
