import type { Config } from '../../../config/schema.ts'
import type { QueryLimits } from '../../http/query-limits.ts'
import { JSON_PAGE_BYTES_MAX } from '../../pages/answer.ts'

export type TraceBounds = {
  /** Of all traces of one answer: each has its share. */
  readonly spansMax: number
  /** About as many bytes of spans are held. */
  readonly bytesMax: number
}

/** What one answer with whole traces may hold: as much as a page of JSON. */
export function boundsOf(
  { limitMax }: Pick<Config['query'], 'limitMax'>,
  { resultBytesMax }: Pick<QueryLimits, 'resultBytesMax'>,
): TraceBounds {
  return { spansMax: limitMax, bytesMax: Math.min(resultBytesMax, JSON_PAGE_BYTES_MAX) }
}
