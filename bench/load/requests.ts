import { encodeLogsRequest, type KeyValue, type LogRecord, stringAttributes } from '../../test/otlp/proto.ts'

/**
 * Requests made once and changed in place before each sending: encoding them anew would cost the load generator more
 * than the gateway. A template marks what differs by bytes that stand nowhere else, finds them in the encoded
 * request, and from then on knows where to write.
 */
export type Template = {
  /** The gRPC message: five bytes of prefix, then the request. */
  readonly bytes: Buffer
  /** Per record the offsets of {@link FIELDS}, -1 where it has none. */
  readonly offsets: Int32Array
  readonly records: number
}

const PREFIX_BYTES = 5
/** What differs from record to record, in the order in which protobufjs writes it. */
const FIELDS = ['time', 'body', 'path', 'user', 'traceId', 'spanId', 'observedTime'] as const
const TIME = 0x5a5a5a5a5a5a5a5an
const OBSERVED_TIME = 0x6b6b6b6b6b6b6b6bn
const BODY = '@@@@BODY@@'
const PATH = '@PATH'
const USER = '@@USER@'
const TRACE_ID = Buffer.alloc(16, 0xe1)
const SPAN_ID = Buffer.alloc(8, 0xe2)

const MARKS: Readonly<Record<(typeof FIELDS)[number], Buffer>> = {
  time: wordsOf(TIME),
  body: Buffer.from(BODY),
  path: Buffer.from(PATH),
  user: Buffer.from(USER),
  traceId: TRACE_ID,
  spanId: SPAN_ID,
  observedTime: wordsOf(OBSERVED_TIME),
}

const SERVICES = ['checkout', 'cart', 'catalog', 'payment', 'shipping', 'search', 'identity', 'inventory']

/** One template per pod: a request of `records` records, each about 346 bytes. */
export function templates(records: number): Template[] {
  return SERVICES.map((service, i) => template(service, i, records))
}

function template(service: string, pod: number, records: number): Template {
  const request = encodeLogsRequest({
    resourceLogs: [
      {
        resource: { attributes: resourceAttributes(service, pod) },
        scopeLogs: [
          {
            scope: { name: `com.example.${service}`, version: '1.4.2' },
            logRecords: Array.from({ length: records }, (_, i) => logRecord(i)),
          },
        ],
      },
    ],
  })
  const bytes = Buffer.alloc(PREFIX_BYTES + request.length)
  bytes.writeUInt32BE(request.length, 1)
  request.copy(bytes, PREFIX_BYTES)
  return { bytes, offsets: find(bytes, records), records }
}

/** Eight, as the SDK and the collector's k8sattributes processor leave them. */
function resourceAttributes(service: string, pod: number): KeyValue[] {
  return stringAttributes({
    'service.name': service,
    'service.version': '2.14.0',
    'deployment.environment.name': 'production',
    'k8s.namespace.name': 'shop-production',
    'k8s.pod.name': `${service}-7d9f8b6c5-x2x${pod}z`,
    'k8s.container.name': service,
    'k8s.node.name': `ip-10-0-${pod}.internal`,
    'k8s.cluster.name': 'eu-central-1a',
  })
}

/** Six attributes; six of ten records are of a trace. */
function logRecord(i: number): LogRecord {
  return {
    timeUnixNano: TIME,
    observedTimeUnixNano: OBSERVED_TIME,
    severityNumber: 9 + 4 * (i % 3),
    severityText: ['INFO', 'WARN', 'ERROR'][i % 3]!,
    body: {
      stringValue: `order ${BODY} was placed in ${i % 97} ms: ${1 + (i % 5)} items, paid by ${i % 2 === 0 ? 'card' : 'invoice'}, shipped from warehouse ${i % 7} by the next day's run`,
    },
    attributes: [
      ...stringAttributes({
        'http.request.method': 'POST',
        'http.route': '/api/orders/{id}',
        'url.path': `/api/orders/${PATH}`,
        'user.id': USER,
        'thread.name': `worker-${i % 16}`,
      }),
      { key: 'http.response.status_code', value: { intValue: 200 + (i % 4) } },
    ],
    ...(i % 10 < 6 ? { flags: 1, traceId: TRACE_ID, spanId: SPAN_ID } : {}),
  }
}

function find(bytes: Buffer, records: number): Int32Array {
  const offsets = new Int32Array(records * FIELDS.length).fill(-1)
  let from = PREFIX_BYTES
  for (let record = 0; record < records; record++) {
    const traced = record % 10 < 6
    for (let field = 0; field < FIELDS.length; field++) {
      const name = FIELDS[field]!
      if (!traced && (name === 'traceId' || name === 'spanId')) continue
      const at = bytes.indexOf(MARKS[name], from)
      if (at < 0) throw new Error(`BUG: record ${record} of the template has no ${name} after ${from}`)
      offsets[record * FIELDS.length + field] = at
      from = at + MARKS[name].length
    }
  }
  return offsets
}

function wordsOf(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

const NS_PER_MS = 1_000_000n
const RECORD_NS = 1009
let state = 0x9e3779b1 | 0
let counter = 0

/** Makes `bytes`, a copy of the template's, a request that was never sent before, with times up to `nowMs`. */
export function refresh({ offsets, records }: Template, bytes: Buffer, nowMs: number): void {
  const first = BigInt(nowMs) * NS_PER_MS - BigInt(records * RECORD_NS)
  let low = Number(first & 0xffffffffn)
  let high = Number(first >> 32n)
  for (let i = 0, at = 0; i < records; i++, at += FIELDS.length) {
    low += RECORD_NS
    if (low > 0xffffffff) {
      low -= 0x1_0000_0000
      high++
    }
    counter++
    writeTime(bytes, offsets[at]!, low, high)
    writeDigits(bytes, offsets[at + 1]!, BODY.length, counter)
    writeDigits(bytes, offsets[at + 2]!, PATH.length, random() % 20_000)
    writeDigits(bytes, offsets[at + 3]!, USER.length, random() % 1_000_000)
    if (offsets[at + 4]! >= 0) {
      // Two records in a row share their trace.
      if (i % 2 === 1 && offsets[at + 4 - FIELDS.length]! >= 0) {
        const previous = offsets[at + 4 - FIELDS.length]!
        bytes.copyWithin(offsets[at + 4]!, previous, previous + TRACE_ID.length)
      } else writeRandom(bytes, offsets[at + 4]!, TRACE_ID.length)
      writeRandom(bytes, offsets[at + 5]!, SPAN_ID.length)
    }
    writeTime(bytes, offsets[at + 6]!, low, high)
  }
}

function writeTime(bytes: Buffer, at: number, low: number, high: number): void {
  bytes.writeUInt32LE(low, at)
  bytes.writeUInt32LE(high, at + 4)
}

function writeDigits(bytes: Buffer, at: number, width: number, value: number): void {
  let rest = value
  for (let i = at + width - 1; i >= at; i--) {
    const next = Math.floor(rest / 10)
    bytes[i] = 0x30 + rest - next * 10
    rest = next
  }
}

function writeRandom(bytes: Buffer, at: number, length: number): void {
  for (let i = 0; i < length; i += 4) bytes.writeUInt32LE(random(), at + i)
}

/** xorshift32: the same run makes the same requests, times aside. */
function random(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return state >>> 0
}
