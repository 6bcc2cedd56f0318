import type { Signal } from '../otlp/batch.ts'
import { StatusCode } from '../otlp/responses.ts'
import type { Span, SpanStart, Tracing } from '../telemetry/tracing.ts'
import { codesOf } from './failure.ts'
import type { RequestOutcome } from './outcome.ts'
import type { ExportRequest, Headers } from './receiver.ts'
import { SERVICES, type Service } from './services.ts'

/**
 * Export requests as spans, by OpenTelemetry's conventions for RPC and HTTP servers. A refusal that is its sender's own
 * doing (4xx, INVALID_ARGUMENT, …) is no error of the server there: its `weir.outcome` tells.
 */

type Transport = ExportRequest['transport']

function grpcStart({ signal, grpcPath }: Service): SpanStart {
  const name = grpcPath.slice(1)
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': name, 'weir.signal': signal }
  return { name, kind: 'server', attributes }
}

function httpStart({ signal, httpPath }: Service): SpanStart {
  const attributes = { 'http.request.method': 'POST', 'http.route': httpPath, 'weir.signal': signal }
  return { name: `POST ${httpPath}`, kind: 'server', attributes }
}

const STARTS: Readonly<Record<Transport, ReadonlyMap<Signal, SpanStart>>> = {
  grpc: new Map(SERVICES.map((service) => [service.signal, grpcStart(service)])),
  http: new Map(SERVICES.map((service) => [service.signal, httpStart(service)])),
}

export function startRequestSpan(
  tracing: Tracing | undefined,
  transport: Transport,
  signal: Signal,
  headers: Headers,
): Span | undefined {
  return tracing?.request(headers, STARTS[transport].get(signal)!)
}

/** gRPC's own names of its codes. */
const CODE_NAMES = new Map<number, string>(
  Object.entries(StatusCode).map(([name, code]) => [
    code,
    name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
  ]),
)
/** Codes by which a gRPC server says that it is itself at fault. */
const GRPC_FAULTS: ReadonlySet<number> = new Set([
  StatusCode.unknown,
  StatusCode.deadlineExceeded,
  StatusCode.unimplemented,
  StatusCode.internal,
  StatusCode.unavailable,
])

export function endRequestSpan(span: Span, transport: Transport, outcome: RequestOutcome): void {
  span.set({ 'weir.outcome': outcome })
  if (outcome === 'cancelled') span.fail('cancelled')
  else {
    const isTaken = outcome === 'ok' || outcome === 'partial'
    const { grpc, http } = isTaken ? { grpc: StatusCode.ok, http: 200 } : codesOf(outcome)
    span.set(
      transport === 'grpc'
        ? { 'rpc.response.status_code': CODE_NAMES.get(grpc)! }
        : { 'http.response.status_code': http },
    )
    if (transport === 'grpc' ? GRPC_FAULTS.has(grpc) : http >= 500) span.fail(outcome)
  }
  span.end()
}
