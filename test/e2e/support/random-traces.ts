import fc from 'fast-check'
import type { Span, SpanEvent, SpanLink, TracesRequest } from '../../otlp/proto.ts'
import {
  attributes,
  bytes,
  id,
  int32,
  NOW_NS,
  recentNs,
  resource,
  schemaUrl,
  scope,
  uint32,
  words,
} from './random-values.ts'

/** Trace requests of every shape, as no check refuses them. */

const event: fc.Arbitrary<SpanEvent> = fc.record({
  timeUnixNano: fc.bigInt({ min: 0n, max: NOW_NS }),
  name: words,
  attributes: attributes(3),
  droppedAttributesCount: uint32,
})

const link: fc.Arbitrary<SpanLink> = fc.record({
  traceId: id(16),
  spanId: id(8),
  traceState: words,
  attributes: attributes(3),
  droppedAttributesCount: uint32,
  flags: uint32,
})

const HOUR_NS = 3_600_000_000_000n

/** Few traces, so that several requests hold spans of one. */
const someTrace = fc.constantFrom(...fc.sample(bytes(16), { numRuns: 5, seed: 1 }))

const span: fc.Arbitrary<Span> = fc
  .record({
    startTimeUnixNano: recentNs,
    duration: fc.option(fc.bigInt({ min: 0n, max: 30n * HOUR_NS })),
    traceId: fc.oneof(id(16), someTrace),
    spanId: id(8),
    parentSpanId: id(8),
    traceState: words,
    flags: uint32,
    name: words,
    kind: fc.oneof(fc.integer({ min: 0, max: 5 }), int32),
    status: fc.record({ code: fc.oneof(fc.integer({ min: 0, max: 2 }), int32), message: words }),
    attributes: attributes(6),
    droppedAttributesCount: uint32,
    events: fc.array(event, { maxLength: 3 }),
    droppedEventsCount: uint32,
    links: fc.array(link, { maxLength: 3 }),
    droppedLinksCount: uint32,
  })
  .map(({ duration, ...rest }) => ({
    ...rest,
    endTimeUnixNano: duration === null ? 0n : rest.startTimeUnixNano + duration,
  }))

export const tracesRequest: fc.Arbitrary<TracesRequest> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource,
      schemaUrl,
      scopeSpans: fc.array(
        fc.record({ scope, schemaUrl: words, spans: fc.array(span, { minLength: 1, maxLength: 5 }) }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})
