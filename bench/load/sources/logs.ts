import { encodeLogsRequest, type LogRecord, stringAttributes } from '../../../test/otlp/proto.ts'
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

/** Per record, in the order in which protobufjs writes it: time, body, path, user, traceId, spanId, observedTime. */
const FIELDS = 7
const TIME = 0x5a5a5a5a5a5a5a5an
const OBSERVED_TIME = 0x6b6b6b6b6b6b6b6bn
const BODY = '@@@@BODY@@'
const PATH = '@PATH'
const USER = '@@USER@'
const TRACE_ID = Buffer.alloc(16, 0xe1)
const SPAN_ID = Buffer.alloc(8, 0xe2)
const RECORD_NS = 1009

/** Requests of `records` log records, each about 346 bytes. */
export function logSource(records: number): Source {
  return { records, pods: SERVICES.map((service, pod) => podSource(service, pod, records)) }
}

function podSource(service: string, pod: number, records: number): PodSource {
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
  const bytes = grpcMessage(request)
  const offsets = findMarks(bytes, marks(records))
  return { bytes, refresh: (copy, nowMs) => refresh(copy, offsets, records, nowMs) }
}

const isTraced = (record: number): boolean => record % 10 < 6

function* marks(records: number) {
  for (let record = 0; record < records; record++) {
    yield wordsOf(TIME)
    yield Buffer.from(BODY)
    yield Buffer.from(PATH)
    yield Buffer.from(USER)
    yield isTraced(record) ? TRACE_ID : undefined
    yield isTraced(record) ? SPAN_ID : undefined
    yield wordsOf(OBSERVED_TIME)
  }
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
    ...(isTraced(i) ? { flags: 1, traceId: TRACE_ID, spanId: SPAN_ID } : {}),
  }
}

let counter = 0
const time = new Stepper()

function refresh(bytes: Buffer, offsets: Int32Array, records: number, nowMs: number): void {
  time.set(BigInt(nowMs) * 1_000_000n - BigInt(records * RECORD_NS))
  for (let i = 0, at = 0; i < records; i++, at += FIELDS) {
    time.step(RECORD_NS)
    counter++
    time.write(bytes, offsets[at]!)
    writeDigits(bytes, offsets[at + 1]!, BODY.length, counter)
    writeDigits(bytes, offsets[at + 2]!, PATH.length, random() % 20_000)
    writeDigits(bytes, offsets[at + 3]!, USER.length, random() % 1_000_000)
    if (isTraced(i)) {
      // Two records in a row share their trace.
      const previous = i % 2 === 1 ? offsets[at + 4 - FIELDS]! : -1
      if (previous >= 0) bytes.copyWithin(offsets[at + 4]!, previous, previous + TRACE_ID.length)
      else writeRandom(bytes, offsets[at + 4]!, TRACE_ID.length)
      writeRandom(bytes, offsets[at + 5]!, SPAN_ID.length)
    }
    time.write(bytes, offsets[at + 6]!)
  }
}
