import { ApiError } from '../errors.ts'
import { isProblem, parseTraceId } from './fields.ts'

/** 32 hex digits. `where` names what holds the id: "The path", a parameter. Throws {@link ApiError}. */
export function readTraceId(text: string, where: string): string {
  const traceId = parseTraceId(text)
  if (isProblem(traceId)) throw new ApiError('invalid_parameter', `${where} ${traceId.problem}.`)
  return traceId
}
