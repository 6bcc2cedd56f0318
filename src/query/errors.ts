import { DatabaseError } from '../store/database.ts'

/** Every code that an API answer can carry, with its HTTP status. Codes are stable; sentences may change. */
export const ERROR_STATUS = {
  invalid_parameter: 400,
  unknown_parameter: 400,
  invalid_cursor: 400,
  invalid_query: 400,
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  origin_not_allowed: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_too_large: 413,
  host_not_served: 421,
  query_too_large: 422,
  evaluation_failed: 422,
  invalid_config: 422,
  upgrade_required: 426,
  too_many_queries: 429,
  client_closed_request: 499,
  internal: 500,
  overloaded: 503,
  database_unavailable: 503,
  unavailable: 503,
  query_timeout: 504,
} as const
export type ErrorCode = keyof typeof ERROR_STATUS

/** An error that a user of the API is meant to read: `message` names what, where and the cure. */
export class ApiError extends Error {
  readonly code: ErrorCode
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'ApiError'
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  get status(): number {
    return ERROR_STATUS[this.code]
  }
}

export type ErrorBody = {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly requestId: string }
}

export function errorBody(error: ApiError, requestId: string): ErrorBody {
  return { error: { code: error.code, message: error.message, requestId } }
}

/** Codes of ClickHouse for its limits, with what was too much and which setting of Weir says so. */
const LIMITS: ReadonlyMap<number, string> = new Map([
  [158, 'would read more rows than one query may (query.rowsToReadMax)'],
  [307, 'would read more bytes than one query may (query.bytesToReadMax)'],
  [396, 'gives more than one answer may hold (query.resultBytesMax)'],
])
const MEMORY_EXCEEDED = 241
const TIMED_OUT = new Set([159, 160])

function ofDatabase(error: DatabaseError): ApiError {
  const limit = LIMITS.get(error.code)
  if (limit !== undefined)
    return new ApiError('query_too_large', `The query ${limit}: narrow the time range or add a filter.`, {
      cause: error,
    })
  if (error.code === MEMORY_EXCEEDED)
    return new ApiError(
      'query_too_large',
      'The query needs more memory than one query may use (query.memoryBytesMax): narrow the time range, add a filter or lower the limit.',
      { cause: error },
    )
  if (TIMED_OUT.has(error.code)) return timedOut(error)
  if (error.failure === 'refused')
    return new ApiError(
      'internal',
      'The query failed inside Weir; its log has the reason under this request id.',
      { cause: error },
    )
  const message =
    error.failure === 'busy'
      ? 'The database is busy: try again in a few seconds.'
      : 'The database does not answer: try again in a few seconds.'
  return new ApiError('database_unavailable', message, { retryAfterSeconds: 5, cause: error })
}

export function timedOut(cause?: unknown): ApiError {
  return new ApiError(
    'query_timeout',
    'The query took longer than a request may (query.timeoutMs): narrow the time range or add a filter.',
    { cause },
  )
}

/**
 * What a user may know of an error. Anything that is not already meant for them becomes a code and a sentence;
 * the original stays in `cause`, for the log.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof DatabaseError) return ofDatabase(error)
  return new ApiError(
    'internal',
    'Something failed inside Weir; its log has the reason under this request id.',
    { cause: error },
  )
}
