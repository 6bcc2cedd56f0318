import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  ROOT_CONTEXT,
  type Span as SdkSpan,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import type { ListenAddress } from '../../config/fields.ts'
import type { Config } from '../../config/schema.ts'
import {
  type Attributes,
  LINKS_MAX,
  type OwnTraces,
  type Span,
  type SpanStart,
  type TracesParts,
  type Tracing,
} from '../tracing.ts'
import { OWN_EXPORT_HEADER, openExporter, selfTarget, type Target, urlTarget } from './exporter.ts'
import { BoundedQueue } from './queue.ts'
import { readTraceparent } from './traceparent.ts'

const EVENTS_MAX = 32
const ATTRIBUTE_LENGTH_MAX = 1024

const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string }

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT } as const

/** Records spans and exports them; for `self` from the moment that the listener is there. */
export function recordTraces(config: Config, parts: TracesParts): OwnTraces {
  const { traces } = config.telemetry
  const ownId = randomBytes(16).toString('hex')
  let provider: TracerProvider | undefined
  let stopped: Promise<void> | undefined
  const recorder = new Recorder(ownId, traces.sampleRatio)
  const begin = (target: Target): void => {
    provider = openProvider(config, parts, target, ownId)
    recorder.tracer = provider.getTracer('weir', VERSION)
  }
  if (traces.endpoint !== null && traces.endpoint !== 'self') begin(urlTarget(traces.endpoint))
  return {
    tracing: recorder,
    listening: (address: ListenAddress) => {
      if (traces.endpoint === 'self' && provider === undefined) begin(selfTarget(address, config.ingest.tls))
    },
    flush: (deadlineMs) => within(deadlineMs, provider?.forceFlush()),
    stop: (deadlineMs) => {
      recorder.tracer = undefined
      stopped ??= within(deadlineMs, provider?.shutdown())
      return stopped
    },
  }
}

function openProvider(
  { telemetry: { serviceName, traces } }: Config,
  { metrics, logger }: TracesParts,
  target: Target,
  ownId: string,
): TracerProvider {
  const ownHeader = { [OWN_EXPORT_HEADER]: ownId }
  const exporter = openExporter(target, traces.headers, ownHeader, { metrics, logger, nowMs: Date.now })
  return new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': serviceName,
        'service.version': VERSION,
        'service.instance.id': randomUUID(),
      }),
    ),
    // What is not to be recorded does not come as far as this.
    sampler: new AlwaysOnSampler(),
    spanLimits: {
      linkCountLimit: LINKS_MAX,
      eventCountLimit: EVENTS_MAX,
      attributeValueLengthLimit: ATTRIBUTE_LENGTH_MAX,
    },
    spanProcessors: [new BoundedQueue(exporter, traces, () => metrics.ownSpans.cell('dropped').value++)],
  })
}

/** Decides what is recorded before anything is made for it: the SDK would make ids, options and a span first. */
class Recorder implements Tracing {
  /** Undefined while nothing is recorded. */
  tracer: Tracer | undefined
  readonly #ownId: string
  readonly #sampleRatio: number

  constructor(ownId: string, sampleRatio: number) {
    this.#ownId = ownId
    this.#sampleRatio = sampleRatio
  }

  request(headers: Parameters<Tracing['request']>[0], start: SpanStart): Span | undefined {
    if (this.tracer === undefined || headers[OWN_EXPORT_HEADER] === this.#ownId) return undefined
    const { traceparent } = headers
    const parent = traceparent === undefined ? undefined : readTraceparent(traceparent, headers.tracestate)
    const isRecorded = parent === undefined ? Math.random() < this.#sampleRatio : parent.traceFlags !== 0
    return isRecorded ? startSpan(this.tracer, start, parent) : undefined
  }

  linked(start: SpanStart, links: ReadonlyArray<SpanContext>): Span | undefined {
    if (this.tracer === undefined || links.length === 0) return undefined
    return startSpan(this.tracer, start, undefined, links)
  }
}

function startSpan(
  tracer: Tracer,
  { name, kind, attributes = {} }: SpanStart,
  parent?: SpanContext,
  links: ReadonlyArray<SpanContext> = [],
): Span {
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
  const options = {
    kind: kind === undefined ? SpanKind.INTERNAL : KINDS[kind],
    attributes,
    links: links.slice(0, LINKS_MAX).map((linked) => ({ context: linked })),
  }
  return new RecordedSpan(tracer, tracer.startSpan(name, options, context))
}

class RecordedSpan implements Span {
  readonly #tracer: Tracer
  readonly #span: SdkSpan

  constructor(tracer: Tracer, span: SdkSpan) {
    this.#tracer = tracer
    this.#span = span
  }

  get context(): SpanContext {
    return this.#span.spanContext()
  }

  child(start: SpanStart): Span {
    return startSpan(this.#tracer, start, this.context)
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes)
  }

  event(name: string, attributes?: Attributes): void {
    this.#span.addEvent(name, attributes)
  }

  fail(type: string): void {
    this.#span.setAttribute('error.type', type)
    this.#span.setStatus({ code: SpanStatusCode.ERROR })
  }

  end(): void {
    this.#span.end()
  }
}

async function within(deadlineMs: number, work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs)
  })
  // What could not be exported is counted and logged where it fails.
  await Promise.race([work?.catch(() => undefined), deadline])
  clearTimeout(timer)
}
