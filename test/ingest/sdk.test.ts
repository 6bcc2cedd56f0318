import { status } from '@grpc/grpc-js'
import { SeverityNumber } from '@opentelemetry/api'
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPLogExporter as HttpExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs'
import { afterEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../src/otlp/refusal.ts'
import type { Answer } from '../../src/store/store.ts'
import { decodeLogsRequest } from '../otlp/proto.ts'
import { type Receivers, startReceivers } from './support/receivers.ts'

/**
 * Guarantees: what the OpenTelemetry JS SDK sends arrives byte for byte (protobufjs decodes it), by both
 * transports and compressions, and its exporters do with our refusals what OTLP wants of them.
 */

let receivers: Receivers
afterEach(() => receivers.stop())

type ExporterOptions = { readonly compression: 'none' | 'gzip' }
/** The exporters' type of `compression` is an enum that their packages don't export. */
type Compression = NonNullable<ConstructorParameters<typeof HttpExporter>[0]>['compression']

const exporters: ReadonlyArray<readonly [string, (options: ExporterOptions) => LogRecordExporter]> = [
  [
    'grpc',
    ({ compression }) =>
      new GrpcExporter({
        url: `http://127.0.0.1:${receivers.grpcPort}`,
        compression: compression as Compression & string,
        timeoutMillis: 10_000,
      }),
  ],
  [
    'http/protobuf',
    ({ compression }) =>
      new HttpExporter({
        url: `http://127.0.0.1:${receivers.httpPort}/v1/logs`,
        compression: compression as Compression & string,
        timeoutMillis: 10_000,
      }),
  ],
]

async function sendLogs(exporter: LogRecordExporter, count: number): Promise<void> {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'checkout' }),
    processors: [new BatchLogRecordProcessor({ exporter, maxExportBatchSize: 5000, maxQueueSize: 5000 })],
  })
  const logger = provider.getLogger('test', '1.2.3')
  for (let i = 0; i < count; i++)
    logger.emit({
      timestamp: [1_700_000_000, i],
      severityNumber: SeverityNumber.WARN,
      severityText: 'WARN',
      body: `order ${i}`,
      attributes: { index: i, ok: true },
    })
  await provider.forceFlush().catch(() => {})
  await provider.shutdown().catch(() => {})
}

describe.each(exporters)('the SDK exporter over %s', (_name, exporterOf) => {
  it.each(['none', 'gzip'] as const)('delivers every record (compression: %s)', async (compression) => {
    receivers = await startReceivers({ limits: { requestBytesMax: 4 * 1024 * 1024 } })
    await sendLogs(exporterOf({ compression }), 3000)
    const logs = receivers.requests.flatMap(({ body }) => decodeLogsRequest(body).resourceLogs ?? [])
    const records = logs.flatMap(
      ({ scopeLogs }) => scopeLogs?.flatMap(({ logRecords }) => logRecords ?? []) ?? [],
    )
    expect(records.length).toBe(3000)
    expect(records[2999]).toMatchObject({
      timeUnixNano: 1_700_000_000_000_002_999n,
      severityNumber: 13,
      severityText: 'WARN',
      body: { stringValue: 'order 2999' },
      attributes: [
        { key: 'index', value: { intValue: 2999n } },
        { key: 'ok', value: { boolValue: true } },
      ],
    })
    expect(logs[0]!.scopeLogs![0]!.scope).toMatchObject({ name: 'test', version: '1.2.3' })
    expect(receivers.ended.every(({ outcome }) => outcome === 'ok')).toBe(true)
  })

  it('does not send a malformed request again', async () => {
    receivers = await startReceivers({
      handler: async () => {
        throw new Refusal('malformed', 'LogRecord.body: cut short')
      },
    })
    await sendLogs(exporterOf({ compression: 'none' }), 1)
    expect(receivers.requests.length).toBe(1)
  })

  it('gets the status and the sentence of a refusal', async () => {
    receivers = await startReceivers({
      handler: async () => {
        throw new Refusal('malformed', 'LogRecord.body: cut short')
      },
    })
    const exporter = exporterOf({ compression: 'gzip' })
    const result = Promise.withResolvers<Error | undefined>()
    exporter.export([], ({ error }) => result.resolve(error))
    expect([400, status.INVALID_ARGUMENT]).toContain(
      ((await result.promise) as Error & { code: number }).code,
    )
    await exporter.shutdown()
  })
})

describe('the SDK exporter over http/protobuf', () => {
  it('sends again what was refused for overload, and only that', async () => {
    let attempts = 0
    const answer: Answer = { rejected: 0, message: '' }
    receivers = await startReceivers({
      handler: async () => {
        if (++attempts < 2) throw new Refusal('overloaded', 'full', 20)
        return answer
      },
    })
    await sendLogs(exporters[1]![1]({ compression: 'none' }), 10)
    expect(receivers.ended.map(({ outcome }) => outcome)).toEqual(['overloaded', 'ok'])
    expect(receivers.requests[1]!.body).toEqual(receivers.requests[0]!.body)
  })
})
