import type { Database } from '../../../src/store/database.ts'
import { eventually } from '../native/native-table.ts'

/** Where midnight is never that of UTC. */
export const FOREIGN_ZONE = 'America/Los_Angeles'

/** Of the parts that hold rows: a part that fell to its TTL stays as an empty one until it is cleaned up. */
export async function partitionsOf(database: Database, table: string): Promise<string[]> {
  const rows = await database.rows<{ partition: string }>(
    'SELECT DISTINCT partition FROM system.parts WHERE active AND rows > 0 AND database = currentDatabase() AND table = {table:String} ORDER BY partition',
    { table },
  )
  return rows.map(({ partition }) => partition)
}

/** Waits for ClickHouse to drop parts. The statement only wakes its merge selector, which has gone to sleep by then. */
export function partitionsAfterTtl(database: Database, table: string, count: number): Promise<string[]> {
  return eventually(
    async () => {
      await database.command(`OPTIMIZE TABLE ${table}`)
      return partitionsOf(database, table)
    },
    (found) => found.length <= count,
  )
}
