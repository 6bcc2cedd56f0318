import { type Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js'
import protobuf from 'protobufjs'

/** OTLP's messages of spans (opentelemetry-proto 1.x, trace/v1 and collector/trace/v1), as far as the tests look. */
const PROTO = `
syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  repeated Event events = 11; repeated Link links = 13; Status status = 15;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Link { bytes trace_id = 1; bytes span_id = 2; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`
const REQUEST = protobuf.parse(PROTO).root.lookupType('ExportTraceServiceRequest')

export type Attributes = Readonly<Record<string, unknown>>
export type ReceivedSpan = {
  readonly traceId: string
  readonly spanId: string
  /** Empty for a root. */
  readonly parentSpanId: string
  readonly traceState: string
  readonly name: string
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number
  readonly attributes: Attributes
  readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: Attributes }>
  readonly links: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>
  /** 0 unset, 1 ok, 2 error. */
  readonly status: number
  readonly resource: Attributes
}
export type ReceivedExport = { readonly metadata: Metadata; readonly spans: ReadonlyArray<ReceivedSpan> }

export type TraceReceiver = {
  readonly url: string
  readonly exports: ReceivedExport[]
  /** Of all exports. */
  readonly spans: ReceivedSpan[]
  named(name: string): ReceivedSpan[]
  stop(): void
}

/** An OTLP/gRPC receiver of traces that shares nothing with Weir. It answers once `onExport` has resolved. */
export async function startTraceReceiver(
  onExport: (received: ReceivedExport) => Promise<void> = async () => {},
): Promise<TraceReceiver> {
  const exports: ReceivedExport[] = []
  const spans: ReceivedSpan[] = []
  const server = new Server()
  const same = (bytes: Buffer): Buffer => bytes
  const definition = {
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  } as const
  server.addService(
    { export: definition },
    {
      export: (
        call: { metadata: Metadata; request: Buffer },
        callback: (error: object | null, value?: Buffer) => void,
      ) => {
        const received = { metadata: call.metadata, spans: readSpans(call.request) }
        exports.push(received)
        spans.push(...received.spans)
        onExport(received).then(
          () => callback(null, Buffer.alloc(0)),
          (error: Error) => callback({ code: status.INTERNAL, details: error.message }),
        )
      },
    },
  )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  return {
    url: `http://127.0.0.1:${port}`,
    exports,
    spans,
    named: (name) => spans.filter((span) => span.name === name),
    stop: () => server.forceShutdown(),
  }
}

type Plain = {
  resourceSpans: Array<{
    resource: { attributes: PlainAttribute[] }
    scopeSpans: Array<{ spans: PlainSpan[] }>
  }>
}
type PlainAttribute = { key: string; value: Record<string, unknown> }
type PlainSpan = {
  traceId: Buffer
  spanId: Buffer
  parentSpanId: Buffer
  traceState: string
  name: string
  kind: number
  attributes: PlainAttribute[]
  events: Array<{ name: string; attributes: PlainAttribute[] }>
  links: Array<{ traceId: Buffer; spanId: Buffer }>
  status: { code: number } | null
}

function readSpans(bytes: Buffer): ReceivedSpan[] {
  const options = { longs: Number, bytes: Buffer, defaults: true, arrays: true }
  const { resourceSpans } = REQUEST.toObject(REQUEST.decode(bytes), options) as Plain
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId.toString('hex'),
        spanId: span.spanId.toString('hex'),
        parentSpanId: span.parentSpanId.toString('hex'),
        traceState: span.traceState,
        name: span.name,
        kind: span.kind,
        attributes: attributesOf(span.attributes),
        events: span.events.map(({ name, attributes }) => ({ name, attributes: attributesOf(attributes) })),
        links: span.links.map((link) => ({
          traceId: link.traceId.toString('hex'),
          spanId: link.spanId.toString('hex'),
        })),
        status: span.status?.code ?? 0,
        resource: attributesOf(resource.attributes),
      })),
    ),
  )
}

function attributesOf(attributes: ReadonlyArray<PlainAttribute>): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
