import {
  createTraceState,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  type IdGenerator,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { beforeAll, expect, test } from 'vitest'
import type { KeyValue, Span, TracesRequest } from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { byContent, type ExpectedRow } from './support/expected-row.ts'
import { expectedSpans, SPAN_COLUMNS } from './support/expected-span.ts'

/**
 * Scenario: the OpenTelemetry JS SDK and its three exporters, through a whole gateway. Guarantees: `spans` and
 * `otel_traces` hold, field by field, what was given to the SDK. The messages that are expected are written by hand.
 */

type Urls = TestGateway['urls']
const EXPORTERS: ReadonlyArray<readonly [string, (urls: Urls) => SpanExporter]> = [
  ['grpc', ({ grpc }) => new GrpcExporter({ url: `http://${grpc}` })],
  ['json', ({ http }) => new JsonExporter({ url: `${http}/v1/traces` })],
  ['protobuf', ({ http }) => new ProtobufExporter({ url: `${http}/v1/traces` })],
]
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.30.0'
const seconds = Math.floor(Date.now() / 1000) - 60
const ns = (nanoseconds: number): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)
const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200

const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const linked = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const KINDS = [SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER]
const spanIdOf = (number: number): string => (number + 1).toString(16).padStart(16, '0')

/** Span ids 1, 2, 3…; traces are the parent's. */
class CountedIds implements IdGenerator {
  #spans = 0
  generateTraceId(): string {
    return parent.traceId
  }
  generateSpanId(): string {
    return spanIdOf(this.#spans++)
  }
}

const serviceOf = (name: string): string => `checkout-${name}`
type View = ExpectedRow & { readonly SpanKind: string; readonly StatusCode: string }
let spans: ExpectedRow[]
let views: View[]

beforeAll(async () => {
  const { urls, readBack } = await startTestGateway()
  for (const [name, exporterOf] of EXPORTERS) await send(name, exporterOf(urls))
  await readBack(async (database) => {
    spans = await database.rows<ExpectedRow>(`SELECT ${SPAN_COLUMNS} FROM spans`)
    views = await database.rows<View>(
      `SELECT * REPLACE (toString(toUnixTimestamp64Nano(Timestamp)) AS Timestamp, toString(Duration) AS Duration,
       arrayMap(x -> toString(toUnixTimestamp64Nano(x)), \`Events.Timestamp\`) AS \`Events.Timestamp\`)
       FROM otel_traces ORDER BY SpanId`,
    )
  })
})

const ofService = <Row extends ExpectedRow>(rows: ReadonlyArray<Row>, name: string): Row[] =>
  rows.filter(({ ServiceName }) => ServiceName === serviceOf(name))

async function send(name: string, exporter: SpanExporter): Promise<void> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': serviceOf(name),
      'k8s.pod.name': 'pod-0',
      replicas: 3,
    }),
    spanLimits: {
      attributeCountLimit: 8,
      eventCountLimit: 2,
      linkCountLimit: 1,
      attributePerEventCountLimit: 2,
      attributePerLinkCountLimit: 1,
    },
    idGenerator: new CountedIds(),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('http.server', '1.2.3', { schemaUrl: SCHEMA_URL })
  const remote = trace.setSpanContext(ROOT_CONTEXT, {
    ...parent,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
    traceState: createTraceState('vendor=value,other=1'),
  })
  const full = tracer.startSpan(
    'GET /orders',
    { kind: SpanKind.SERVER, startTime: [seconds, 123_456_789] },
    remote,
  )
  fill(full)
  full.end([seconds + 1, 5])
  const inner = trace.setSpan(remote, full)
  for (const kind of KINDS) {
    const span = tracer.startSpan(`kind ${kind}`, { kind, startTime: [seconds, kind] }, inner)
    if (kind === SpanKind.CLIENT) span.setStatus({ code: SpanStatusCode.OK })
    span.end([seconds, kind])
  }
  await provider.forceFlush()
  await provider.shutdown()
}

function fill(span: SdkSpan): void {
  span.setAttributes({
    text: 'zoë',
    count: 500,
    negative: -7,
    ratio: 0.25,
    retried: true,
    tags: ['x', 'y'],
    numbers: [1, 2.5],
    flags: [true, false],
  })
  span.setAttribute('one too many', 1)
  span.addEvent('dropped', {}, [seconds, 1])
  span.addEvent('retry', { attempt: 2, why: 'timeout', 'too many': 1 }, [seconds, 200_000_000])
  span.addEvent('plain', [seconds, 300_000_000])
  span.addLink({ context: { ...parent, traceFlags: 0 } })
  span.addLink({
    context: { ...linked, traceFlags: 1, isRemote: true, traceState: createTraceState('l=1') },
    attributes: { first: 'a', second: 'b' },
  })
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' })
}

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex')
const attribute = (key: string, value: KeyValue['value']): KeyValue => ({ key, value: value! })

function expectedRequest(name: string): TracesRequest {
  const full: Span = {
    traceId: bytesOf(parent.traceId),
    spanId: bytesOf(spanIdOf(0)),
    parentSpanId: bytesOf(parent.spanId),
    traceState: 'vendor=value,other=1',
    flags: TraceFlags.SAMPLED | HAS_IS_REMOTE | IS_REMOTE,
    name: 'GET /orders',
    kind: 2,
    startTimeUnixNano: ns(123_456_789),
    endTimeUnixNano: ns(1_000_000_005),
    attributes: [
      attribute('text', { stringValue: 'zoë' }),
      attribute('count', { intValue: 500 }),
      attribute('negative', { intValue: -7 }),
      attribute('ratio', { doubleValue: 0.25 }),
      attribute('retried', { boolValue: true }),
      attribute('tags', { arrayValue: { values: [{ stringValue: 'x' }, { stringValue: 'y' }] } }),
      attribute('numbers', { arrayValue: { values: [{ intValue: 1 }, { doubleValue: 2.5 }] } }),
      attribute('flags', { arrayValue: { values: [{ boolValue: true }, { boolValue: false }] } }),
    ],
    droppedAttributesCount: 1,
    events: [
      {
        timeUnixNano: ns(200_000_000),
        name: 'retry',
        attributes: [attribute('attempt', { intValue: 2 }), attribute('why', { stringValue: 'timeout' })],
        droppedAttributesCount: 1,
      },
      { timeUnixNano: ns(300_000_000), name: 'plain' },
    ],
    droppedEventsCount: 1,
    links: [
      {
        traceId: bytesOf(linked.traceId),
        spanId: bytesOf(linked.spanId),
        traceState: 'l=1',
        flags: 1 | HAS_IS_REMOTE | IS_REMOTE,
        attributes: [attribute('first', { stringValue: 'a' })],
        droppedAttributesCount: 1,
      },
    ],
    droppedLinksCount: 1,
    status: { code: 2, message: 'no stock' },
  }
  const others = KINDS.map(
    (kind): Span => ({
      traceId: bytesOf(parent.traceId),
      spanId: bytesOf(spanIdOf(kind + 1)),
      parentSpanId: bytesOf(spanIdOf(0)),
      traceState: 'vendor=value,other=1',
      flags: TraceFlags.SAMPLED | HAS_IS_REMOTE,
      name: `kind ${kind}`,
      // The wire's numbers begin with the unspecified one.
      kind: kind + 1,
      startTimeUnixNano: ns(kind),
      endTimeUnixNano: ns(kind),
      status: { code: kind === SpanKind.CLIENT ? 1 : 0 },
    }),
  )
  const resource = {
    attributes: [
      attribute('service.name', { stringValue: serviceOf(name) }),
      attribute('k8s.pod.name', { stringValue: 'pod-0' }),
      attribute('replicas', { intValue: 3 }),
    ],
  }
  const scope = { name: 'http.server', version: '1.2.3' }
  return {
    resourceSpans: [{ resource, scopeSpans: [{ scope, schemaUrl: SCHEMA_URL, spans: [full, ...others] }] }],
  }
}

const names = EXPORTERS.map(([name]) => name)

test.each(names)('spans, by the %s exporter', (name) => {
  expect(byContent(ofService(spans, name))).toEqual(byContent(expectedSpans(expectedRequest(name))))
})

test.each(names)('otel_traces, by the %s exporter', (name) => {
  const rows = ofService(views, name)
  expect(rows[0]).toEqual({
    Timestamp: String(ns(123_456_789)),
    TraceId: parent.traceId,
    SpanId: spanIdOf(0),
    ParentSpanId: parent.spanId,
    TraceState: 'vendor=value,other=1',
    SpanName: 'GET /orders',
    SpanKind: 'Server',
    ServiceName: serviceOf(name),
    ResourceAttributes: { 'service.name': serviceOf(name), 'k8s.pod.name': 'pod-0', replicas: '3' },
    ScopeName: 'http.server',
    ScopeVersion: '1.2.3',
    SpanAttributes: {
      text: 'zoë',
      count: '500',
      negative: '-7',
      ratio: '0.25',
      retried: 'true',
      tags: '["x","y"]',
      numbers: '[1,2.5]',
      flags: '[true,false]',
    },
    Duration: '876543216',
    StatusCode: 'Error',
    StatusMessage: 'no stock',
    'Events.Timestamp': [String(ns(200_000_000)), String(ns(300_000_000))],
    'Events.Name': ['retry', 'plain'],
    'Events.Attributes': [{ attempt: '2', why: 'timeout' }, {}],
    'Links.TraceId': [linked.traceId],
    'Links.SpanId': [linked.spanId],
    'Links.TraceState': ['l=1'],
    'Links.Attributes': [{ first: 'a' }],
  })
  expect(rows.slice(1).map(({ SpanKind, StatusCode }) => [SpanKind, StatusCode])).toEqual([
    ['Internal', 'Unset'],
    ['Server', 'Unset'],
    ['Client', 'Ok'],
    ['Producer', 'Unset'],
    ['Consumer', 'Unset'],
  ])
})
