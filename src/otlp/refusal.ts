/**
 * Why a request was not taken, in terms that both gRPC and HTTP can answer (OTLP specification 1.7, "Failures"):
 *
 * | kind        | gRPC                              | HTTP | sender                     |
 * |-------------|-----------------------------------|------|----------------------------|
 * | malformed   | INVALID_ARGUMENT                  | 400  | must not send it again     |
 * | too_large   | RESOURCE_EXHAUSTED, no RetryInfo  | 413  | must not send it again     |
 * | unauthorized| UNAUTHENTICATED                   | 401  | must not                   |
 * | forbidden   | PERMISSION_DENIED                 | 403  | must not                   |
 * | overloaded  | RESOURCE_EXHAUSTED with RetryInfo | 429  | sends again after the delay|
 * | unavailable | UNAVAILABLE with RetryInfo        | 503  | sends again after the delay|
 */
export type RefusalKind =
  | 'malformed'
  | 'too_large'
  | 'unauthorized'
  | 'forbidden'
  | 'overloaded'
  | 'unavailable'

export class Refusal extends Error {
  readonly kind: RefusalKind
  /** For overloaded and unavailable. */
  readonly retryAfterMs: number

  /** `message` is read by the sender: what, where and the cure; nothing internal. */
  constructor(kind: RefusalKind, message: string, retryAfterMs = 0, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'Refusal'
    this.kind = kind
    this.retryAfterMs = retryAfterMs
  }
}
