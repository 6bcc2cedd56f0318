import type { ErrorForm } from '../http/error-form.ts'

/**
 * Loki's errors are plain text, which Grafana and logcli show as they are. Of what has to be looked up in Weir's log, the
 * sentence has the request id too, since neither shows headers.
 */
export const lokiErrors: ErrorForm = (error, requestId) => ({
  contentType: 'text/plain; charset=utf-8',
  body: error.status >= 500 ? `${error.message} (request id ${requestId})` : error.message,
})
