import { randomUUID } from 'node:crypto'
import type { Signal } from '../otlp/batch.ts'
import { Refusal } from '../otlp/refusal.ts'
import { encodeExportResponse } from '../otlp/responses.ts'
import type { Answer } from '../store/store.ts'
import { awaited, type Span, type Tracing } from '../telemetry/tracing.ts'
import { Admission, type Ticket } from './admission.ts'
import { type Encoding, Inflater, tooLarge } from './compression.ts'
import { type Failure, failureOf } from './failure.ts'
import type { RequestOutcome } from './outcome.ts'
import type { Authenticate, ExportHandler, ExportRequest, Headers } from './receiver.ts'
import { endRequestSpan, startRequestSpan } from './request-span.ts'

type Transport = ExportRequest['transport']

/** Counts for the gateway's own metrics. Each request is `ended` exactly once; `received` if all of it arrived. */
export type IntakeObserver = {
  /** `wireBytes` as sent, `bodyBytes` decompressed. */
  received(transport: Transport, signal: Signal, wireBytes: number, bodyBytes: number): void
  /** `durationMs` is from the last byte of the request to its answer; 0 if it was refused before its last byte. */
  ended(transport: Transport, signal: Signal, outcome: RequestOutcome, durationMs: number): void
}

export type IntakeLimits = {
  /** `ingest.requestBytesMax`: of one request, as sent and decompressed. */
  readonly requestBytesMax: number
  /** `ingest.inFlightBytesMax` */
  readonly inFlightBytesMax: number
  /** `ingest.inFlightRequestsMax` */
  readonly inFlightRequestsMax: number
  /** How long a sender may take over one request's body. */
  readonly bodyTimeoutMs: number
}

export type IntakeOptions = {
  readonly handler: ExportHandler
  readonly authenticate: Authenticate
  readonly limits: IntakeLimits
  /** `tenancy.header`, in any case. */
  readonly tenantHeader: string
  readonly observer: IntakeObserver
  readonly tracing?: Tracing | undefined
  readonly log: { error(fields: object, message: string): void }
  /** See {@link import('./pressure.ts').PressureGuard}. */
  readonly pressure?: () => string | undefined
  readonly random: () => number
  /** Monotonic. */
  readonly nowMs: () => number
}

/** What the receivers of all transports share: the door, the limits, and what becomes of errors. */
export class Intake {
  readonly limits: IntakeLimits
  readonly admission: Admission
  readonly inflater: Inflater
  readonly options: IntakeOptions
  readonly #tenantHeader: string

  constructor(options: IntakeOptions) {
    this.options = options
    this.limits = options.limits
    this.#tenantHeader = options.tenantHeader.toLowerCase()
    this.inflater = new Inflater(options.limits)
    this.admission = new Admission({
      ...options.limits,
      random: options.random,
      ...(options.pressure ? { pressure: options.pressure } : {}),
    })
  }

  /**
   * Lets a request in, before any of its body is read: who sends it, and whether there is room. Throws
   * {@link Refusal}, which is counted already.
   */
  enter(transport: Transport, signal: Signal, headers: Headers): Passage {
    let span: Span | undefined
    try {
      const caller = this.options.authenticate(headers)
      // Only now: a stranger must not be able to fill the queue of spans.
      span = startRequestSpan(this.options.tracing, transport, signal, headers)
      const ticket = this.admission.admit()
      const tenant = headers[this.#tenantHeader]
      return new Passage(this, ticket, {
        transport,
        signal,
        caller,
        tenantHeader: typeof tenant === 'string' ? tenant : tenant?.[0],
        span,
      })
    } catch (error) {
      const failure = this.explain(error, transport)
      this.refused(transport, signal, failure)
      if (span !== undefined) endRequestSpan(span, transport, failure.kind)
      throw failure
    }
  }

  /** Counts a request that was refused before it had a passage. */
  refused(transport: Transport, signal: Signal, failure: Failure): void {
    this.options.observer.ended(transport, signal, failure.kind, 0)
  }

  /** What the sender is told of an error. A defect is logged whole, and the sender gets its id and no more. */
  explain(error: unknown, transport: Transport): Failure {
    const known = failureOf(error)
    if (known !== undefined) return known
    const requestId = randomUUID()
    this.options.log.error({ err: error, requestId, transport }, 'a request failed by a defect')
    const message = `the gateway failed on this request; its log has the reason under request id ${requestId}`
    return { kind: 'internal', message, retryAfterMs: 0 }
  }
}

type Facts = Omit<ExportRequest, 'body'>

/**
 * One admitted request on its way through. It ends exactly once: by `export`, `fail` or `abandon`; whatever
 * comes after that changes nothing. Its share of the limits is held until the end.
 */
export class Passage {
  readonly #intake: Intake
  readonly #ticket: Ticket
  readonly #facts: Facts
  #exporting = false
  #ended = false
  #wireBytes = 0
  /** When the last byte was there. */
  #wholeMs: number | undefined

  constructor(intake: Intake, ticket: Ticket, facts: Facts) {
    this.#intake = intake
    this.#ticket = ticket
    this.#facts = facts
  }

  /** The body will take, or takes, `bytes` as sent. Throws {@link Refusal} `too_large` or `overloaded`. */
  expect(bytes: number): void {
    const { requestBytesMax } = this.#intake.limits
    if (bytes > requestBytesMax) throw tooLarge(requestBytesMax)
    this.#ticket.resize(bytes)
    this.#wireBytes = bytes
  }

  /** The body as its sender made it, once all of `wire` is there; `wire` is not used afterwards. Throws {@link Refusal}. */
  async inflate(encoding: Encoding, wire: Buffer): Promise<Buffer> {
    this.#wholeMs = this.#intake.options.nowMs()
    if (encoding === 'identity') return wire
    const inflating = this.#intake.inflater.inflate(encoding, wire)
    const body = await awaited(this.#facts.span, { name: `inflate ${encoding}` }, inflating)
    this.#ticket.resize(body.length)
    return body
  }

  /** Hands the body on and ends the passage. Throws a {@link Failure} for the sender. */
  async export(body: Buffer): Promise<Answer> {
    const { handler, observer } = this.#intake.options
    const { transport, signal, caller, tenantHeader, span } = this.#facts
    if (this.#exporting || this.#ended) throw new Error('BUG: a request was exported twice')
    this.#exporting = true
    try {
      observer.received(transport, signal, this.#wireBytes, body.length)
      span?.set({ 'weir.request.wire_bytes': this.#wireBytes, 'weir.request.bytes': body.length })
      const answer = await handler({ transport, signal, body, caller, tenantHeader, span })
      this.#end(answer.rejected > 0 ? 'partial' : 'ok')
      return answer
    } catch (error) {
      const failure = this.#intake.explain(error, transport)
      this.#end(failure.kind)
      throw failure
    }
  }

  /** Ends the passage by an error that happened before `export`; returns what the sender is told. */
  fail(error: unknown): Failure {
    const failure = this.#intake.explain(error, this.#facts.transport)
    this.#end(failure.kind)
    return failure
  }

  /** The sender is gone. What is with the handler already goes on and keeps its share until it is settled. */
  abandon(): void {
    if (!this.#exporting) this.#end('cancelled')
  }

  #end(outcome: RequestOutcome): void {
    if (this.#ended) return
    this.#ended = true
    this.#ticket.release()
    const { observer, nowMs } = this.#intake.options
    const durationMs = this.#wholeMs === undefined ? 0 : nowMs() - this.#wholeMs
    const { transport, signal, span } = this.#facts
    observer.ended(transport, signal, outcome, durationMs)
    if (span !== undefined) endRequestSpan(span, transport, outcome)
  }
}

const EVERYTHING_TAKEN = encodeExportResponse(0, '')

/** The Export…ServiceResponse of an answer. */
export function encodeAnswer({ rejected, message }: Answer): Buffer {
  return rejected === 0 && message === '' ? EVERYTHING_TAKEN : encodeExportResponse(rejected, message)
}

/** What a sender hears that is too slow. Retryable: the network may have been at fault. */
export function bodyTimeout(bodyTimeoutMs: number): Refusal {
  const sentence = `the request did not arrive whole within ${bodyTimeoutMs} ms; send it again`
  return new Refusal('unavailable', sentence)
}

/** What a sender hears while the gateway stops. */
export function stoppingRefusal(): Refusal {
  return new Refusal('unavailable', 'the gateway is stopping; send again')
}
