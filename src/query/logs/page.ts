import type { Queries, Run } from '../sql/queries.ts'
import type { Source } from '../sql/source.ts'
import type { Position } from './cursor.ts'
import { type LogRow, type PageQuery, pageStatement } from './page-statement.ts'
import { recordOf } from './record.ts'
import { PageResources } from './resources.ts'

export type LogsStore = {
  readonly queries: Queries
  readonly logs: Source
  readonly resources: Source
}

export type PageBounds = {
  /** Records of the page. */
  readonly limit: number
  /** Bytes of JSON after which the page ends, however few its records. */
  readonly bytesMax: number
}

/** JSON texts of records, in chunks; returns where the next page starts, or undefined after the last. */
export type Page = AsyncGenerator<ReadonlyArray<string>, Position | undefined, undefined>

/** Rows and bytes that a request holds at once. */
const SLICE_ROWS_MAX = 2_000
const SLICE_BYTES_MAX = 4 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024

type Slice = {
  readonly rows: ReadonlyArray<LogRow>
  /** A row follows. */
  readonly more: boolean
}

function positionOf({ time, seq, gatewayId }: LogRow): Position {
  return { timestamp: BigInt(time), seq: BigInt(seq), gatewayId }
}

function sizeOf({ body, values }: LogRow): number {
  return values.reduce((size, value) => size + value.length, 512 + body.length)
}

/** JSON of a record; `resources` has to know its resource. */
export function lineOf(row: LogRow, resources: PageResources): string {
  return `${JSON.stringify(recordOf(row)).slice(0, -1)},"resource":${resources.jsonOf(row.fingerprint)}}`
}

/** The next rows of the page, whole. One row more than wanted is asked for: it alone says that more follow. */
async function readSlice(store: LogsStore, query: PageQuery, run: Run): Promise<Slice> {
  const rows: LogRow[] = []
  let bytes = 0
  const statement = pageStatement(store.logs, { ...query, rows: query.rows + 1 })
  for await (const chunk of store.queries.stream<LogRow>(statement, run)) {
    for (const row of chunk) {
      if (rows.length === query.rows || bytes >= SLICE_BYTES_MAX) return { rows, more: true }
      rows.push(row)
      bytes += sizeOf(row)
    }
  }
  return { rows, more: false }
}

/**
 * One page, slice by slice. A slice is read to its end before its resources are fetched and before the client
 * takes it: a request never holds one connection to ClickHouse while it waits for another, and a slow client
 * holds none at all. The next slice starts at the last one's end, as the next page does.
 */
export async function* readPage(
  store: LogsStore,
  query: Omit<PageQuery, 'rows'>,
  { limit, bytesMax }: PageBounds,
  run: Run,
): Page {
  const resources = new PageResources(store.queries, store.resources, query.tenantId, run)
  let { after } = query
  let left = limit
  let bytes = 0
  for (;;) {
    const { rows, more } = await readSlice(
      store,
      { ...query, after, rows: Math.min(left, SLICE_ROWS_MAX) },
      run,
    )
    await resources.learn(rows)
    left -= rows.length
    let chunk: string[] = []
    let chunkBytes = 0
    for (const [i, row] of rows.entries()) {
      const line = lineOf(row, resources)
      chunk.push(line)
      chunkBytes += Buffer.byteLength(line)
      const isLast = i === rows.length - 1
      if (chunkBytes < CHUNK_BYTES && !isLast) continue
      yield chunk
      bytes += chunkBytes
      chunk = []
      chunkBytes = 0
      after = positionOf(row)
      if (bytes >= bytesMax && (more || !isLast)) return after
    }
    if (!more) return undefined
    if (left === 0) return after
  }
}
