import { SeverityNumber } from '@opentelemetry/api'
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPLogExporter as HttpExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type AnyValue,
  encodeLogsRequest,
  type KeyValue,
  type LogRecord,
  type LogsRequest,
} from '../otlp/proto.ts'
import { startTestGateway } from '../support/gateway.ts'
import { type ExpectedRow, expectedRow, lettersOf, mapOf, ROW_COLUMNS } from './support/expected-row.ts'

const NOW_NS = BigInt(Date.now()) * 1_000_000n
const DAY_NS = 86_400_000_000_000n

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const words = fc.string({ unit: 'grapheme', maxLength: 30 })

const anyValue: fc.Arbitrary<AnyValue> = fc.letrec<{ value: AnyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    words.map((stringValue): AnyValue => ({ stringValue })),
    fc.boolean().map((boolValue): AnyValue => ({ boolValue })),
    int64.map((intValue): AnyValue => ({ intValue })),
    // -0 is written as 0: JavaScript's shortest text, which is what the column keeps.
    fc.double().map((doubleValue): AnyValue => ({ doubleValue: doubleValue === 0 ? 0 : doubleValue })),
    fc.uint8Array({ maxLength: 20 }).map((bytesValue): AnyValue => ({ bytesValue })),
    fc.constant<AnyValue>({}),
    fc.array(tie('value'), { maxLength: 3 }).map((values): AnyValue => ({ arrayValue: { values } })),
    fc
      .array(fc.record({ key: words, value: tie('value') }), { maxLength: 3 })
      .map((values): AnyValue => ({ kvlistValue: { values } })),
  ),
})).value

const attributes = (maxLength: number): fc.Arbitrary<KeyValue[]> =>
  fc.uniqueArray(fc.record({ key: words, value: anyValue }), { maxLength, selector: ({ key }) => key })

const record: fc.Arbitrary<LogRecord> = fc.record({
  timeUnixNano: fc.bigInt({ min: NOW_NS - 20n * DAY_NS, max: NOW_NS }),
  observedTimeUnixNano: fc.bigInt({ min: 1n, max: NOW_NS }),
  severityNumber: fc.oneof(
    fc.integer({ min: 0, max: 24 }),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  ),
  severityText: words,
  body: anyValue,
  attributes: attributes(6),
  droppedAttributesCount: fc.nat({ max: 2 ** 32 - 1 }),
  flags: fc.nat({ max: 2 ** 32 - 1 }),
  traceId: fc.oneof(bytes(16), fc.constant(new Uint8Array(0))),
  spanId: fc.oneof(bytes(8), fc.constant(new Uint8Array(0))),
  eventName: words,
})

const wellKnown = fc.constantFrom(
  'service.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
  'k8s.deployment.name',
  'loco.resource.id',
)
const facts: fc.Arbitrary<KeyValue[]> = fc.uniqueArray(
  fc.oneof(
    fc.record({ key: wellKnown, value: fc.record({ stringValue: fc.constantFrom('a', 'b', '') }) }),
    fc.record({ key: words, value: anyValue }),
  ),
  { maxLength: 6, selector: ({ key }) => key },
)

const request: fc.Arbitrary<LogsRequest> = fc.record({
  resourceLogs: fc.array(
    fc.record({
      resource: fc.record({ attributes: facts, droppedAttributesCount: fc.nat({ max: 3 }) }),
      schemaUrl: fc.constantFrom('', 'https://opentelemetry.io/schemas/1.30.0'),
      scopeLogs: fc.array(
        fc.record({
          scope: fc.record({
            name: words,
            version: words,
            attributes: attributes(2),
            droppedAttributesCount: fc.nat({ max: 3 }),
          }),
          schemaUrl: words,
          logRecords: fc.array(record, { minLength: 1, maxLength: 5 }),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})

function expectedRows({ resourceLogs = [] }: LogsRequest): ExpectedRow[] {
  return resourceLogs.flatMap(({ resource = {}, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope = {}, schemaUrl = '', logRecords = [] }) =>
      logRecords.map((one) => expectedRow(resource, scope, schemaUrl, one)),
    ),
  )
}

/** Rows of one request may be in several partitions, which share the order within a day only. */
const byContent = (rows: ReadonlyArray<ExpectedRow>): string[] =>
  rows.map((row) => JSON.stringify(row)).sort()

async function post(url: string, body: Buffer): Promise<void> {
  const response = await fetch(`${url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  expect(response.status).toBe(200)
  expect((await response.arrayBuffer()).byteLength).toBe(0)
}

/**
 * Scenario: requests of every shape, encoded by protobufjs, through the whole gateway. Guarantees: ClickHouse holds
 * each field of each record as the plain message has it: every kind of value, every digit. Does not prove: odd wire
 * forms (test/otlp/scan-differential.test.ts).
 */
test('every field of every record arrives', async () => {
  const { urls, readBack } = await startTestGateway()
  const sent = fc.sample(request, 80)
  for (const one of sent) await post(urls.http, encodeLogsRequest(one))
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

    const [orphans] = await database.rows<{ count: string }>(
      'SELECT count() AS count FROM logs WHERE (TenantId, ResourceFingerprint, toDate(Timestamp)) NOT IN (SELECT TenantId, ResourceFingerprint, Day FROM resources)',
    )
    expect(orphans).toEqual({ count: '0' })
  })
})

const exporters: Array<[string, (urls: { grpc: string; http: string }) => LogRecordExporter]> = [
  ['grpc', ({ grpc }) => new GrpcExporter({ url: `http://${grpc}` })],
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
  await post(urls.http, encodeLogsRequest({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }))
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
