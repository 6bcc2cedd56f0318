import type { Signal } from '../otlp/batch.ts'
import type { Answer } from '../store/store.ts'
import type { Span } from '../telemetry/tracing.ts'
import type { Caller } from '../tenancy/caller.ts'

/** One export request, decompressed, as it came off the wire. The body is the handler's: nobody else writes to it. */
export type ExportRequest = {
  readonly signal: Signal
  readonly transport: 'grpc' | 'http'
  /** The bytes of one Export…ServiceRequest message. Empty is a valid request without records. */
  readonly body: Buffer
  readonly caller: Caller
  /** `X-Scope-OrgID` as sent; what it may decide is the tenancy's business. */
  readonly tenantHeader: string | undefined
  /** Undefined if the request leaves no trace. */
  readonly span?: Span | undefined
}

/**
 * What stands behind the receivers. Resolves with what the sender is told once the request is durable; throws
 * {@link import('../otlp/refusal.ts').Refusal} and nothing else on purpose: any other error is a defect, is logged
 * with an id, and the sender gets that id.
 */
export type ExportHandler = (request: ExportRequest) => Promise<Answer>

/** Request headers (HTTP) or metadata (gRPC), by lower-case name. */
export type Headers = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

/** Who sends; throws {@link import('../otlp/refusal.ts').Refusal} `unauthorized`, `forbidden` or `unavailable`. */
export type Authenticate = (headers: Headers) => Caller
