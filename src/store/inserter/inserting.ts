import { Readable } from 'node:stream'
import { type Database, DatabaseError } from '../database.ts'
import type { SpoolBlock } from '../spool/commit-record.ts'
import type { Segments } from '../spool/segments.ts'
import type { RowSet, Table } from '../tables/table.ts'

/** What the inserter is told and counts. */
export type InserterEvents = {
  readonly attempted: (
    table: string,
    result: 'stored' | DatabaseError['failure'],
    rows: number,
    seconds: number,
  ) => void
  readonly presenceChecked: (table: string, result: 'all' | 'none' | 'some') => void
  readonly quarantined: (block: SpoolBlock, reason: string) => void
  readonly settled: (blocks: ReadonlyArray<SpoolBlock>) => void
  readonly failed: (message: string, error: unknown) => void
}

export type TableOf = (name: string) => Table<RowSet>

/** One attempt to insert blocks of one table and one partition. Never throws: says how it ended. */
export async function attemptInsert(
  parts: {
    database: Database
    segments: Segments
    table: Table<RowSet>
    events: InserterEvents
    timeoutMs: number
    signal: AbortSignal
  },
  blocks: ReadonlyArray<SpoolBlock>,
  ids: { token?: string; queryId: string },
): Promise<'stored' | DatabaseError> {
  const { database, segments, table, events, timeoutMs, signal } = parts
  const started = performance.now()
  const byteLength = blocks.reduce((sum, block) => sum + block.byteLength, 0)
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0)
  const seconds = (): number => (performance.now() - started) / 1000
  try {
    await database.insert({
      table: table.name,
      columns: table.columns.map(({ name }) => name),
      body: Readable.from(segments.read(blocks), { objectMode: false }),
      byteLength,
      timeoutMs,
      signal,
      ...ids,
    })
    events.attempted(table.name, 'stored', rows, seconds())
    return 'stored'
  } catch (cause) {
    const error =
      cause instanceof DatabaseError ? cause : new DatabaseError('unknown', 0, String(cause), { cause })
    events.attempted(table.name, error.failure, rows, seconds())
    events.failed(`an insert into ${table.name} failed (${error.failure})`, error)
    return error
  }
}
