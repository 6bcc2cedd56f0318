import type { ApiError } from '../errors.ts'
import { errorBody } from '../errors.ts'
import { JSON_TYPE } from './media-type.ts'

/** How an API writes its errors. The request id stands in a header in every case. */
export type ErrorForm = (
  error: ApiError,
  requestId: string,
) => { readonly contentType: string; readonly body: string }

/** Weir's own. */
export const jsonErrors: ErrorForm = (error, requestId) => ({
  contentType: JSON_TYPE,
  body: `${JSON.stringify(errorBody(error, requestId))}\n`,
})

/**
 * Plain text, as Loki's and Tempo's clients show it. Of what has to be looked up in Weir's log, the sentence has the request
 * id too, since they show no headers.
 */
export const textErrors: ErrorForm = (error, requestId) => ({
  contentType: 'text/plain; charset=utf-8',
  body: error.status >= 500 ? `${error.message} (request id ${requestId})` : error.message,
})

const firstSegment = (path: string): string => path.split('/', 2)[1] ?? ''

/**
 * The form of errors by path, also of paths that do not exist: that of the routes which begin alike. A protocol's client
 * reads no other, whatever went wrong.
 */
export function errorForms(
  routes: ReadonlyArray<{ readonly path: string; readonly errorForm?: ErrorForm }>,
): (path: string) => ErrorForm {
  const forms = new Map(routes.map(({ path, errorForm }) => [firstSegment(path), errorForm]))
  return (path) => forms.get(firstSegment(path)) ?? jsonErrors
}
