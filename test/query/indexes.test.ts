import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pageStatement } from '../../src/query/logs/page-statement.ts'
import { detailsStatement } from '../../src/query/metrics/series-statement.ts'
import type { Statement } from '../../src/query/sql/fragment.ts'
import { source } from '../../src/query/sql/source.ts'
import { READ_TABLES } from '../../src/query/tables.ts'
import { matchConditions } from '../../src/query/traces/search-statement.ts'
import { spansStatement, tracesStatement } from '../../src/query/traces/span-statement.ts'
import { summaryStatement } from '../../src/query/traces/summaries.ts'
import { timesStatement } from '../../src/query/traces/trace-times.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../support/engine.ts'

/** Guarantees: what is looked up by an id is found by a key or an index, and not by reading everything. */

const GRANULES = 12
const ROWS = GRANULES * 8_192
const START = (BigInt(Date.now()) - 3_600_000n) * 1_000_000n
const RANGE = { start: START - 1n, end: START + BigInt(ROWS) + 1n }
const ID = `${'0'.repeat(20)}${(7 * 8_192).toString(16).padStart(12, '0')}`

let engine: TestEngine
beforeAll(async () => {
  engine = await startTestEngine()
  const { writer } = engine.engine
  await migrate(writer)
  const times = `fromUnixTimestamp64Nano(toInt64(${START}) + number, 'UTC')`
  const id = "reinterpret(reverse(reinterpret(toUInt128(number), 'FixedString(16)')), 'FixedString(16)')"
  for (const statement of [
    `INSERT INTO spans (TenantId, AppId, Timestamp, TraceId, RetentionDays) SELECT 't', 'a', ${times}, ${id}, 30 FROM numbers(${ROWS})`,
    `INSERT INTO logs (TenantId, AppId, Timestamp, TraceId, RetentionDays) SELECT 't', 'a', ${times}, ${id}, 30 FROM numbers(${ROWS})`,
    `INSERT INTO trace_times (TenantId, Day, Start, End, TraceId, RetentionDays) SELECT 't', toDate(${times}), ${times}, ${times}, ${id}, 30 FROM numbers(${ROWS})`,
    `INSERT INTO metric_series (TenantId, MetricName, SeriesFingerprint, Day, RetentionDays) SELECT 't', 'm', number, toDate(${times}), 30 FROM numbers(${ROWS})`,
  ])
    await writer.command(
      `${statement} SETTINGS max_block_size = ${ROWS}, min_insert_block_size_rows = ${ROWS}`,
    )
})
afterAll(() => engine?.stop())

/** Granules that are read of those that the index was asked about, of all parts. */
async function granulesBy(index: string, statement: Statement): Promise<{ read: number; of: number }> {
  const rows = await engine.engine.reader.rows<{ explain: string }>(
    `EXPLAIN indexes = 1 ${statement.sql}`,
    statement.parameters,
  )
  const plan = rows.map(({ explain }) => explain.replace(/^[\s│├└─]+/, ''))
  const at = plan.findLastIndex((line) => line === index || line === `Name: ${index}`)
  const granules = /^Granules: (\d+)\/(\d+)$/.exec(
    plan.slice(at).find((line) => line.startsWith('Granules')) ?? '',
  )
  if (at === -1 || granules === null) throw new Error(`${index} is not used:\n${plan.join('\n')}`)
  return { read: Number(granules[1]), of: Number(granules[2]) }
}

const table = (name: keyof typeof READ_TABLES) => source('weir', READ_TABLES[name])

describe('an id is looked up', () => {
  it.each<[string, string, () => Statement]>([
    [
      'spans of a trace',
      'idx_trace_id',
      () =>
        spansStatement(table('spans'), {
          tenantId: 't',
          traceId: ID,
          range: RANGE,
          after: undefined,
          rows: 9,
        }),
    ],
    [
      'summaries of traces',
      'idx_trace_id',
      () =>
        summaryStatement(
          table('spans'),
          { tenantId: 't', where: matchConditions(table('spans'), { filter: {}, range: RANGE }) },
          [ID],
          RANGE,
        ),
    ],
    [
      'spans of one trace, whole',
      'idx_trace_id',
      () => tracesStatement(table('spans'), { tenantId: 't', traceIds: [ID], range: RANGE, rowsEach: 9 }),
    ],
    [
      'spans of several traces, whole',
      'idx_trace_id',
      () =>
        tracesStatement(table('spans'), {
          ...{ tenantId: ['t', 'u'], range: RANGE, rowsEach: 9 },
          traceIds: [ID, 'fe'.repeat(16)],
        }),
    ],
    [
      'logs of a trace',
      'idx_trace_id',
      () =>
        pageStatement(table('logs'), {
          ...{ tenantId: 't', filter: { traceId: ID }, direction: 'backward', range: RANGE },
          ...{ after: undefined, rows: 9 },
        }),
    ],
    ['times of traces', 'PrimaryKey', () => timesStatement(table('traceTimes'), 't', [ID], undefined)],
    [
      'series',
      'PrimaryKey',
      () =>
        detailsStatement(
          table('metricSeries'),
          { tenantId: 't', filter: { metric: 'm' }, days: { first: 0, last: 65_535 } },
          ['57344'],
        ),
    ],
  ])('%s: by %s', async (_, index, statement) => {
    const { read, of } = await granulesBy(index, statement())
    expect(of).toBeGreaterThanOrEqual(GRANULES)
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThanOrEqual(3)
    expect(await engine.engine.reader.rows(statement().sql, statement().parameters)).toHaveLength(1)
  })
})
