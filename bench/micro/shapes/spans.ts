import { encodeTracesRequest, type Span, stringAttributes } from '../../../test/otlp/proto.ts'
import { idBytes, resourceAttributes, type Shape, word } from './shape.ts'

const SPANS_PER_REQUEST = 500

export const SPAN_SHAPES: ReadonlyArray<Shape> = [
  {
    name: 'spans',
    signal: 'traces',
    recordsPerRequest: SPANS_PER_REQUEST,
    requestsPerCommit: 8,
    request: (nowMs, number) =>
      encodeTracesRequest({
        resourceSpans: [
          {
            resource: { attributes: resourceAttributes(number) },
            scopeSpans: [
              {
                scope: { name: '@opentelemetry/instrumentation-http', version: '0.301.0' },
                spans: Array.from({ length: SPANS_PER_REQUEST }, (_, i) =>
                  span(nowMs, number * SPANS_PER_REQUEST + i),
                ),
              },
            ],
          },
        ],
      }),
    targetRatio: 8,
  },
]

/** Of a trace of eight: a server span, clients below it; seven attributes, an event on every fourth, errors on a few. */
function span(nowMs: number, i: number): Span {
  const isServer = i % 8 === 0
  const startTimeUnixNano = BigInt(nowMs) * 1_000_000n + BigInt(i) * 10_007n
  return {
    traceId: idBytes(16, Math.floor(i / 8)),
    spanId: idBytes(8, i),
    ...(isServer ? {} : { parentSpanId: idBytes(8, i - (i % 8)) }),
    name: isServer ? 'GET /api/orders/{id}' : `SELECT ${word(i % 5)}`,
    kind: isServer ? 2 : 3,
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano + BigInt(1 + ((i * 7919) % 100_003)) * 1000n,
    flags: 0x101,
    attributes: [
      ...stringAttributes({
        'http.request.method': 'GET',
        'http.route': '/api/orders/{id}',
        'url.path': `/api/orders/${(i * 7919) % 100_003}`,
        'server.address': `${word(i % 5)}.shop-production.svc`,
        'user.id': String((i * 104_729) % 1_000_003),
      }),
      { key: 'http.response.status_code', value: { intValue: i % 50 === 0 ? 500 : 200 } },
      { key: 'server.port', value: { intValue: 8080 } },
    ],
    ...(i % 50 === 0 ? { status: { code: 2, message: `${word(i)} is not there` } } : {}),
    ...(i % 4 === 0
      ? {
          events: [
            {
              timeUnixNano: startTimeUnixNano + 500n,
              name: 'message',
              attributes: stringAttributes({ 'message.type': 'SENT' }),
            },
          ],
        }
      : {}),
  }
}
