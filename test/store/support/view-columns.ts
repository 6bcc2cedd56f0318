import type { Database } from '../../../src/store/database.ts'
import { openRaw } from '../engine/support/raw.ts'

export const LC = 'LowCardinality(String)'
export const MAP = 'Map(LowCardinality(String), String)'

/** Columns of a view in their order. Its times name UTC, which the exporter's do not: left out here. */
export async function columnsOf(database: Database, view: string): Promise<Array<[string, string]>> {
  const columns = await database.rows<{ name: string; type: string }>(
    'SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {view:String} ORDER BY position',
    { view },
  )
  return columns.map(({ name, type }) => [
    name,
    type.replace(/(, |\()'UTC'\)/, (_, open) => (open === '(' ? '' : ')')),
  ])
}

/** How many rows ClickHouse read for a query, and the rows of its answer. */
export async function readingOf<Row>(
  engine: { readonly writer: Database },
  sql: string,
): Promise<{ rowsRead: number; rows: Row[] }> {
  const { text, status } = await (await openRaw(engine)).ask(`${sql} FORMAT JSON`)
  if (status !== 200) throw new Error(text)
  const { data, statistics } = JSON.parse(text) as { data: Row[]; statistics: { rows_read: number } }
  return { rowsRead: statistics.rows_read, rows: data }
}

export async function planOf(database: Database, sql: string): Promise<string> {
  const lines = await database.rows<{ explain: string }>(`EXPLAIN indexes = 1 ${sql}`)
  return lines.map(({ explain }) => explain).join('\n')
}
