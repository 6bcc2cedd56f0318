import { type ClickHouse, rows, run, type Settings } from './clickhouse.ts'
import { createSql, INDEXES, type LogsTable } from './logs-table.ts'
import {
  columnsOf,
  type Disk,
  diskOf,
  type InsertCost,
  insertCost,
  type Latency,
  latency,
} from './measure.ts'
import type { Source } from './stage.ts'
import { stageBlocks } from './stage.ts'

export type CostResult = { readonly variant: string; readonly cost: InsertCost; readonly disk: Disk }

type Variant = {
  readonly variant: string
  readonly table: Omit<LogsTable, 'name' | 'orderBy'>
  readonly settings?: Settings
  readonly alter?: string
}

const CHEAP = [INDEXES.timestamp, INDEXES.seq, INDEXES.traceBloom]

const VARIANTS: ReadonlyArray<Variant> = [
  { variant: 'no index', table: {} },
  { variant: 'minmax(Timestamp)', table: { indexes: [INDEXES.timestamp] } },
  { variant: 'minmax(Seq)', table: { indexes: [INDEXES.seq] } },
  { variant: 'bloom(0.001) lower(hex(TraceId))', table: { indexes: [INDEXES.traceBloom] } },
  { variant: 'bloom(0.001) TraceId', table: { indexes: [INDEXES.traceRaw] } },
  { variant: 'bloom(0.01) Pod', table: { indexes: [INDEXES.podBloom] } },
  { variant: 'set(64) Pod', table: { indexes: [INDEXES.podSet] } },
  { variant: 'tokenbf_v1 lower(Body)', table: { indexes: [INDEXES.bodyTokens] } },
  { variant: 'text lower(Body)', table: { indexes: [INDEXES.bodyText] } },
  {
    variant: 'text lower(Body), built by merges only',
    table: { indexes: [INDEXES.bodyText] },
    settings: { exclude_materialize_skip_indexes_on_insert: 'idx_body_text' },
  },
  { variant: 'time, Seq, trace', table: { indexes: CHEAP } },
  {
    variant: 'time, Seq, trace; no automatic statistics',
    table: { indexes: CHEAP },
    alter: `auto_statistics_types = ''`,
  },
  {
    variant: 'time, Seq, trace; compression blocks of 1 MiB',
    table: { indexes: CHEAP },
    alter: 'min_compress_block_size = 1048576',
  },
  {
    variant: 'time, Seq, trace; EventName, BodyType, ScopeSchemaUrl, ScopeAttributeTypes as String',
    table: {
      indexes: CHEAP,
      types: {
        EventName: 'String',
        BodyType: 'String',
        ScopeSchemaUrl: 'String',
        ScopeAttributeTypes: 'String',
      },
    },
  },
  {
    variant: 'time, Seq, trace; LogAttributes ZSTD(3)',
    table: { indexes: CHEAP, codecs: { LogAttributes: 'ZSTD(3)' } },
  },
  {
    variant: 'time, Seq, trace; Body and LogAttributes ZSTD(3)',
    table: { indexes: CHEAP, codecs: { Body: 'ZSTD(3)', LogAttributes: 'ZSTD(3)' } },
  },
  {
    variant: 'time, Seq, trace; every time T64',
    table: {
      indexes: CHEAP,
      codecs: { Timestamp: 'T64, ZSTD(1)', ObservedTimestamp: 'T64, ZSTD(1)', SourceTime: 'T64, ZSTD(1)' },
    },
  },
  { variant: 'time, Seq, trace; without SourceTime', table: { indexes: CHEAP, without: ['SourceTime'] } },
  {
    variant: 'time, Seq, trace; without LogAttributeTypes',
    table: { indexes: CHEAP, without: ['LogAttributeTypes'] },
  },
  {
    variant: 'time, Seq, trace; ids as hex String',
    table: {
      indexes: [INDEXES.timestamp, INDEXES.seq, INDEXES.traceRaw],
      types: { TraceId: 'String', SpanId: 'String' },
    },
  },
]

/** What each index or column adds to insert, merge and disk, on the key given. */
export async function measureCosts(
  clickhouse: ClickHouse,
  source: Source,
  orderBy: string,
): Promise<CostResult[]> {
  const results: CostResult[] = []
  for (const { variant, table, settings, alter } of VARIANTS) {
    await run(clickhouse, 'DROP TABLE IF EXISTS logs_cost SYNC')
    await run(clickhouse, createSql({ ...table, name: 'logs_cost', orderBy }))
    if (alter !== undefined) await run(clickhouse, `ALTER TABLE logs_cost MODIFY SETTING ${alter}`)
    const cost = await insertCost(clickhouse, 'logs_cost', costSource(source, table), settings)
    results.push({ variant, cost, disk: await diskOf(clickhouse, 'logs_cost') })
  }
  await run(clickhouse, 'DROP TABLE logs_cost SYNC')
  return results
}

function costSource(source: Source, table: Omit<LogsTable, 'name' | 'orderBy'>) {
  const without = table.without === undefined ? '*' : `* EXCEPT (${table.without.join(', ')})`
  const hex =
    table.types?.TraceId === 'String'
      ? ' REPLACE (lower(hex(TraceId)) AS TraceId, lower(hex(SpanId)) AS SpanId)'
      : ''
  return {
    sql: `SELECT ${without}${hex} FROM stage_cost`,
    rows: source.costRows,
    readMicros: source.costReadMicros,
  }
}

export type PodResult = {
  readonly type: string
  readonly pods: number
  readonly podBytesPerRow: number
  readonly cost: InsertCost
  readonly groupByMs: number
  readonly equalsMs: number
}

/** Pod as LowCardinality and as String, with few and with very many pods. */
export async function measurePods(
  clickhouse: ClickHouse,
  source: Source,
  orderBy: string,
): Promise<PodResult[]> {
  const results: PodResult[] = []
  for (const podsPerApp of [6, 170]) {
    await run(clickhouse, 'DROP TABLE IF EXISTS stage_pods SYNC')
    await stageBlocks(clickhouse, 'stage_pods', { ...source.generation, rows: source.costRows, podsPerApp })
    const [distinct] = await rows<{ pods: string; pod: string }>(
      clickhouse,
      'SELECT uniqExact(Pod) AS pods, any(Pod) AS pod FROM stage_pods',
    )
    for (const type of ['LowCardinality(String)', 'String']) {
      await run(clickhouse, 'DROP TABLE IF EXISTS logs_cost SYNC')
      await run(clickhouse, createSql({ name: 'logs_cost', orderBy, indexes: CHEAP, types: { Pod: type } }))
      const cost = await insertCost(clickhouse, 'logs_cost', {
        sql: 'SELECT * FROM stage_pods',
        rows: source.costRows,
        readMicros: source.costReadMicros,
      })
      const groupBy = await latency(clickhouse, 'SELECT Pod, count() FROM logs_cost GROUP BY Pod', 7)
      const equals = await latency(
        clickhouse,
        `SELECT count() FROM logs_cost WHERE Pod = '${distinct!.pod}'`,
        7,
      )
      results.push({
        type,
        pods: Number(distinct!.pods),
        podBytesPerRow: (await columnsOf(clickhouse, 'logs_cost')).get('Pod')!,
        cost,
        groupByMs: groupBy.medianMs,
        equalsMs: equals.medianMs,
      })
    }
  }
  await run(clickhouse, 'DROP TABLE logs_cost SYNC')
  await run(clickhouse, 'DROP TABLE stage_pods SYNC')
  return results
}

export type PresenceResult = {
  readonly rowsAsked: number
  readonly withMinmax: Latency
  readonly without: Latency
  readonly found: number
}

/**
 * The presence check on the settled table, for groups in the middle of the older day: the worst case,
 * since merges have mixed the group into big parts.
 */
export async function measurePresence(clickhouse: ClickHouse, table: string): Promise<PresenceResult[]> {
  const results: PresenceResult[] = []
  for (const rowsAsked of [1_000, 20_000, 100_000]) {
    const [group] = await rows<{
      gateway: string
      low: string
      high: string
      day: string
      class: string
      found: string
    }>(
      clickhouse,
      `SELECT any(GatewayId) AS gateway, min(Seq) AS low, max(Seq) AS high, any(toDate(Timestamp)) AS day, any(RetentionDays) AS class, count() AS found
       FROM (SELECT GatewayId, Seq, Timestamp, RetentionDays FROM ${table}
             WHERE RetentionDays = 30 AND GatewayId = (SELECT min(GatewayId) FROM ${table}) AND Timestamp >= (SELECT min(Timestamp) + INTERVAL 11 HOUR FROM ${table})
             ORDER BY Seq LIMIT ${rowsAsked})`,
    )
    const sql = `SELECT count() FROM ${table} WHERE GatewayId = '${group!.gateway}' AND Seq BETWEEN ${group!.low} AND ${group!.high}
      AND toDate(Timestamp) = '${group!.day}' AND RetentionDays = ${group!.class}`
    const { text } = await run(clickhouse, sql)
    results.push({
      rowsAsked,
      withMinmax: await latency(clickhouse, sql, 9),
      without: await latency(clickhouse, sql, 9, { ignore_data_skipping_indices: 'idx_seq' }),
      found: Number(text),
    })
  }
  return results
}
