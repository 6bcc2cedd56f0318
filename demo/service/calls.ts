import { setTimeout as delay } from 'node:timers/promises'
import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'

const tracer = trace.getTracer('shop', '1.4.2')

/** Runs `work` in a span. What it throws becomes an exception event and the status of the span, and is thrown on. */
export function inSpan<T>(
  name: string,
  options: { readonly kind?: SpanKind; readonly attributes?: Attributes },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      markFailed(span, error as Error)
      throw error
    } finally {
      span.end()
    }
  })
}

export function markFailed(span: Span, error: Error): void {
  span.recordException(error)
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
}

/** A query that takes `ms`. The demo has no database: only its spans are as one would leave them. */
export function query<T>(operation: string, table: string, ms: number, rows: () => T): Promise<T> {
  const attributes = {
    'db.system.name': 'postgresql',
    'db.operation.name': operation,
    'db.collection.name': table,
  }
  return inSpan(`${operation} ${table}`, { kind: SpanKind.CLIENT, attributes }, async () => {
    await delay(ms)
    return rows()
  })
}

/** A request to the payment service, which takes `ms` and is as imaginary as the database. Resolves with its status. */
export function pay(path: string, ms: number, status: number): Promise<number> {
  const attributes = {
    'http.request.method': 'POST',
    'server.address': 'payments.example',
    'peer.service': 'payments',
    'url.path': path,
    'http.response.status_code': status,
  }
  return inSpan(`POST ${path}`, { kind: SpanKind.CLIENT, attributes }, async () => {
    await delay(ms)
    return status
  })
}
