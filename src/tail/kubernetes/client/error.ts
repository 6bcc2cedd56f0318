/** What went wrong between Weir and an API server, as far as a caller acts on it. */
export type KubernetesErrorCode =
  | 'aborted'
  | 'bad_answer'
  | 'bad_config'
  | 'credentials'
  | 'expired'
  | 'forbidden'
  | 'no_previous'
  | 'not_found'
  | 'refused'
  | 'server'
  | 'throttled'
  | 'timeout'
  | 'too_large'
  | 'unauthorized'
  | 'unreachable'
  | 'waiting'

const RETRYABLE: ReadonlySet<KubernetesErrorCode> = new Set(['server', 'throttled', 'timeout', 'unreachable'])

/**
 * `message` is a sentence that any user may read: it names the cluster as configured and what was asked. What the API
 * server, the network or a plugin said (hosts, accounts, paths) is in `detail`, for the log alone.
 */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError'
  readonly code: KubernetesErrorCode
  readonly detail: string
  /** HTTP status, 0 without an answer. */
  readonly status: number
  /** What Retry-After asked for. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: KubernetesErrorCode,
    message: string,
    more: { readonly detail?: string; readonly status?: number; readonly retryAfterMs?: number } = {},
  ) {
    super(message)
    this.code = code
    this.detail = more.detail ?? ''
    this.status = more.status ?? 0
    this.retryAfterMs = more.retryAfterMs
  }

  /** The same request may succeed later without anybody's doing. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code)
  }
}

export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  const cause = error.cause instanceof Error ? ` (${errorText(error.cause)})` : ''
  return `${code}${error.message}${cause}`
}
