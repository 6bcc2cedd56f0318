import { type GivenRange, rangeOf, type TimeRange } from '../parameters/range.ts'
import type { ApiResponse, TenantRequest } from '../route.ts'
import type { Queries, Run } from '../sql/queries.ts'
import { answerPage } from './answer.ts'
import { type Binding, type CursorFormat, decodeCursor, encodeCursor } from './cursor.ts'
import { type Page, type PageBounds, type PageSource, readPage } from './page.ts'

/** A list whose pages are each told where the next begins. */
export type CursorAnswer<Position> = {
  /** The name of the list in JSON. */
  readonly list: string
  readonly format: CursorFormat<Position>
  readonly binding: Binding
  /** What the request asked for. */
  readonly given: GivenRange & { readonly limit: number; readonly cursor: string | undefined }
  readonly nowMs: number
  page(range: TimeRange, after: Position | undefined, bounds: PageBounds): Page<Position>
}

/** The page that a request asks for, with the cursor of the next. Throws {@link import('../errors.ts').ApiError}. */
export function answerCursor<Position>(
  request: TenantRequest,
  { list, format, binding, given, nowMs, page }: CursorAnswer<Position>,
): Promise<ApiResponse> {
  const { limit, cursor } = given
  const { range, after } =
    cursor === undefined
      ? { range: rangeOf(given, nowMs), after: undefined }
      : decodeCursor(format, binding, given, cursor)
  return answerPage(request, {
    list,
    page: (bytesMax) => page(range, after, { limit, bytesMax }),
    tail: (next) => ({
      nextCursor: next === undefined ? null : encodeCursor(format, binding, { range, after: next }),
    }),
  })
}

/** A list that is read from the database page by page. */
export type CursorPages<Row, Position> = Omit<CursorAnswer<Position>, 'page'> & {
  readonly queries: Queries
  source(range: TimeRange, run: Run): PageSource<Row, Position>
}

/** As {@link answerCursor}. */
export function answerCursorPage<Row, Position>(
  request: TenantRequest,
  { queries, source, ...answer }: CursorPages<Row, Position>,
): Promise<ApiResponse> {
  return answerCursor(request, {
    ...answer,
    page: (range, after, bounds) => readPage(queries, source(range, request), after, bounds, request),
  })
}
