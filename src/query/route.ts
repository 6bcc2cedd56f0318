import type { ErrorBody } from './errors.ts'

export type ApiRequest = {
  readonly requestId: string
  readonly query: URLSearchParams
  /** What stands for the `{names}` of the route's path, decoded. */
  readonly path: Readonly<Record<string, string>>
  /** Value of a request header, named in lower case; several are joined by ", ". */
  header(name: string): string | undefined
  /** Aborts when the client leaves, the request's time is over, or the server stops. Pass it to every query. */
  readonly signal: AbortSignal
  /** For an error after the answer has begun: logs it and returns what its reader may know. */
  report(error: unknown): ErrorBody
}

export type TenantRequest = ApiRequest & {
  /** Whose data this request may see. */
  readonly tenantId: string
}

export type ApiResponse = {
  readonly status: number
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
  /** Chunks are pulled as the client takes them; a generator is ended (`return`) when it leaves. */
  readonly body: string | AsyncGenerator<string, void, undefined>
}

type Path = {
  /** `{name}` stands for one segment: `/api/v1/traces/{traceId}`. */
  readonly path: `/${string}`
  readonly methods: ReadonlyArray<'GET' | 'HEAD' | 'POST' | 'DELETE'>
}

/**
 * An endpoint. `access` says who gets in: `open` anybody who reaches the listener; `operator` a credential that
 * may see what belongs to no tenant; `tenant` a credential with a tenant to read, one query slot held meanwhile.
 * A thrown ApiError is the answer; anything else becomes `internal`.
 */
export type Route =
  | (Path & { readonly access: 'open' | 'operator'; handle(request: ApiRequest): Promise<ApiResponse> })
  | (Path & { readonly access: 'tenant'; handle(request: TenantRequest): Promise<ApiResponse> })

export const JSON_TYPE = 'application/json; charset=utf-8'

export function json(body: unknown, status = 200): ApiResponse {
  return { status, contentType: JSON_TYPE, body: `${JSON.stringify(body)}\n` }
}
