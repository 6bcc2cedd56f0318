import type { Database } from '../database.ts'
import type { SpoolBlock } from '../spool/commit-record.ts'
import type { RowSet, Table } from '../tables/table.ts'

/** True while an attempt under this token runs in ClickHouse: it might still store its rows. */
export async function attemptsRunning(
  database: Database,
  token: string,
  signal: AbortSignal,
): Promise<boolean> {
  const [row] = await database.rows<{ running: string }>(
    'SELECT count() AS running FROM system.processes WHERE startsWith(query_id, {token:String})',
    { token },
    { signal },
  )
  return Number(row?.running ?? 0) > 0
}

/**
 * Counts the stored rows of blocks of one partition, by GatewayId and Seq range: exact, because groups of one
 * partition never overlap in Seq, and no other gateway has this GatewayId.
 */
export async function countRows(
  database: Database,
  table: Table<RowSet>,
  blocks: ReadonlyArray<SpoolBlock>,
  signal: AbortSignal,
): Promise<number> {
  const first = blocks[0]!
  const last = blocks[blocks.length - 1]!
  const conditions = ['GatewayId = {gateway:String}', 'Seq BETWEEN {first:UInt64} AND {last:UInt64}']
  if (first.day !== undefined) conditions.push(`${table.partitionBy} = ({day:Date}, {retention:UInt16})`)
  const [row] = await database.rows<{ found: string }>(
    `SELECT count() AS found FROM ${table.name} WHERE ${conditions.join(' AND ')}`,
    {
      gateway: first.gatewayId,
      first: first.firstSeq,
      last: last.lastSeq,
      day: first.day === undefined ? 0 : new Date(first.day * 86_400_000).toISOString().slice(0, 10),
      retention: first.retentionDays ?? 0,
    },
    { signal },
  )
  return Number(row?.found ?? 0)
}
