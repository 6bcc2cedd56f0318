import type { Statement } from '../sql/fragment.ts'
import type { Queries, Run } from '../sql/queries.ts'

/** What pages are made of: rows in a total order, each written as one line of JSON. */
export type PageSource<Row, Position> = {
  /** The next `rows` rows of the order. */
  statement(after: Position | undefined, rows: number): Statement
  /** Where a page goes on that ends with this row. */
  positionOf(row: Row): Position
  /** About how many bytes a row takes. */
  sizeOf(row: Row): number
  /** Fetches what `lineOf` needs beside the rows. */
  learn(rows: ReadonlyArray<Row>): Promise<void>
  lineOf(row: Row): string
}

export type PageBounds = {
  /** Records of the page. */
  readonly limit: number
  /** Bytes of JSON after which the page ends, however few its records. */
  readonly bytesMax: number
}

/** JSON texts of records, in chunks; returns where the next page starts, or undefined after the last. */
export type Page<Position> = AsyncGenerator<ReadonlyArray<string>, Position | undefined, undefined>

/** Rows and bytes that a request holds at once. */
const SLICE_ROWS_MAX = 2_000
const SLICE_BYTES_MAX = 4 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024

type Slice<Row> = {
  readonly rows: ReadonlyArray<Row>
  /** A row follows. */
  readonly more: boolean
}

/** The next rows of the page, whole. One row more than wanted is asked for: it alone says that more follow. */
export async function readSlice<Row, Position>(
  queries: Queries,
  source: Pick<PageSource<Row, Position>, 'statement' | 'sizeOf'>,
  after: Position | undefined,
  wanted: number,
  run: Run,
): Promise<Slice<Row>> {
  const rows: Row[] = []
  let bytes = 0
  for await (const chunk of queries.stream<Row>(source.statement(after, wanted + 1), run)) {
    for (const row of chunk) {
      if (rows.length === wanted || bytes >= SLICE_BYTES_MAX) return { rows, more: true }
      rows.push(row)
      bytes += source.sizeOf(row)
    }
  }
  return { rows, more: false }
}

/**
 * One page, slice by slice. A slice is read to its end before what belongs to it is fetched and before the client
 * takes it: a request never holds one connection to ClickHouse while it waits for another, and a slow client
 * holds none at all. The next slice starts at the last one's end, as the next page does.
 */
export async function* readPage<Row, Position>(
  queries: Queries,
  source: PageSource<Row, Position>,
  start: Position | undefined,
  { limit, bytesMax }: PageBounds,
  run: Run,
): Page<Position> {
  let after = start
  let left = limit
  let bytes = 0
  for (;;) {
    const { rows, more } = await readSlice(queries, source, after, Math.min(left, SLICE_ROWS_MAX), run)
    await source.learn(rows)
    left -= rows.length
    let chunk: string[] = []
    let chunkBytes = 0
    for (const [i, row] of rows.entries()) {
      const line = source.lineOf(row)
      chunk.push(line)
      chunkBytes += Buffer.byteLength(line)
      const isLast = i === rows.length - 1
      if (chunkBytes < CHUNK_BYTES && !isLast) continue
      yield chunk
      bytes += chunkBytes
      chunk = []
      chunkBytes = 0
      after = source.positionOf(row)
      if (bytes >= bytesMax && (more || !isLast)) return after
    }
    if (!more) return undefined
    if (left === 0) return after
  }
}
