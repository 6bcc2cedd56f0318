import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Labels } from '../support/metrics.ts'
import type { WorldSpan, WorldTrace } from '../support/traces.ts'
import type { WorldLog } from '../support/world.ts'

/** A shop of three services, each with OpenTelemetry's own SDK; beside what it sends, a plain list of it. */

type Kind = 'SERVER' | 'CLIENT'
/** A span, and whom it calls or is called by, as the service graph has it. */
export type SentSpan = WorldSpan & { readonly kind: Kind; readonly traceId: string }
export type Edge = { readonly client: string; readonly server: string; readonly failed: boolean }

/** Lines and spans that a rule drops, and lines that one in a dry run would. */
export const HEARTBEAT = 'still alive'
export const QUERY = 'SELECT carts'
export const SLOW = 'the cart was slow'
const NAMESPACE = 'shop'

export const resourceOf = (service: string): Labels => ({
  'service.name': service,
  'k8s.namespace.name': NAMESPACE,
  'k8s.deployment.name': service,
  'k8s.pod.name': `${service}-0`,
})

const SEVERITIES = { info: 9, warn: 13, error: 17 } as const

type Door = { readonly url: string; readonly token: string; readonly tenant: string }

/** One service with its SDK. */
class Service {
  readonly name: string
  readonly #tracers: TracerProvider
  readonly #loggers: LoggerProvider
  readonly #meters: MeterProvider

  constructor(name: string, { url, token, tenant }: Door) {
    this.name = name
    const resource = resourceFromAttributes({ ...resourceOf(name), 'loco.workspace.id': tenant })
    const to = (signal: string) => ({
      url: `${url}/v1/${signal}`,
      headers: { authorization: `Bearer ${token}` },
    })
    this.#tracers = new TracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(to('traces')) })],
    })
    this.#loggers = new LoggerProvider({
      resource,
      processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(to('logs')) })],
    })
    this.#meters = new MeterProvider({
      resource,
      readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(to('metrics')) })],
    })
  }

  startSpan(name: string, kind: Kind, startMs: number, parent: Context, attributes = {}): Span {
    const options = { kind: SpanKind[kind], startTime: new Date(startMs), attributes }
    return this.#tracers.getTracer('shop').startSpan(name, options, parent)
  }

  log({ timeMs, level, body }: WorldLog, context: Context): void {
    this.#loggers.getLogger('shop').emit({
      timestamp: new Date(timeMs),
      severityNumber: SEVERITIES[level as keyof typeof SEVERITIES],
      severityText: level.toUpperCase(),
      body,
      context,
    })
  }

  measure(route: string, seconds: number): void {
    this.#meters
      .getMeter('shop')
      .createHistogram('http.server.request.duration', { unit: 's' })
      .record(seconds, { 'http.route': route })
  }

  async flush(): Promise<void> {
    await Promise.all([this.#tracers.forceFlush(), this.#loggers.forceFlush(), this.#meters.forceFlush()])
  }

  async stop(): Promise<void> {
    await Promise.all([this.#tracers.shutdown(), this.#loggers.shutdown(), this.#meters.shutdown()])
  }
}

/** What becomes of the context of a span's children. */
type Opened = { readonly id: string; readonly traceId: string; readonly context: Context }

export class SdkShop {
  readonly spans: SentSpan[] = []
  readonly edges: Edge[] = []
  readonly logs: WorldLog[] = []
  readonly #storefront: Service
  readonly #cart: Service
  readonly #ledger: Service

  constructor(door: Door) {
    this.#storefront = new Service('storefront', door)
    this.#cart = new Service('cart', door)
    this.#ledger = new Service('ledger', door)
  }

  get traces(): WorldTrace[] {
    const byTrace = Map.groupBy(this.spans, ({ traceId }) => traceId)
    return [...byTrace].map(([traceId, spans]) => ({ traceId, spans }))
  }

  /** One request, that ends before now; every third books, every sixth in vain. */
  visit(i: number): void {
    const [storefront, cart, ledger] = [this.#storefront, this.#cart, this.#ledger]
    const startMs = Date.now() - 3000 + 7 * i
    const ms = 100 + 90 * (i % 7)
    const isBooking = i % 3 === 0
    const failed = i % 6 === 0
    const root = this.#span(storefront, 'GET /', 'SERVER', { startMs, ms, failed })
    this.edges.push({ client: 'user', server: 'storefront', failed })
    const call = this.#span(storefront, 'POST', 'CLIENT', { startMs: startMs + 1, ms: ms - 5, failed }, root)
    const served = this.#span(
      cart,
      'POST /cart',
      'SERVER',
      { startMs: startMs + 2, ms: ms - 10, failed },
      call,
    )
    this.edges.push({ client: 'storefront', server: 'cart', failed })
    const query = { 'db.system.name': 'postgresql', 'db.namespace': 'carts' }
    this.#span(cart, QUERY, 'CLIENT', { startMs: startMs + 3, ms: 4 + i, failed: false }, served, query)
    this.edges.push({ client: 'cart', server: 'carts', failed: false })
    if (isBooking) {
      const inner = { startMs: startMs + 40, ms: ms - 60, failed }
      const booking = this.#span(cart, 'POST', 'CLIENT', inner, served)
      this.#span(ledger, 'POST /bookings', 'SERVER', { ...inner, startMs: startMs + 41 }, booking)
      this.edges.push({ client: 'cart', server: 'ledger', failed })
    }
    this.#log(
      cart,
      { level: failed ? 'error' : 'info', body: `cart ${i} ${failed ? 'failed' : 'filled'}` },
      served,
    )
    if (i % 4 === 0) this.#log(storefront, { level: 'warn', body: SLOW }, root)
    this.#log(storefront, { level: 'info', body: HEARTBEAT }, root)
    storefront.measure('/', ms / 1000)
    cart.measure('/cart', (ms - 10) / 1000)
  }

  /** Resolves when all of it is acknowledged. */
  async flush(): Promise<void> {
    await Promise.all([this.#storefront, this.#cart, this.#ledger].map((service) => service.flush()))
  }

  async stop(): Promise<void> {
    await Promise.all([this.#storefront, this.#cart, this.#ledger].map((service) => service.stop()))
  }

  #span(
    service: Service,
    name: string,
    kind: Kind,
    { startMs, ms, failed }: { readonly startMs: number; readonly ms: number; readonly failed: boolean },
    parent?: Opened,
    attributes = {},
  ): Opened {
    const context = parent?.context ?? ROOT_CONTEXT
    const span = service.startSpan(name, kind, startMs, context, attributes)
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(new Date(startMs + ms))
    const { traceId, spanId: id } = span.spanContext()
    const parentId = parent?.id ?? ''
    this.spans.push({
      ...{ id, parentId, traceId, service: service.name, name, kind, failed },
      startMs,
      durationMs: ms,
    })
    return { id, traceId, context: trace.setSpan(context, span) }
  }

  #log(service: Service, { level, body }: Pick<WorldLog, 'level' | 'body'>, span: Opened): void {
    // Each at a millisecond of its own, and none on an edge.
    const timeMs = Math.floor(Date.now() / 1000) * 1000 - 2000 + 1 + this.logs.length
    const log = { timeMs, level, body, resource: resourceOf(service.name), traceId: span.traceId }
    this.logs.push(log)
    service.log(log, span.context)
  }
}
