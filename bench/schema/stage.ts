import { type ClickHouse, cpuOf, rows, run } from './clickhouse.ts'
import { type Generation, generateSql } from './generate.ts'
import { createSql, INDEXES } from './logs-table.ts'
import { BY_BLOCK, blocksOf, mergeOnlyWhenAsked } from './measure.ts'

export type Source = {
  readonly generation: Generation
  readonly costRows: number
  readonly costReadMicros: number
}

/** Rows of one insert in every cost figure: about what a group of the inserter holds. */
export const BLOCK_ROWS = 20_000

/** Makes the rows once, in order of arrival: all of them for the queries, and `costRows` for the cost figures. */
export async function stage(clickhouse: ClickHouse, rowCount: number, costRows: number): Promise<Source> {
  const midnight = Math.floor(Date.now() / 86_400_000) * 86_400
  const generation = {
    rows: rowCount,
    startSeconds: midnight - 86_400,
    rowsPerSecond: rowCount / (26 * 3600),
  }
  await run(clickhouse, createSql({ name: 'stage', orderBy: 'Seq', unpartitioned: true }))
  await run(clickhouse, `INSERT INTO stage ${generateSql(generation)}`, LOAD)
  await stageBlocks(clickhouse, 'stage_cost', { ...generation, rows: costRows })
  await run(clickhouse, 'CREATE TABLE nothing AS stage_cost ENGINE = Null')
  const reading = await cpuOf(clickhouse, async () => {
    await run(clickhouse, 'INSERT INTO nothing SELECT * FROM stage_cost', BY_BLOCK)
  })
  const [shape] = await rows<Record<string, string>>(
    clickhouse,
    `SELECT count() AS rows, round(avg(length(Body))) AS bodyBytes, round(avg(length(LogAttributes)), 1) AS attributes, round(avg(TraceFlags), 2) AS traced,
     uniqExact(TenantId) AS tenants, uniqExact(TenantId, AppId) AS apps, uniqExact(Pod) AS pods, uniqExact(ResourceFingerprint) AS resources FROM stage`,
  )
  console.log(
    'rows:',
    JSON.stringify(shape),
    'reading them costs',
    (reading / costRows).toFixed(2),
    'µs/row, taken off',
  )
  return { generation, costRows, costReadMicros: reading / costRows }
}

/** Rows of one partition, in memory, in blocks of {@link BLOCK_ROWS}: an insert touches one partition. */
export async function stageBlocks(
  clickhouse: ClickHouse,
  name: string,
  generation: Generation,
): Promise<void> {
  const columns = createSql({ name, orderBy: '' })
    .split('\nENGINE')[0]!
    .replaceAll(/ CODEC\([^\n]*\)(?=[,\n)])/g, '')
  await run(clickhouse, `${columns} ENGINE = Memory`)
  const oneDay = { ...generation, startSeconds: generation.startSeconds + 60 }
  await run(
    clickhouse,
    `INSERT INTO ${name} SELECT * REPLACE (toUInt16(30) AS RetentionDays) FROM (${generateSql(oneDay)})`,
    blocksOf(BLOCK_ROWS),
  )
}

export const LOAD = {
  max_threads: 1,
  max_insert_threads: 1,
  min_insert_block_size_rows: 500_000,
  min_insert_block_size_bytes: 0,
}

/** The chosen key with its indexes and everything merged: the presence check is at its slowest there. */
export async function settle(clickhouse: ClickHouse, name: string, orderBy: string): Promise<void> {
  const indexes = [INDEXES.timestamp, INDEXES.seq, INDEXES.traceBloom, INDEXES.podBloom, INDEXES.bodyText]
  await run(clickhouse, createSql({ name, orderBy, indexes }))
  await mergeOnlyWhenAsked(clickhouse, name)
  await run(clickhouse, `INSERT INTO ${name} SELECT * FROM stage`, LOAD)
  await run(clickhouse, `OPTIMIZE TABLE ${name} FINAL`)
}
