import type { Database } from './database.ts'
import { queryUsage } from './tables/control.ts'

/** A name that a query used; `day` in UTC days since 1970. */
export type UsedName = {
  readonly tenantId: string
  readonly day: number
  readonly kind: 'label' | 'metric'
  readonly name: string
}

const WRITE_TIMEOUT_MS = 10_000

/** Writes them in one statement; written again they change nothing. Throws {@link DatabaseError}. */
export async function writeUsedNames(database: Database, names: ReadonlyArray<UsedName>): Promise<void> {
  if (names.length === 0) return
  await database.command(
    `INSERT INTO ${queryUsage.name} (TenantId, Day, Kind, Name, RecordedAt) SETTINGS async_insert = 0 ` +
      'SELECT used.1, toDate(toUInt16(used.2)), used.3, used.4, now64(3) FROM (SELECT arrayJoin(arrayZip(' +
      '{tenants:Array(String)}, {days:Array(String)}, {kinds:Array(String)}, {names:Array(String)})) AS used)',
    {
      tenants: names.map(({ tenantId }) => tenantId),
      days: names.map(({ day }) => String(day)),
      kinds: names.map(({ kind }) => kind),
      names: names.map(({ name }) => name),
    },
    { timeoutMs: WRITE_TIMEOUT_MS },
  )
}
