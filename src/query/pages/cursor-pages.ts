import { type GivenRange, rangeOf, type TimeRange } from '../parameters/range.ts'
import type { ApiResponse, TenantRequest } from '../route.ts'
import type { Queries, Run } from '../sql/queries.ts'
import { answerPage } from './answer.ts'
import { type Binding, type CursorFormat, decodeCursor, encodeCursor } from './cursor.ts'
import { type PageSource, readPage } from './page.ts'

/** A list that is read page by page, each told where the next begins. */
export type CursorPages<Row, Position> = {
  readonly queries: Queries
  /** The name of the list in JSON. */
  readonly list: string
  readonly format: CursorFormat<Position>
  readonly binding: Binding
  /** What the request asked for. */
  readonly given: GivenRange & { readonly limit: number; readonly cursor: string | undefined }
  readonly nowMs: number
  source(range: TimeRange, run: Run): PageSource<Row, Position>
}

/** The page that a request asks for, with the cursor of the next. Throws {@link import('../errors.ts').ApiError}. */
export function answerCursorPage<Row, Position>(
  request: TenantRequest,
  pages: CursorPages<Row, Position>,
): Promise<ApiResponse> {
  const { queries, list, format, binding, given, nowMs } = pages
  const { limit, cursor } = given
  const { range, after } =
    cursor === undefined
      ? { range: rangeOf(given, nowMs), after: undefined }
      : decodeCursor(format, binding, given, cursor)
  const source = pages.source(range, request)
  return answerPage(request, {
    list,
    page: (bytesMax) => readPage(queries, source, after, { limit, bytesMax }, request),
    tail: (next) => ({
      nextCursor: next === undefined ? null : encodeCursor(format, binding, { range, after: next }),
    }),
  })
}
