import type { Attributes, SpanContext } from '@opentelemetry/api'
import type { ListenAddress } from '../config/fields.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

export type { Attributes, SpanContext }

/**
 * Weir's own traces, as the rest of the gateway sees them. Only `tracing/` knows the SDK, and loads it only if traces are
 * configured. Spans are passed on by hand, never by AsyncLocalStorage; why: docs/adr/0013-own-traces.md.
 */

/**
 * A span that is recorded. Where none is (traces are off, the request is not sampled, or it carries this gateway's own
 * spans) its holders have `undefined`, so that not being traced costs a comparison.
 */
export type Span = {
  /** For links. */
  readonly context: SpanContext
  child(start: SpanStart): Span
  set(attributes: Attributes): void
  event(name: string, attributes?: Attributes): void
  /** The work failed; `type` is the low-cardinality `error.type`. Still to be ended. */
  fail(type: string): void
  end(): void
}

/** Of one span: the requests of a commit, the commits of an insert. Enough to find the others by. */
export const LINKS_MAX = 32

export type SpanStart = {
  readonly name: string
  /** By the OpenTelemetry semantic conventions: of whose call it is an end. `internal` unless told. */
  readonly kind?: 'server' | 'client'
  readonly attributes?: Attributes
}

/** Headers or metadata by lower-case name. */
type Headers = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

export type Tracing = {
  /**
   * The span of a request from outside. It goes on with its sender's trace, recorded or not as the sender decided
   * (W3C `traceparent`); others are sampled. Undefined if it is not recorded.
   */
  request(headers: Headers, start: SpanStart): Span | undefined
  /**
   * The span of work done for several spans at once: a trace of its own that links to them. Recorded if there is any
   * to link to, so that work for own exports alone leaves none.
   */
  linked(start: SpanStart, links: ReadonlyArray<SpanContext>): Span | undefined
}

export type OwnTraces = {
  /** Undefined while nothing is recorded at all. */
  readonly tracing: Tracing | undefined
  /** For `self`: where the own gRPC listener is. From now on spans are recorded. */
  listening(address: ListenAddress): void
  /** Exports what has ended by now. Resolves when it is answered, or after the deadline; never rejects. */
  flush(deadlineMs: number): Promise<void>
  /** The same, and records nothing more. Idempotent. */
  stop(deadlineMs: number): Promise<void>
}

export type TracesParts = { readonly metrics: Metrics; readonly logger: Logger }

/** Runs synchronous work under a child of `parent`. */
export function inSpan<Result>(parent: Span | undefined, name: string, work: () => Result): Result {
  if (parent === undefined) return work()
  const span = parent.child({ name })
  try {
    return work()
  } catch (error) {
    span.fail(errorType(error))
    throw error
  } finally {
    span.end()
  }
}

/** Waits for a promise under a child of `parent`; without one it is the same promise. */
export function awaited<Result>(
  parent: Span | undefined,
  start: SpanStart,
  promise: Promise<Result>,
): Promise<Result> {
  if (parent === undefined) return promise
  const span = parent.child(start)
  return promise
    .catch((error: unknown) => {
      span.fail(errorType(error))
      throw error
    })
    .finally(() => span.end())
}

/** The class of an error: its message may hold anything, and has no place in a span. */
export function errorType(error: unknown): string {
  return error instanceof Error ? error.name : 'error'
}
