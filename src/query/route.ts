import type { Span } from '../telemetry/tracing.ts'
import type { RouteDoc } from './doc.ts'
import type { ErrorBody } from './errors.ts'
import type { ErrorForm } from './http/error-form.ts'
import { JSON_TYPE } from './http/media-type.ts'
import type { QueryLimits } from './http/query-limits.ts'

export type ApiRequest = {
  readonly requestId: string
  readonly query: URLSearchParams
  /**
   * The parameters where a POST may bring them in its body: those of the body first, then those of the URL. Throws
   * {@link ApiError} for a body that is no form.
   */
  form(): Promise<URLSearchParams>
  /** What stands for the `{names}` of the route's path, decoded. */
  readonly path: Readonly<Record<string, string>>
  /** Value of a request header, named in lower case; several are joined by ", ". */
  header(name: string): string | undefined
  /** Aborts when the client leaves, the request's time is over, or the server stops. Pass it to every query. */
  readonly signal: AbortSignal
  /** Pass it to every query; undefined if the request leaves no trace. */
  readonly span?: Span | undefined
  /** For an error after the answer has begun: logs it and returns what its reader may know. */
  report(error: unknown): ErrorBody
}

/** What one request may cost; every query that it makes runs within these. */
type Limited = { readonly limits: QueryLimits }

export type TenantRequest = ApiRequest &
  Limited & {
    /** Whose data this request may see. */
    readonly tenantId: string
  }

export type TenantsRequest = ApiRequest &
  Limited & {
    /** Whose data this request may see: at least one tenant, sorted, each once. */
    readonly tenantIds: ReadonlyArray<string>
  }

export type AdminRequest = ApiRequest & {
  /** The name of the credential. */
  readonly callerName: string
}

export type ApiResponse = {
  readonly status: number
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
  /** Chunks are pulled as the client takes them; a generator is ended (`return`) when it leaves. */
  readonly body: string | Buffer | AsyncGenerator<string, void, undefined>
}

type Path = {
  /** `{name}` stands for one segment: `/api/v1/traces/{traceId}`. */
  readonly path: `/${string}`
  readonly methods: ReadonlyArray<'GET' | 'HEAD' | 'POST' | 'DELETE'>
  /** Of a protocol whose clients expect other errors than Weir's own; the same for all routes of a first segment. */
  readonly errorForm?: ErrorForm
  /** Every endpoint of Weir has one; those of tests need none. */
  readonly doc?: RouteDoc
}

/**
 * An endpoint. `access` says who gets in: `open` anybody who reaches the listener; `operator` a credential that
 * may see what belongs to no tenant; `admin` one that may change what is everybody's; `tenant` a credential with a tenant to read, a query slot of it held meanwhile;
 * `tenants` the same for several at once (`X-Scope-OrgID: a|b`), a slot of each held; elsewhere several are 400.
 * A thrown ApiError is the answer; anything else becomes `internal`.
 */
export type Route =
  | (Path & { readonly access: 'open' | 'operator'; handle(request: ApiRequest): Promise<ApiResponse> })
  | (Path & { readonly access: 'admin'; handle(request: AdminRequest): Promise<ApiResponse> })
  | (Path & { readonly access: 'tenant'; handle(request: TenantRequest): Promise<ApiResponse> })
  | (Path & { readonly access: 'tenants'; handle(request: TenantsRequest): Promise<ApiResponse> })

export function json(body: unknown, status = 200): ApiResponse {
  return { status, contentType: JSON_TYPE, body: `${JSON.stringify(body)}\n` }
}
