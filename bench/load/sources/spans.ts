import { encodeTracesRequest, type Span, stringAttributes } from '../../../test/otlp/proto.ts'
import { resourceAttributes, SERVICES } from './resource.ts'
import {
  findMarks,
  grpcMessage,
  type PodSource,
  random,
  type Source,
  Stepper,
  wordsOf,
  writeDigits,
  writeRandom,
} from './template.ts'

/** Per span, in the order in which protobufjs writes it: trace, span, parent, start, end, path, user. */
const FIELDS = 7
const TRACE_ID = Buffer.alloc(16, 0xe1)
const SPAN_ID = Buffer.alloc(8, 0xe2)
const PARENT_ID = Buffer.alloc(8, 0xe3)
const START = 0x5a5a5a5a5a5a5a5an
const END = 0x6b6b6b6b6b6b6b6bn
const PATH = '@PATH'
const USER = '@@USER@'
const SPANS_PER_TRACE = 8
const SPAN_NS = 21_013

/** Requests of `records` spans, each about 315 bytes. */
export function spanSource(records: number): Source {
  return { records, pods: SERVICES.map((service, pod) => podSource(service, pod, records)) }
}

function podSource(service: string, pod: number, records: number): PodSource {
  const request = encodeTracesRequest({
    resourceSpans: [
      {
        resource: { attributes: resourceAttributes(service, pod) },
        scopeSpans: [
          {
            scope: { name: '@opentelemetry/instrumentation-http', version: '0.301.0' },
            spans: Array.from({ length: records }, (_, i) => span(i)),
          },
        ],
      },
    ],
  })
  const bytes = grpcMessage(request)
  const offsets = findMarks(bytes, marks(records))
  return { bytes, refresh: (copy, nowMs) => refresh(copy, offsets, records, nowMs) }
}

const isRoot = (i: number): boolean => i % SPANS_PER_TRACE === 0

function* marks(records: number) {
  for (let i = 0; i < records; i++) {
    yield TRACE_ID
    yield SPAN_ID
    yield isRoot(i) ? undefined : PARENT_ID
    yield wordsOf(START)
    yield wordsOf(END)
    yield Buffer.from(PATH)
    yield Buffer.from(USER)
  }
}

/** Of a trace of eight: a server span and clients below it; seven attributes, an event on every fourth. */
function span(i: number): Span {
  return {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    ...(isRoot(i) ? {} : { parentSpanId: PARENT_ID }),
    name: isRoot(i) ? 'GET /api/orders/{id}' : `SELECT orders_${i % 5}`,
    kind: isRoot(i) ? 2 : 3,
    startTimeUnixNano: START,
    endTimeUnixNano: END,
    flags: 0x101,
    attributes: [
      ...stringAttributes({
        'http.request.method': 'GET',
        'http.route': '/api/orders/{id}',
        'url.path': `/api/orders/${PATH}`,
        'server.address': `orders-${i % 5}.shop-production.svc`,
        'user.id': USER,
      }),
      { key: 'http.response.status_code', value: { intValue: i % 50 === 0 ? 500 : 200 } },
      { key: 'server.port', value: { intValue: 8080 } },
    ],
    ...(i % 50 === 0 ? { status: { code: 2, message: 'upstream is not there' } } : {}),
    ...(i % 4 === 0
      ? {
          events: [
            {
              timeUnixNano: 1_750_000_000_000_000_000n,
              name: 'message',
              attributes: stringAttributes({ 'message.type': 'SENT' }),
            },
          ],
        }
      : {}),
  }
}

const time = new Stepper()

function refresh(bytes: Buffer, offsets: Int32Array, records: number, nowMs: number): void {
  time.set(BigInt(nowMs) * 1_000_000n - BigInt(records * SPAN_NS))
  let root = 0
  for (let i = 0, at = 0; i < records; i++, at += FIELDS) {
    time.step(SPAN_NS)
    if (isRoot(i)) {
      root = at
      writeRandom(bytes, offsets[at]!, TRACE_ID.length)
    } else {
      const trace = offsets[root]!
      const parent = offsets[root + 1]!
      bytes.copyWithin(offsets[at]!, trace, trace + TRACE_ID.length)
      bytes.copyWithin(offsets[at + 2]!, parent, parent + SPAN_ID.length)
    }
    writeRandom(bytes, offsets[at + 1]!, SPAN_ID.length)
    time.write(bytes, offsets[at + 3]!)
    time.writeAhead(bytes, offsets[at + 4]!, 1 + (random() % 90_000_000))
    writeDigits(bytes, offsets[at + 5]!, PATH.length, random() % 20_000)
    writeDigits(bytes, offsets[at + 6]!, USER.length, random() % 1_000_000)
  }
}
