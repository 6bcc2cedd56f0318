import { SeverityNumber } from '@opentelemetry/api'
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as HttpExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeLogsRequest, type LogRecord } from '../otlp/proto.ts'
import { startTestGateway } from '../support/gateway.ts'
import { byContent, type ExpectedRow, lettersOf, mapOf, ROW_COLUMNS } from './support/expected-row.ts'
import { orphansOf } from './support/orphans.ts'
import { postProtobuf } from './support/post-protobuf.ts'
import { expectedRows, request } from './support/random-request.ts'
import { NOW_NS } from './support/random-values.ts'

/**
 * Scenario: requests of every shape, encoded by protobufjs, through the whole gateway. Guarantees: ClickHouse holds
 * each field of each record as the plain message has it: every kind of value, every digit. Does not prove: odd wire
 * forms (test/otlp/scan-differential.test.ts).
 */
test('every field of every record arrives', async () => {
  const { urls, readBack } = await startTestGateway()
  const sent = fc.sample(request, 80)
  for (const one of sent) await postProtobuf(urls.http, 'logs', encodeLogsRequest(one))
  await readBack(async (database) => {
    const rows = await database.rows<ExpectedRow>(`SELECT ${ROW_COLUMNS} FROM logs ORDER BY Seq`)
    expect(byContent(rows)).toEqual(byContent(sent.flatMap(expectedRows)))

    const stored = await database.rows<ExpectedRow>(
      'SELECT DISTINCT Attributes, AttributeTypes, SchemaUrl, DroppedAttributesCount FROM resources FINAL',
    )
    const resources = sent.flatMap(({ resourceLogs = [] }) =>
      resourceLogs.map(({ resource = {}, schemaUrl = '' }) => {
        const sorted = [...(resource.attributes ?? [])].sort((a, b) =>
          Buffer.compare(Buffer.from(a.key!), Buffer.from(b.key!)),
        )
        return {
          Attributes: mapOf(sorted),
          AttributeTypes: lettersOf(sorted),
          SchemaUrl: schemaUrl,
          DroppedAttributesCount: resource.droppedAttributesCount!,
        }
      }),
    )
    expect(byContent(stored)).toEqual([...new Set(byContent(resources))])

    expect(await orphansOf(database, 'logs', 'Timestamp')).toBe(0)
  })
})

const exporters: Array<[string, (urls: { grpc: string; http: string }) => LogRecordExporter]> = [
  ['grpc', ({ grpc }) => new GrpcExporter({ url: `http://${grpc}` })],
  ['http/json', ({ http }) => new JsonExporter({ url: `${http}/v1/logs` })],
  ['http/protobuf', ({ http }) => new HttpExporter({ url: `${http}/v1/logs` })],
]

test.each(exporters)(
  "what the SDK's %s exporter sends is in otel_logs, field by field",
  async (_, exporterOf) => {
    const { urls, readBack } = await startTestGateway()
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({
        'service.name': 'checkout',
        'k8s.namespace.name': 'shop',
        'k8s.pod.name': 'checkout-0',
        replicas: 3,
      }),
      processors: [new BatchLogRecordProcessor({ exporter: exporterOf(urls) })],
    })
    const logger = provider.getLogger('http.server', '1.2.3', {
      schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
    })
    const seconds = Math.floor(Date.now() / 1000) - 60
    logger.emit({
      timestamp: [seconds, 123_456_789],
      observedTimestamp: [seconds + 1, 1],
      severityNumber: SeverityNumber.ERROR,
      severityText: 'ERROR',
      eventName: 'order.failed',
      body: { order: 17, items: ['a', 'b'], total: 9.5 },
      attributes: { 'http.status_code': 500, ratio: 0.25, retried: true, tags: ['x', 1], user: 'zoë' },
    })
    logger.emit({ timestamp: [seconds, 5], body: 'plain text' })
    await provider.forceFlush()
    await provider.shutdown()
    await readBack(async (database) => {
      const rows = await database.rows(
        'SELECT *, toString(toUnixTimestamp64Nano(Timestamp)) AS Nano FROM otel_logs ORDER BY Timestamp',
      )
      const common = {
        TraceId: '',
        SpanId: '',
        TraceFlags: 0,
        ServiceName: 'checkout',
        ResourceSchemaUrl: '',
        ResourceAttributes: expect.objectContaining({ 'service.name': 'checkout', replicas: '3' }),
        ScopeSchemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
        ScopeName: 'http.server',
        ScopeVersion: '1.2.3',
        ScopeAttributes: {},
        '__otel_materialized_k8s.namespace.name': 'shop',
        '__otel_materialized_k8s.pod.name': 'checkout-0',
      }
      expect(rows).toEqual([
        expect.objectContaining({
          ...common,
          Nano: `${seconds}000000005`,
          Body: 'plain text',
          SeverityText: '',
          SeverityNumber: 0,
          LogAttributes: {},
          EventName: '',
        }),
        expect.objectContaining({
          ...common,
          Nano: `${seconds}123456789`,
          SeverityText: 'ERROR',
          SeverityNumber: 17,
          EventName: 'order.failed',
          Body: '{"order":17,"items":["a","b"],"total":9.5}',
          LogAttributes: {
            'http.status_code': '500',
            ratio: '0.25',
            retried: 'true',
            tags: '["x",1]',
            user: 'zoë',
          },
        }),
      ])
      const [types] = await database.rows<{ types: string; observed: string }>(
        "SELECT LogAttributeTypes AS types, toString(toUnixTimestamp64Nano(ObservedTimestamp)) AS observed FROM logs WHERE EventName = 'order.failed'",
      )
      expect(types).toEqual({ types: 'idbas', observed: `${seconds + 1}000000001` })
    })
  },
)

test('a rule drops, the rest is stored with its ledger, and both are told apart', async () => {
  const { urls, readBack } = await startTestGateway(`
processors:
  filter/health:
    logs:
      log_record: ['IsMatch(body, "^GET /healthz") and severity_number < SEVERITY_NUMBER_WARN']
`)
  const logRecords = Array.from(
    { length: 30 },
    (_, i): LogRecord => ({
      timeUnixNano: NOW_NS + BigInt(i),
      severityNumber: i % 3 === 0 ? 13 : 9,
      body: { stringValue: i % 2 === 0 ? `GET /healthz ${i}` : `GET /orders ${i}` },
    }),
  )
  await postProtobuf(
    urls.http,
    'logs',
    encodeLogsRequest({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
  )
  const kept = logRecords.filter(
    ({ severityNumber, body }) => severityNumber === 13 || !body!.stringValue!.startsWith('GET /healthz'),
  )

  const metrics = await (await fetch(`${urls.api}/metrics`)).text()
  expect(metrics).toContain(
    `weir_records_dropped_total{signal="logs",reason="filter/health"} ${30 - kept.length}`,
  )
  expect(metrics).toContain(`weir_records_stored_total{signal="logs"} ${kept.length}`)

  const read = async (query: string): Promise<string[]> => {
    const page = (await (await fetch(`${urls.api}/api/v1/logs?${query}`)).json()) as {
      records: Array<{ body: string }>
    }
    return page.records.map(({ body }) => body)
  }
  await expect.poll(() => read('limit=100'), { timeout: 10_000 }).toHaveLength(kept.length)
  expect(await read('direction=forward&limit=100')).toEqual(kept.map(({ body }) => body!.stringValue))

  await readBack(async (database) => {
    const ledger = await database.rows(
      'SELECT Kind, Reason, toUInt32(sum(Records)) AS records FROM ledger GROUP BY Kind, Reason ORDER BY Kind',
    )
    expect(ledger).toEqual([
      { Kind: 'dropped', Reason: 'filter/health', records: 30 - kept.length },
      { Kind: 'received', Reason: '', records: 30 },
      { Kind: 'stored', Reason: '', records: kept.length },
    ])
  })
})
