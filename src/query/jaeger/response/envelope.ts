import { JSON_TYPE } from '../../http/media-type.ts'
import type { ApiResponse } from '../../route.ts'

/** What went wrong, of the whole answer or of one of the traces asked for. */
export type JaegerError = { readonly code: number; readonly msg: string; readonly traceID?: string }

/** The text before and after `data`. */
export function envelope(
  total: number,
  errors: ReadonlyArray<JaegerError> = [],
): { readonly head: string; readonly tail: string } {
  const told = errors.length === 0 ? 'null' : JSON.stringify(errors)
  return { head: '{"data":', tail: `,"total":${total},"limit":0,"offset":0,"errors":${told}}\n` }
}

/** `{"data":[…],"total":…,"limit":0,"offset":0,"errors":null}`: of names, operations, dependencies. */
export function dataResponse(data: ReadonlyArray<unknown>): ApiResponse {
  const { head, tail } = envelope(data.length)
  return { status: 200, contentType: JSON_TYPE, body: `${head}${JSON.stringify(data)}${tail}` }
}
