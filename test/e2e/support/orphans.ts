import type { Database } from '../../../src/store/database.ts'

/** Rows that find no resource by what rows are joined on. */
export async function orphansOf(database: Database, table: string, time: string): Promise<number> {
  const [row] = await database.rows<{ orphans: number }>(
    `SELECT toUInt32(count()) AS orphans FROM ${table} WHERE (TenantId, ResourceFingerprint, toDate(${time})) NOT IN
     (SELECT TenantId, ResourceFingerprint, Day FROM resources)`,
  )
  return row!.orphans
}
