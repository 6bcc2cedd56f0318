import { type ClickHouse, cpuMicros, median, quantile, rows, run, type Settings } from './clickhouse.ts'

export type Latency = {
  /** First run after the mark and index caches were dropped (the page cache is warm). */
  readonly coldMs: number
  readonly medianMs: number
  readonly p95Ms: number
  readonly cpuMs: number
  readonly rowsRead: number
  readonly bytesRead: number
  readonly granules: string
  readonly resultRows: number
}

/** One thread, no result or condition cache: what the query itself costs. */
export const QUERY_SETTINGS: Settings = { max_threads: 1, use_query_condition_cache: 0, use_query_cache: 0 }

/** Runs a query once cold and `times` times warm. */
export async function latency(
  clickhouse: ClickHouse,
  sql: string,
  times: number,
  extra: Settings = {},
): Promise<Latency> {
  const settings = { ...QUERY_SETTINGS, ...extra }
  for (const cache of ['MARK CACHE', 'PRIMARY INDEX CACHE', 'INDEX MARK CACHE', 'UNCOMPRESSED CACHE'])
    await run(clickhouse, `SYSTEM DROP ${cache}`)
  const cold = await run(clickhouse, `${sql} FORMAT Native`, settings)
  const took: number[] = []
  const cpuBefore = cpuMicros(clickhouse.pid)
  for (let at = 0; at < times; at++)
    took.push((await run(clickhouse, `${sql} FORMAT Native`, settings)).milliseconds)
  const cpuMs = (cpuMicros(clickhouse.pid) - cpuBefore) / times / 1000
  const [counted] = await rows<{ n: string }>(clickhouse, `SELECT count() AS n FROM (${sql})`, settings)
  return {
    coldMs: cold.milliseconds,
    medianMs: median(took),
    p95Ms: quantile(took, 0.95),
    cpuMs,
    rowsRead: cold.rowsRead,
    bytesRead: cold.bytesRead,
    granules: await granulesOf(clickhouse, sql, settings),
    resultRows: Number(counted!.n),
  }
}

/** "selected/all" granules after the last index that EXPLAIN names, summed over the reading steps. */
async function granulesOf(clickhouse: ClickHouse, sql: string, settings: Settings): Promise<string> {
  const { text } = await run(clickhouse, `EXPLAIN indexes = 1 ${sql}`, settings)
  let selected = 0
  let all = 0
  for (const step of text.split('ReadFromMergeTree').slice(1)) {
    const found = [...step.matchAll(/Granules: (\d+)\/(\d+)/g)]
    selected += Number(found.at(-1)?.[1] ?? 0)
    all += Number(found[0]?.[2] ?? 0)
  }
  return `${selected}/${all}`
}

export type Disk = {
  readonly rows: number
  readonly bytesPerRow: number
  readonly indexBytesPerRow: number
  readonly parts: number
}

/** Size of the active parts, secondary indexes included. */
export async function diskOf(clickhouse: ClickHouse, table: string): Promise<Disk> {
  const [sum] = await rows<{ rows: string; bytes: string; indexes: string; parts: string }>(
    clickhouse,
    `SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes, sum(secondary_indices_compressed_bytes) AS indexes, count() AS parts
     FROM system.parts WHERE active AND database = currentDatabase() AND table = '${table}'`,
  )
  const count = Number(sum!.rows)
  return {
    rows: count,
    bytesPerRow: Number(sum!.bytes) / count,
    indexBytesPerRow: Number(sum!.indexes) / count,
    parts: Number(sum!.parts),
  }
}

/** Compressed bytes per row of each column. */
export async function columnsOf(clickhouse: ClickHouse, table: string): Promise<Map<string, number>> {
  const found = await rows<{ column: string; bytes: number }>(
    clickhouse,
    `SELECT column, sum(column_data_compressed_bytes) / sum(rows) AS bytes FROM system.parts_columns
     WHERE active AND database = currentDatabase() AND table = '${table}' GROUP BY column`,
  )
  return new Map(found.map(({ column, bytes }) => [column, Number(bytes)]))
}

export type InsertCost = { readonly insertMicros: number; readonly mergeMicros: number }

/**
 * CPU per row of inserting `source`, one insert a block, and of merging all of it once into one part a
 * partition. Nothing else merges meanwhile, so that both figures repeat. `readMicros` is what reading
 * the source costs, taken off.
 */
export async function insertCost(
  clickhouse: ClickHouse,
  table: string,
  source: { readonly sql: string; readonly rows: number; readonly readMicros: number },
  extra: Settings = {},
): Promise<InsertCost> {
  await mergeOnlyWhenAsked(clickhouse, table)
  const before = cpuMicros(clickhouse.pid)
  await run(clickhouse, `INSERT INTO ${table} ${source.sql}`, { ...BY_BLOCK, ...extra })
  const inserted = cpuMicros(clickhouse.pid)
  await run(clickhouse, `OPTIMIZE TABLE ${table} FINAL`, { max_threads: 1 })
  const merged = cpuMicros(clickhouse.pid)
  return {
    insertMicros: (inserted - before) / source.rows - source.readMicros,
    mergeMicros: (merged - inserted) / source.rows,
  }
}

/**
 * From now on only OPTIMIZE merges. (Stopping merges and starting them again before it is a race: ClickHouse may
 * begin a merge of its own and OPTIMIZE then adds a second one.)
 */
export async function mergeOnlyWhenAsked(clickhouse: ClickHouse, table: string): Promise<void> {
  await run(clickhouse, `ALTER TABLE ${table} MODIFY SETTING ${NO_BACKGROUND_MERGES}`)
}

export const NO_BACKGROUND_MERGES =
  'max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1'

/** Reads a stage made by `blocksOf` block by block and makes each block one insert. */
export const BY_BLOCK: Settings = {
  max_threads: 1,
  max_insert_threads: 1,
  min_insert_block_size_rows: 1,
  min_insert_block_size_bytes: 0,
}

/** Fills a Memory table with blocks of exactly that many rows, in which it hands them out again. */
export const blocksOf = (blockRows: number): Settings => ({
  max_threads: 1,
  max_insert_threads: 1,
  max_block_size: blockRows,
  min_insert_block_size_rows: blockRows,
  min_insert_block_size_bytes: 0,
})
