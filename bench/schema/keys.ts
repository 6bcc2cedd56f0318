import { type ClickHouse, run, type Settings } from './clickhouse.ts'
import { generateSql } from './generate.ts'
import { createSql, INDEXES, indexName } from './logs-table.ts'
import {
  columnsOf,
  type Disk,
  diskOf,
  type InsertCost,
  insertCost,
  type Latency,
  latency,
  mergeOnlyWhenAsked,
} from './measure.ts'
import { pickSubject, type Query, querySet, querySql, type Subject } from './queries.ts'
import { BLOCK_ROWS, LOAD, type Source } from './stage.ts'

export type Candidate = {
  readonly name: string
  readonly orderBy: string
  /** The time bucket of the key, which the query builder must then also name in its WHERE. */
  readonly bucket?: string
  /** Also measured with a text index on the body. */
  readonly text?: boolean
  /** Also measured with 20 fresh inserts that no merge has touched. */
  readonly tail?: boolean
}

const HOUR = 'toStartOfHour(Timestamp)'
const FIVE = 'toStartOfFiveMinutes(Timestamp)'

export const CANDIDATES: ReadonlyArray<Candidate> = [
  { name: 'tenant, app, time', orderBy: 'TenantId, AppId, Timestamp', text: true, tail: true },
  { name: 'tenant, service, time', orderBy: 'TenantId, ServiceName, Timestamp' },
  { name: 'tenant, time', orderBy: 'TenantId, Timestamp', text: true },
  { name: 'tenant, app, pod, time', orderBy: 'TenantId, AppId, Pod, Timestamp', text: true },
  {
    name: 'tenant, app, resource, time',
    orderBy: 'TenantId, AppId, ResourceFingerprint, Timestamp',
    tail: true,
  },
  {
    name: 'tenant, hour, app, time',
    orderBy: `TenantId, ${HOUR}, AppId, Timestamp`,
    bucket: HOUR,
    tail: true,
  },
  { name: 'exporter: 5 min, service, time', orderBy: `${FIVE}, ServiceName, Timestamp`, bucket: FIVE },
]

export type QueryResult = {
  readonly subject: string
  readonly query: string
  readonly indexes: string
} & Latency

export type KeyResult = {
  readonly candidate: Candidate
  readonly disk: Disk
  readonly columns: ReadonlyMap<string, number>
  readonly cost: InsertCost
  readonly queries: ReadonlyArray<QueryResult>
  readonly withText: { readonly disk: Disk } | undefined
}

const TABLE_INDEXES = [INDEXES.timestamp, INDEXES.seq, INDEXES.traceBloom, INDEXES.podBloom, INDEXES.podSet]

/** `ignore_data_skipping_indices` for a run in which only these indexes count. */
const only = (...active: ReadonlyArray<string>): Settings => ({
  ignore_data_skipping_indices: TABLE_INDEXES.filter((index) => !active.includes(index))
    .map(indexName)
    .join(','),
})

type Variant = { readonly label: string; readonly settings: Settings }
const USUAL: Variant = {
  label: 'time, trace',
  settings: only(INDEXES.timestamp, INDEXES.traceBloom, INDEXES.seq),
}
const NONE: Variant = { label: 'none', settings: only() }
const POD_BLOOM: Variant = { label: 'time, pod bloom', settings: only(INDEXES.timestamp, INDEXES.podBloom) }
const POD_SET: Variant = { label: 'time, pod set', settings: only(INDEXES.timestamp, INDEXES.podSet) }

/** Which indexes a query is tried with: the usual ones, and those that its predicate could use. */
function variantsOf(query: Query): ReadonlyArray<Variant> {
  if (query.name.startsWith('pod,')) return [USUAL, NONE, POD_BLOOM, POD_SET]
  if (query.name === 'trace id' || query.name.startsWith('latest') || query.name.startsWith('app'))
    return [USUAL, NONE]
  return [USUAL]
}

/** Fills a table with the candidate's key, settles it into one part per partition, asks it the query set. */
export async function measureKey(
  clickhouse: ClickHouse,
  source: Source,
  candidate: Candidate,
  times: number,
): Promise<KeyResult> {
  const cost = await costOfKey(clickhouse, source, candidate)
  const table = 'logs_candidate'
  await run(clickhouse, `DROP TABLE IF EXISTS ${table} SYNC`)
  await run(clickhouse, createSql({ name: table, orderBy: candidate.orderBy, indexes: TABLE_INDEXES }))
  await mergeOnlyWhenAsked(clickhouse, table)
  await run(clickhouse, `INSERT INTO ${table} SELECT * FROM stage`, LOAD)
  await run(clickhouse, `OPTIMIZE TABLE ${table} FINAL`)
  const disk = await diskOf(clickhouse, table)
  const columns = await columnsOf(clickhouse, table)
  const queries: QueryResult[] = []
  const ask = async (
    subject: Subject,
    list: ReadonlyArray<Query>,
    variants: (query: Query) => ReadonlyArray<Variant>,
  ) => {
    for (const query of list)
      for (const variant of variants(query)) {
        const took = await latency(clickhouse, querySql(query, table), times, variant.settings)
        queries.push({ subject: subject.label, query: query.name, indexes: variant.label, ...took })
      }
  }
  for (const rank of [8, 1]) {
    const subject = await pickSubject(clickhouse, 'stage', rank)
    await ask(subject, querySet(subject, candidate.bucket), rank === 8 ? variantsOf : () => [USUAL])
  }
  let withText: { disk: Disk } | undefined
  if (candidate.text) {
    await run(clickhouse, `ALTER TABLE ${table} ADD ${INDEXES.bodyText}`)
    await run(clickhouse, `ALTER TABLE ${table} MATERIALIZE INDEX idx_body_text SETTINGS mutations_sync = 2`)
    withText = { disk: await diskOf(clickhouse, table) }
    const subject = await pickSubject(clickhouse, 'stage', 8)
    const rare = querySet(subject, candidate.bucket).filter((query) => query.name.startsWith('rare'))
    await ask(subject, rare, () => [{ label: 'text', settings: USUAL.settings }])
    await run(clickhouse, `ALTER TABLE ${table} DROP INDEX idx_body_text SETTINGS mutations_sync = 2`)
  }
  if (candidate.tail) await askFreshTail(clickhouse, source, candidate, table, ask)
  await run(clickhouse, `DROP TABLE ${table} SYNC`)
  return { candidate, disk, columns, cost, queries, withText }
}

async function costOfKey(clickhouse: ClickHouse, source: Source, candidate: Candidate): Promise<InsertCost> {
  const table = 'logs_cost'
  await run(clickhouse, `DROP TABLE IF EXISTS ${table} SYNC`)
  await run(
    clickhouse,
    createSql({
      name: table,
      orderBy: candidate.orderBy,
      indexes: [INDEXES.timestamp, INDEXES.seq, INDEXES.traceBloom],
    }),
  )
  const from = { sql: 'SELECT * FROM stage_cost', rows: source.costRows, readMicros: source.costReadMicros }
  const cost = await insertCost(clickhouse, table, from)
  await run(clickhouse, `DROP TABLE ${table} SYNC`)
  return cost
}

/** 20 inserts of 20,000 rows on top of the settled parts, as between two merges; then the queries that look at now. */
async function askFreshTail(
  clickhouse: ClickHouse,
  source: Source,
  candidate: Candidate,
  table: string,
  ask: (
    subject: Subject,
    list: ReadonlyArray<Query>,
    variants: () => ReadonlyArray<Variant>,
  ) => Promise<void>,
): Promise<void> {
  const { startSeconds, rows, rowsPerSecond } = source.generation
  const fresh = {
    rows: 20 * BLOCK_ROWS,
    rowsPerSecond,
    startSeconds: Math.ceil(startSeconds + rows / rowsPerSecond),
  }
  const one: Settings = { ...LOAD, max_block_size: BLOCK_ROWS, min_insert_block_size_rows: 1 }
  await run(clickhouse, `INSERT INTO ${table} ${generateSql(fresh)}`, one)
  const subject = { ...(await pickSubject(clickhouse, table, 8)), label: 'rank 8, 20 fresh inserts' }
  await ask(subject, querySet(subject, candidate.bucket), () => [USUAL])
}
