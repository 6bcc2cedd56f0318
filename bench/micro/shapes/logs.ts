import { encodeLogsRequest, type LogRecord, stringAttributes } from '../../../test/otlp/proto.ts'
import { idBytes, resourceAttributes, type Shape, word } from './shape.ts'

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

type LogShape = {
  readonly name: string
  readonly recordsPerRequest?: number
  readonly requestsPerCommit?: number
  readonly resourcesPerRequest?: number
  readonly body?: (i: number) => string
  readonly newResources?: boolean
}

function shape(of: LogShape): Shape {
  const { recordsPerRequest = 1000, resourcesPerRequest = 1, requestsPerCommit = 5, body = short } = of
  const perResource = recordsPerRequest / resourcesPerRequest
  const request = (nowMs: number, number: number): Buffer => {
    const first = number * recordsPerRequest
    return encodeLogsRequest({
      resourceLogs: Array.from({ length: resourcesPerRequest }, (_, resource) => ({
        resource: { attributes: resourceAttributes(number * resourcesPerRequest + resource) },
        scopeLogs: [
          {
            scope: { name: 'com.example.orders', version: '1.4.2' },
            logRecords: Array.from({ length: perResource }, (_, i) =>
              logRecord(body, nowMs, first + resource * perResource + i),
            ),
          },
        ],
      })),
    })
  }
  const newResources = of.newResources === undefined ? {} : { newResources: of.newResources }
  return {
    name: of.name,
    signal: 'logs',
    recordsPerRequest,
    requestsPerCommit,
    request,
    targetRatio: 20,
    ...newResources,
  }
}

export const LOG_SHAPES: ReadonlyArray<Shape> = [
  shape({ name: 'typical' }),
  shape({ name: 'small requests', recordsPerRequest: 10, requestsPerCommit: 100 }),
  shape({ name: 'long bodies', requestsPerCommit: 2, body: long }),
  shape({ name: 'non-ASCII bodies', body: foreign }),
  shape({ name: 'many resources', resourcesPerRequest: 200 }),
  shape({ name: 'a new resource each record', resourcesPerRequest: 1000, newResources: true }),
]

/** Six attributes; every record has ids, three of a trace in a row. */
function logRecord(body: (i: number) => string, nowMs: number, i: number): LogRecord {
  const timeUnixNano = BigInt(nowMs) * 1_000_000n + BigInt(i) * 10_007n
  return {
    timeUnixNano,
    observedTimeUnixNano: timeUnixNano + 150_011n,
    severityNumber: 9 + 4 * (i % 3),
    severityText: ['INFO', 'WARN', 'ERROR'][i % 3]!,
    body: { stringValue: body(i) },
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
