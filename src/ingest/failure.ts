import { Refusal, type RefusalKind } from '../otlp/refusal.ts'
import { encodeStatus, StatusCode } from '../otlp/responses.ts'

/**
 * What a receiver can answer besides a {@link Refusal}. `internal`: a defect of Weir's. `unimplemented`: a service
 * or path that Weir doesn't offer. `unsupported`: an encoding or content type it can't read.
 */
export type FailureKind = RefusalKind | 'internal' | 'unimplemented' | 'unsupported'

/** An answer other than success. `message` is read by the sender. */
export type Failure = {
  readonly kind: FailureKind
  readonly message: string
  /** Above 0: the sender is told to send again after this time. */
  readonly retryAfterMs: number
}

type Codes = { readonly grpc: StatusCode; readonly http: number }

/** OTLP 1.7, "Failures" and "Failures (HTTP)": which codes make a sender try again, and which make it stop. */
const CODES: Readonly<Record<FailureKind, Codes>> = {
  malformed: { grpc: StatusCode.invalidArgument, http: 400 },
  too_large: { grpc: StatusCode.resourceExhausted, http: 413 },
  unauthorized: { grpc: StatusCode.unauthenticated, http: 401 },
  forbidden: { grpc: StatusCode.permissionDenied, http: 403 },
  overloaded: { grpc: StatusCode.resourceExhausted, http: 429 },
  unavailable: { grpc: StatusCode.unavailable, http: 503 },
  internal: { grpc: StatusCode.internal, http: 500 },
  unimplemented: { grpc: StatusCode.unimplemented, http: 501 },
  unsupported: { grpc: StatusCode.unimplemented, http: 415 },
}

export function codesOf(kind: FailureKind): Codes {
  return CODES[kind]
}

const RETRY_DEFAULT_MS = 1000

/**
 * How long the sender shall wait, or undefined if it must not send again. A retryable refusal without a delay
 * gets one: RESOURCE_EXHAUSTED without RetryInfo would tell the sender to throw its data away.
 */
export function retryAfterMsOf(failure: Failure): number | undefined {
  if (failure.kind !== 'overloaded' && failure.kind !== 'unavailable') return undefined
  return failure.retryAfterMs > 0 ? failure.retryAfterMs : RETRY_DEFAULT_MS
}

/** The google.rpc.Status that tells a sender of this failure, with RetryInfo where it may send again. */
export function encodeFailure(failure: Failure): Buffer {
  return encodeStatus(codesOf(failure.kind).grpc, failure.message, retryAfterMsOf(failure))
}

/** A failure that only the receivers themselves can find. */
export class ReceiverError extends Error implements Failure {
  readonly kind: 'unimplemented' | 'unsupported'
  readonly retryAfterMs = 0

  constructor(kind: 'unimplemented' | 'unsupported', message: string) {
    super(message)
    this.name = 'ReceiverError'
    this.kind = kind
  }
}

/** The failure that `error` already is, or undefined if it is a defect that the sender must not see. */
export function failureOf(error: unknown): Failure | undefined {
  return error instanceof Refusal || error instanceof ReceiverError ? error : undefined
}
