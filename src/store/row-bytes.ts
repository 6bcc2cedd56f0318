import type { Database } from './database.ts'

/** Bytes of one row on disk, merged and compressed, by table. */
export type RowBytes = ReadonlyMap<string, number>

/** Below so many rows parts are small and say little of what a row costs. */
const ROWS_MIN = 100_000
const TIMEOUT_MS = 5_000

/**
 * What a row of these tables takes, of all tenants together, as ClickHouse counts its parts; of a table that holds little
 * yet, or where the reader may not ask, what is given for it. Never rejects.
 */
export async function rowBytes(
  database: Pick<Database, 'name' | 'rows'>,
  otherwise: RowBytes,
  signal: AbortSignal,
): Promise<RowBytes> {
  try {
    const found = await database.rows<{ table: string; bytes: number }>(
      'SELECT name AS table, toFloat64(total_bytes / total_rows) AS bytes FROM system.tables ' +
        'WHERE database = {database:String} AND name IN {tables:Array(String)} AND total_rows >= {rows:UInt64}',
      { database: database.name, tables: [...otherwise.keys()], rows: ROWS_MIN },
      { timeoutMs: TIMEOUT_MS, signal },
    )
    return new Map([...otherwise, ...found.map(({ table, bytes }) => [table, bytes] as const)])
  } catch {
    return otherwise
  }
}
