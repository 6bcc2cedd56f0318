import type { ApiError, ErrorCode } from '../errors.ts'
import type { ErrorForm } from '../http/error-form.ts'
import { JSON_TYPE } from '../http/media-type.ts'

/** What Prometheus calls errors; those that it has no word for are named after their status. */
const ERROR_TYPES: Readonly<Partial<Record<ErrorCode, string>>> = {
  invalid_parameter: 'bad_data',
  invalid_query: 'bad_data',
  bad_request: 'bad_data',
  request_too_large: 'bad_data',
  query_too_large: 'execution',
  evaluation_failed: 'execution',
  query_timeout: 'timeout',
  client_closed_request: 'canceled',
  not_found: 'not_found',
  method_not_allowed: 'bad_data',
  too_many_queries: 'unavailable',
  overloaded: 'unavailable',
  database_unavailable: 'unavailable',
  unavailable: 'unavailable',
  internal: 'internal',
}

/** `{"status":"error","errorType":"bad_data","error":"1:5: parse error: …"}`. The id is there where Weir's log has the reason. */
export const prometheusErrors: ErrorForm = (error, requestId) => ({
  contentType: JSON_TYPE,
  body: `${JSON.stringify({
    status: 'error',
    errorType: typeOf(error),
    error: error.status >= 500 ? `${error.message} (request id ${requestId})` : error.message,
  })}\n`,
})

function typeOf({ code, status }: ApiError): string {
  return ERROR_TYPES[code] ?? (status < 500 ? 'bad_data' : 'internal')
}
