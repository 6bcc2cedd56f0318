import { encodeLogsRequest, type KeyValue, type LogRecord, stringAttributes } from '../../test/otlp/proto.ts'

/** Requests of one kind, as senders make them. */
export type Shape = {
  readonly name: string
  readonly recordsPerRequest: number
  /** About what falls into one commit of 50 ms at 100 k records/s, or at a few thousand requests a second. */
  readonly requestsPerCommit: number
  readonly resourcesPerRequest: number
  readonly body: (i: number) => string
  /** Every commit meets its resources for the first time. */
  readonly newResources?: boolean
}

const WORDS =
  'account balance cache checkout client connection customer delivery export gateway index invoice message payment queue refund session stock stream upload'.split(
    ' ',
  )
const word = (i: number): string => WORDS[(i * 7919) % WORDS.length]!

const short = (i: number): string =>
  `GET /api/orders/${(i * 7919) % 100_003} answered 200 in ${i % 997} ms for customer ${(i * 104_729) % 1_000_003}: ${word(i)} of ${word(i + 3)}, eu-central-1a`

const long = (i: number): string => {
  let text = `java.lang.IllegalStateException: ${word(i)} ${i} is not ${word(i + 1)}`
  for (let frame = 0; text.length < 2000; frame++)
    text += `\n\tat com.example.${word(i + frame)}.Handler.apply(Handler.java:${(i * 31 + frame * 17) % 900})`
  return text
}

const NAMES = ['Müller', 'Сергей', '山田太郎', 'Zoë', 'Ångström', '김민준']
const foreign = (i: number): string =>
  `заказ ${(i * 7919) % 100_003} для ${NAMES[i % NAMES.length]} принят за ${i % 997} мс ✓ ${word(i)}`

/** Named in the results: a new shape gets a new name, an old name keeps its shape. */
export const SHAPES: ReadonlyArray<Shape> = [
  { name: 'typical', recordsPerRequest: 1000, requestsPerCommit: 5, resourcesPerRequest: 1, body: short },
  {
    name: 'small requests',
    recordsPerRequest: 10,
    requestsPerCommit: 100,
    resourcesPerRequest: 1,
    body: short,
  },
  { name: 'long bodies', recordsPerRequest: 1000, requestsPerCommit: 2, resourcesPerRequest: 1, body: long },
  {
    name: 'non-ASCII bodies',
    recordsPerRequest: 1000,
    requestsPerCommit: 5,
    resourcesPerRequest: 1,
    body: foreign,
  },
  {
    name: 'many resources',
    recordsPerRequest: 1000,
    requestsPerCommit: 5,
    resourcesPerRequest: 200,
    body: short,
  },
  {
    name: 'a new resource each record',
    recordsPerRequest: 1000,
    requestsPerCommit: 5,
    resourcesPerRequest: 1000,
    body: short,
    newResources: true,
  },
]

/** The requests of one commit: all different. */
export function requestsOf(shape: Shape, nowMs: number): Buffer[] {
  return Array.from({ length: shape.requestsPerCommit }, (_, i) => request(shape, nowMs, i))
}

function request(shape: Shape, nowMs: number, number: number): Buffer {
  const { recordsPerRequest, resourcesPerRequest } = shape
  const perResource = recordsPerRequest / resourcesPerRequest
  const first = number * recordsPerRequest
  return encodeLogsRequest({
    resourceLogs: Array.from({ length: resourcesPerRequest }, (_, resource) => ({
      resource: { attributes: resourceAttributes(number * resourcesPerRequest + resource) },
      scopeLogs: [
        {
          scope: { name: 'com.example.orders', version: '1.4.2' },
          logRecords: Array.from({ length: perResource }, (_, i) =>
            logRecord(shape, nowMs, first + resource * perResource + i),
          ),
        },
      ],
    })),
  })
}

/** Eight, as the SDK and the collector's k8sattributes processor leave them. */
function resourceAttributes(i: number): KeyValue[] {
  return stringAttributes({
    'service.name': word(i),
    'service.version': '2.14.0',
    'deployment.environment.name': 'production',
    'k8s.namespace.name': 'shop-production',
    'k8s.pod.name': `${word(i)}-7d9f8b6c5-${i.toString(36).padStart(5, '0')}`,
    'k8s.container.name': 'app',
    'k8s.node.name': `ip-10-0-${i % 64}.internal`,
    'k8s.cluster.name': 'eu-central-1a',
  })
}

/** Six attributes; every record has ids, three of a trace in a row. */
function logRecord(shape: Shape, nowMs: number, i: number): LogRecord {
  const timeUnixNano = BigInt(nowMs) * 1_000_000n + BigInt(i) * 10_007n
  return {
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano + 150_011n,
    severityNumber: 9 + 4 * (i % 3),
    severityText: ['INFO', 'WARN', 'ERROR'][i % 3]!,
    body: { stringValue: shape.body(i) },
    flags: 1,
    traceId: idBytes(16, Math.floor(i / 3)),
    spanId: idBytes(8, i),
    attributes: [
      ...stringAttributes({
        'http.request.method': 'GET',
        'http.route': '/api/orders/{id}',
        'url.path': `/api/orders/${(i * 7919) % 100_003}`,
        'user.id': String((i * 104_729) % 1_000_003),
        'thread.name': `worker-${i % 16}`,
      }),
      { key: 'http.response.status_code', value: { intValue: 200 + (i % 4) } },
    ],
  }
}

/** Bytes without a pattern that a dictionary or a compressor could use (xorshift32). */
function idBytes(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = (seed * 0x9e3779b1 + 0x7f4a7c15) | 1
  for (let at = 0; at < length; at += 4) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes.writeInt32LE(state | 0, at)
  }
  return bytes
}
