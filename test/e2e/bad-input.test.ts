import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hex, int, keyValue, len } from '../otlp/wire.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metricsOf } from './support/metrics.ts'
import { numbered, requestOfBodies } from './support/records.ts'
import {
  openSenders,
  type Senders,
  type SendOptions,
  TAKEN,
  TRANSPORTS,
  type Transport,
  type Verdict,
} from './support/senders.ts'

/**
 * Scenario: senders that are broken or mean, over both transports, into one whole gateway. Guarantees: the status
 * that makes a sender stop, a sentence that says what and where, nothing stored of a malformed request, all good
 * records of a partial success; at the end rows, ledger and metrics agree with what the senders were told.
 * Does not prove: every malformed message (test/otlp), memory under bombs (test/ingest/bombs.test.ts).
 */

const MiB = 1024 * 1024
let gateway: TestGateway
let senders: Senders
/** What must be there at the end. */
const kept: string[] = []
const rejected = new Map<string, number>()
const told = new Map<string, number>()

beforeAll(async () => {
  gateway = await startTestGateway('ingest: {requestBytesMax: 16MiB, recordsPerRequestMax: 5000}\n')
  senders = openSenders(gateway.urls)
})
afterAll(() => {
  senders.close()
  return gateway.stop()
})

async function send(
  transport: Transport,
  outcome: string,
  body: Uint8Array,
  options?: SendOptions,
): Promise<Verdict> {
  const key = `weir_requests_total{signal="logs",transport="${transport}",outcome="${outcome}"}`
  told.set(key, (told.get(key) ?? 0) + 1)
  return senders.send(transport, body, options)
}

const nowNs = (): Buffer => {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0x09
  bytes.writeBigUInt64LE(BigInt(Date.now()) * 1_000_000n, 1)
  return bytes
}

/** The fields of a good record with this body. */
const goodFields = (body: string): Buffer => Buffer.concat([nowNs(), len(5, len(1, body))])

/** A request of one resource and scope: good records, then the fields of one more. */
function requestAfterGood(good: ReadonlyArray<string>, ...fields: Buffer[]): Buffer {
  return len(1, len(2, ...good.map((body) => len(2, goodFields(body))), len(2, ...fields)))
}

const each = TRANSPORTS.map((transport) => [transport] as const)

describe.each(each)('malformed, over %s', (transport) => {
  const cut = requestOfBodies(numbered('cut', 20))
  it.each([
    ['wrong wire type of a time', hex('08 01'), 'LogRecord.time_unix_nano: wire type 0 where 1 is expected'],
    ['wrong wire type of a body', hex('28 00'), 'LogRecord.body: wire type 0 where 2 is expected'],
    [
      'wrong wire type within a value',
      hex('2a 02 08 01'),
      'AnyValue.string_value: wire type 0 where 2 is expected',
    ],
    [
      'a string that is cut off',
      hex('1a 05 41'),
      'LogRecord.severity_text: needs 5 bytes where the message has 1 left',
    ],
    [
      'an attribute that is cut off',
      hex('32 02 0a 01'),
      'KeyValue.key: needs 1 bytes where the message has 0 left',
    ],
    [
      'a number without end',
      hex('10 8080808080808080808000'),
      'LogRecord.severity_number: number runs past the end of the message or is longer than 10 bytes',
    ],
    ['an unknown group without end', hex('6b 08 01'), 'LogRecord, field 13: malformed value of wire type 3'],
  ])('%s', async (_, fields, sentence) => {
    const verdict = await send(transport, 'malformed', requestAfterGood(['good before bad'], fields))
    expect(verdict).toMatchObject({ status: transport === 'grpc' ? 3 : 400, retryDelayMs: undefined })
    expect(verdict.message).toMatch(/\(at byte \d+\)$/)
    expect(verdict.message.startsWith(sentence)).toBe(true)
    expect(verdict.headers['retry-after']).toBeUndefined()
  })

  it.each([
    [
      'a request cut in the middle',
      cut.subarray(0, cut.length >> 1),
      'ExportLogsServiceRequest.resource_logs',
    ],
    ['JSON under the type of protobuf', Buffer.from('{"resourceLogs":[]}'), 'ExportLogsServiceRequest'],
    ['a web page', Buffer.from('<!doctype html><title>x</title>'), 'ExportLogsServiceRequest'],
  ])('%s', async (_, body, where) => {
    const verdict = await send(transport, 'malformed', body)
    expect(verdict).toMatchObject({ status: transport === 'grpc' ? 3 : 400, retryDelayMs: undefined })
    expect(verdict.message.startsWith(where)).toBe(true)
  })

  it('a gzip stream that is none', async () => {
    const body = gzipSync(requestOfBodies(['cut']))
    for (const bytes of [body.subarray(0, body.length - 12), Buffer.from('not gzip at all')]) {
      const verdict = await send(transport, 'malformed', bytes, { encoding: 'gzip' })
      expect(verdict).toMatchObject({ status: transport === 'grpc' ? 3 : 400, retryDelayMs: undefined })
      expect(verdict.message).toMatch(/gzip/)
    }
  })
})

describe.each(each)('too large, over %s', (transport) => {
  const forGood = { status: transport === 'grpc' ? 8 : 413, retryDelayMs: undefined }

  it('a body over the limit', async () => {
    const verdict = await send(transport, 'too_large', requestOfBodies(['x'.repeat(17 * MiB)]))
    expect(verdict).toMatchObject(forGood)
    expect(verdict.message).toBe(
      'the request is larger than 16777216 bytes (ingest.requestBytesMax); send smaller batches',
    )
  })

  it.each(transport === 'grpc' ? (['gzip'] as const) : (['gzip', 'zstd'] as const))(
    'a bomb of %s',
    async (encoding) => {
      const zeros = Buffer.alloc(64 * MiB)
      const bomb = encoding === 'gzip' ? gzipSync(zeros) : zstdCompressSync(zeros)
      const verdict = await send(transport, 'too_large', bomb, { encoding })
      expect(verdict).toMatchObject(forGood)
      expect(verdict.message).toMatch(/decompressed request is larger than 16777216 bytes/)
    },
  )

  it('more records than a request may have', async () => {
    const verdict = await send(transport, 'too_large', requestOfBodies(numbered('many', 5001)))
    expect(verdict).toMatchObject(forGood)
    expect(verdict.message).toMatch(/more than 5000 records.*ingest\.recordsPerRequestMax/)
  })
})

/** Sends `good` records and one more, which alone must be rejected. */
async function sendPartly(
  transport: Transport,
  reason: string,
  fields: Buffer,
  sentence: string,
): Promise<void> {
  const good = numbered(`beside ${reason} over ${transport}`, 10)
  const verdict = await send(transport, 'partial', requestAfterGood(good, fields))
  expect(verdict).toMatchObject({
    status: TAKEN[transport],
    rejected: 1,
    partialMessage: `1: ${sentence}`,
  })
  kept.push(...good)
  rejected.set(reason, (rejected.get(reason) ?? 0) + 1)
}

/**
 * LogRecord.attributes with keys of six digits and no values. Written in place: the gateway is in this process, and
 * refuses for want of CPU when its event loop stands still for seconds.
 */
function manyAttributes(count: number): Buffer {
  const one = len(6, len(1, '000000'))
  const all = Buffer.alloc(one.length * count, one)
  for (let i = 0; i < count; i++) all.write(String(i).padStart(6, '0'), (i + 1) * one.length - 6, 'latin1')
  return all
}

describe.each(each)('bad records among good ones, over %s', (transport) => {
  it('a million attributes', async () => {
    await sendPartly(
      transport,
      'too_many_attributes',
      Buffer.concat([goodFields('a million'), manyAttributes(1_000_000)]),
      'more attributes on the record, on what belongs to it, on its scope or on its resource than ingest.attributesPerRecordMax allows, which is 1024.',
    )
  })

  it.each([
    ['invalid_trace_id', len(9, Buffer.alloc(15, 7)), 'trace_id must have 16 bytes, or none.'],
    ['invalid_trace_id', len(9, Buffer.alloc(17, 7)), 'trace_id must have 16 bytes, or none.'],
    ['invalid_span_id', len(10, Buffer.alloc(16, 7)), 'span_id must have 8 bytes, or none.'],
  ])('%s', async (reason, id, sentence) => {
    await sendPartly(transport, reason, Buffer.concat([goodFields(`with ${reason}`), id]), sentence)
  })

  it('a time that is older than its retention', async () => {
    const old = Buffer.alloc(9)
    old[0] = 0x09
    old.writeBigUInt64LE(BigInt(Date.now() - 31 * 86_400_000) * 1_000_000n, 1)
    const good = numbered(`beside too_old over ${transport}`, 3)
    const verdict = await send(transport, 'partial', requestAfterGood(good, old, len(5, len(1, 'old'))))
    expect(verdict).toMatchObject({ status: TAKEN[transport], rejected: 1 })
    expect(verdict.partialMessage).toMatch(/retention/)
    kept.push(...good)
    rejected.set('too_old', (rejected.get('too_old') ?? 0) + 1)
  })
})

type ApiRecord = { attributes: Record<string, unknown>; attributeTypes: Record<string, string>; body: string }

async function readBack(text: string): Promise<ApiRecord[]> {
  const page = await fetch(`${gateway.urls.api}/api/v1/logs?text=${encodeURIComponent(text)}`)
  return ((await page.json()) as { records: ApiRecord[] }).records
}

function doubleAttribute(key: string, value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0x21
  bytes.writeDoubleLE(value, 1)
  return len(6, len(1, key), len(2, bytes))
}

describe.each(each)('odd, but taken, over %s', (transport) => {
  it('doubles that are no numbers', async () => {
    const body = `no numbers over ${transport}`
    const values = { nan: Number.NaN, up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY }
    const attributes = Object.entries(values).map(([key, value]) => doubleAttribute(key, value))
    const verdict = await send(
      transport,
      'ok',
      requestAfterGood([], Buffer.concat([goodFields(body), ...attributes])),
    )
    expect(verdict).toMatchObject({ status: TAKEN[transport], rejected: 0 })
    kept.push(body)
    await expect
      .poll(() => readBack(body), { timeout: 20_000 })
      .toMatchObject([
        {
          attributes: { nan: 'NaN', up: 'Infinity', down: '-Infinity' },
          attributeTypes: { nan: 'double', up: 'double', down: 'double' },
        },
      ])
  })

  it('invalid UTF-8: kept as U+FFFD, and counted', async () => {
    const metric = 'weir_invalid_utf8_values_total{signal="logs"}'
    const before = (await metricsOf(gateway.urls.api)).get(metric) ?? 0
    const text = Buffer.concat([
      Buffer.from(`bytes over ${transport}: `),
      hex('ff fe e2 82 41 c0 af ed a0 80'),
    ])
    const value = hex('61 f0 9f 98')
    const fields = Buffer.concat([
      nowNs(),
      len(5, len(1, text)),
      len(6, len(1, 'cut'), len(2, len(1, value))),
    ])
    const verdict = await send(transport, 'ok', requestAfterGood([], fields, len(6, keyValue('whole', 'ä'))))
    expect(verdict).toMatchObject({ status: TAKEN[transport], rejected: 0 })
    const decoder = new TextDecoder('utf-8')
    kept.push(decoder.decode(text))
    await expect
      .poll(() => readBack(`bytes over ${transport}`), { timeout: 20_000 })
      .toMatchObject([{ body: decoder.decode(text), attributes: { cut: decoder.decode(value), whole: 'ä' } }])
    expect((await metricsOf(gateway.urls.api)).get(metric)).toBe(before + 2)
  })

  it('nothing at all, and resources without records', async () => {
    for (const body of [Buffer.alloc(0), len(1, len(1, len(1, keyValue('service.name', 'a')))), int(99, 1)])
      expect(await send(transport, 'ok', body)).toMatchObject({ status: TAKEN[transport], rejected: 0 })
  })
})

it('rows, ledger and metrics are what the senders were told', async () => {
  const samples = await metricsOf(gateway.urls.api)
  const requests = new Map([...samples].filter(([name]) => name.startsWith('weir_requests_total')))
  expect(requests).toEqual(told)
  const rejections = [...rejected].reduce((sum, [, records]) => sum + records, 0)
  expect(samples.get('weir_records_received_total{signal="logs"}')).toBe(kept.length + rejections)
  expect(samples.get('weir_records_stored_total{signal="logs"}')).toBe(kept.length)
  for (const [reason, records] of rejected)
    expect(samples.get(`weir_records_rejected_total{signal="logs",reason="${reason}"}`)).toBe(records)
  expect(samples.get('weir_requests_in_flight')).toBe(0)
  expect(samples.get('weir_request_bytes_in_flight')).toBe(0)

  await gateway.readBack(async (database) => {
    const rows = await database.rows<{ Body: string }>('SELECT Body FROM logs')
    expect(rows.map(({ Body }) => Body).sort()).toEqual(kept.sort())
    const ledger = await database.rows<{ what: string; records: number }>(
      "SELECT trimRight(concat(Kind, ' ', Reason)) AS what, toUInt32(sum(Records)) AS records FROM ledger GROUP BY what",
    )
    expect(new Map(ledger.map(({ what, records }) => [what, records]))).toEqual(
      new Map([
        ['received', kept.length + rejections],
        ['stored', kept.length],
        ...[...rejected].map(([reason, records]): [string, number] => [`rejected ${reason}`, records]),
      ]),
    )
  })
})
