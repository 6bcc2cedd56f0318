import { gzipSync, zstdCompressSync } from 'node:zlib'
import { SeverityNumber } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { afterEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../src/otlp/refusal.ts'
import { decodeLogsRequest } from '../otlp/proto.ts'
import { type Receivers, startReceivers } from './support/receivers.ts'

/**
 * Scenario: OTLP/JSON over HTTP. Guarantees: what the handler gets is the same message in protobuf (read by protobufjs),
 * and the sender is answered in JSON. Does not prove: every field's form (test/otlp/json).
 */

let receivers: Receivers
afterEach(() => receivers.stop())

const REQUEST = {
  resourceLogs: [
    {
      scopeLogs: [{ logRecords: [{ timeUnixNano: '1795515630123456789', body: { stringValue: 'hello' } }] }],
    },
  ],
}
const TEXT = JSON.stringify(REQUEST)

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${receivers.httpPort}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    retryAfter: response.headers.get('retry-after'),
    body: await response.json(),
  }
}

const recordsOf = (body: Buffer) =>
  (decodeLogsRequest(body).resourceLogs ?? []).flatMap(({ scopeLogs = [] }) =>
    scopeLogs.flatMap(({ logRecords = [] }) => logRecords),
  )

describe('OTLP/JSON', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>]>([
    ['plain', TEXT, {}],
    ['with a charset', TEXT, { 'content-type': 'application/json; charset=utf-8' }],
    ['gzip', new Uint8Array(gzipSync(TEXT)), { 'content-encoding': 'gzip' }],
    ['zstd', new Uint8Array(zstdCompressSync(TEXT)), { 'content-encoding': 'zstd' }],
  ])('%s is taken', async (_, body, headers) => {
    receivers = await startReceivers()
    expect(await post(body, headers)).toMatchObject({
      status: 200,
      type: expect.stringContaining('application/json'),
      body: {},
    })
    expect(recordsOf(receivers.requests[0]!.body)).toEqual([
      { timeUnixNano: 1795515630123456789n, body: { stringValue: 'hello' } },
    ])
  })

  it('tells a partial success in JSON', async () => {
    receivers = await startReceivers({ handler: async () => ({ rejected: 3, message: '3: too old.' }) })
    expect((await post(TEXT)).body).toEqual({
      partialSuccess: { rejectedLogRecords: '3', errorMessage: '3: too old.' },
    })
  })

  it('tells a refusal in JSON, with the delay where it is one', async () => {
    receivers = await startReceivers({
      handler: async () => {
        throw new Refusal('overloaded', 'later', 1500)
      },
    })
    expect(await post(TEXT)).toMatchObject({
      status: 429,
      retryAfter: '2',
      body: {
        code: 8,
        message: 'later',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' }],
      },
    })
  })

  it('names the path of what is malformed, and takes nothing', async () => {
    receivers = await startReceivers()
    const told = await post('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"text"}]}]}]}')
    expect(told).toMatchObject({
      status: 400,
      body: {
        code: 3,
        message: 'resourceLogs[0].scopeLogs[0].logRecords[0].body: "text" where an object is expected',
      },
    })
    expect(receivers.requests).toEqual([])
    expect(receivers.ended).toEqual([{ transport: 'http', outcome: 'malformed' }])
    expect(receivers.logged).toEqual([])
  })

  it('a body of countless empty values is refused before it is parsed', async () => {
    receivers = await startReceivers({ limits: { requestBytesMax: 16 << 20 } })
    const told = await post(`{"x":[${'[],'.repeat(1_500_000)}[]]}`)
    expect(told).toMatchObject({
      status: 413,
      body: { code: 8, message: expect.stringContaining('1000000 JSON values') },
    })
    expect(receivers.requests).toEqual([])
  })

  it('an empty body is an empty request', async () => {
    receivers = await startReceivers()
    expect(await post('')).toMatchObject({ status: 200, body: {} })
  })

  it("takes what the SDK's http/json exporter sends", async () => {
    receivers = await startReceivers()
    const exporter = new OTLPLogExporter({ url: `http://127.0.0.1:${receivers.httpPort}/v1/logs` })
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ 'service.name': 'checkout' }),
      processors: [new BatchLogRecordProcessor({ exporter })],
    })
    provider.getLogger('test').emit({
      timestamp: [1_795_515_630, 123_456_789],
      severityNumber: SeverityNumber.WARN,
      body: { order: 17 },
      attributes: { ratio: 0.5, count: 3, ok: true, list: ['a', 1] },
    })
    await provider.forceFlush()
    await provider.shutdown()
    expect(receivers.requests.flatMap(({ body }) => recordsOf(body))).toMatchObject([
      {
        timeUnixNano: 1795515630123456789n,
        severityNumber: 13,
        body: { kvlistValue: { values: [{ key: 'order', value: { intValue: 17n } }] } },
        attributes: [
          { key: 'ratio', value: { doubleValue: 0.5 } },
          { key: 'count', value: { intValue: 3n } },
          { key: 'ok', value: { boolValue: true } },
          { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: 1n }] } } },
        ],
      },
    ])
  })
})
