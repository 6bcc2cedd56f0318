import { type Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js'
import { type AnyValue, decodeTracesRequest, type KeyValue, type Span } from '../../otlp/proto.ts'

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

function readSpans(bytes: Buffer): ReceivedSpan[] {
  const { resourceSpans = [] } = decodeTracesRequest(bytes)
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => readSpan(span, attributesOf(resource?.attributes))),
    ),
  )
}

function readSpan(
  { name = '', kind = 0, traceState = '', ...span }: Span,
  resource: Attributes,
): ReceivedSpan {
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    traceState,
    name,
    kind,
    attributes: attributesOf(span.attributes),
    events: (span.events ?? []).map((event) => ({
      name: event.name ?? '',
      attributes: attributesOf(event.attributes),
    })),
    links: (span.links ?? []).map((link) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
    status: span.status?.code ?? 0,
    resource,
  }
}

function attributesOf(attributes: ReadonlyArray<KeyValue> = []): Attributes {
  return Object.fromEntries(attributes.map(({ key = '', value = {} }) => [key, plain(value)]))
}

function plain(value: AnyValue): unknown {
  return value.intValue === undefined ? Object.values(value)[0] : Number(value.intValue)
}

function hex(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString('hex')
}
