import type { Span, SpanEvent, TracesRequest } from '../../../otlp/proto.ts'
import { SAMPLE } from '../record.ts'

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } })

const EVENTS: SpanEvent[] = [
  { name: 'cache.miss', timeUnixNano: '1700000000200000000', attributes: [attribute('key', 'basket')] },
  {
    name: 'exception',
    timeUnixNano: '1700000000400000001',
    droppedAttributesCount: 2,
    attributes: [
      attribute('exception.type', 'TimeoutError'),
      { key: 'exception.escaped', value: { boolValue: true } },
      { key: 'attempt', value: { intValue: 3 } },
    ],
  },
]

export const SPAN: Span = {
  traceId: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  spanId: Buffer.from('f0f1f2f3f4f5f6f7', 'hex'),
  parentSpanId: Buffer.from('a0a1a2a3a4a5a6a7', 'hex'),
  traceState: 'rojo=00f067aa0ba902b7,t61rcwkgmze@congo=t61 ,empty-ish= x',
  name: 'GET /basket',
  kind: 2,
  startTimeUnixNano: '1700000000123456789',
  endTimeUnixNano: '1700000000999999999',
  attributes: [
    attribute('http.route', '/basket'),
    { key: 'http.status_code', value: { intValue: 504 } },
    { key: 'list', value: { arrayValue: { values: [{ intValue: 7 }] } } },
  ],
  droppedAttributesCount: 3,
  events: EVENTS,
  droppedEventsCount: 4,
  links: [{ traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1) }],
  droppedLinksCount: 5,
  status: { code: 2, message: 'upstream timed out' },
  flags: 257,
}

export function tracesOf(...spans: Span[]): TracesRequest {
  const { resource, resourceSchemaUrl, scope } = SAMPLE
  return {
    resourceSpans: [
      { resource: resource!, schemaUrl: resourceSchemaUrl!, scopeSpans: [{ ...scope, spans }] },
    ],
  }
}
