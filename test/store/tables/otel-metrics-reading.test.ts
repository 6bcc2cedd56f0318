import { beforeAll, expect, test } from 'vitest'
import { database, useRealStore } from '../support/real-store.ts'
import { planOf, readingOf } from '../support/view-columns.ts'

/**
 * Scenario: `otel_metrics_gauge` over many series and as many exemplars as points. Guarantee: who reads one metric, or
 * a time, does not read all of what the view joins.
 */

useRealStore()

const DAY_NS = 86_400_000_000_000n
const noon = BigInt(Math.floor(Date.now() / 86_400_000)) * DAY_NS - DAY_NS / 2n
const SERIES = 50_000
const NAMES = 500
const DAYS = 2
/** In `samples`, and as many in `exemplars`. */
const POINTS = SERIES * DAYS * 2
const row = `'default' AS TenantId, concat('many_', toString(number % ${NAMES})) AS MetricName, number AS SeriesFingerprint,
  number % 100 AS ResourceFingerprint, 30 AS RetentionDays`
const time = `toDateTime64(${noon / 1_000_000_000n}, 9, 'UTC') - day * 86400 + second`
const FROM = `FROM numbers(${SERIES}) ARRAY JOIN range(${DAYS}) AS day`

beforeAll(async () => {
  for (const statement of [
    `INSERT INTO metric_series (TenantId, MetricName, SeriesFingerprint, ResourceFingerprint, RetentionDays, Day, MetricType,
     Attributes) SELECT ${row}, toDate(toDateTime(${noon / 1_000_000_000n}, 'UTC') - day * 86400), 'gauge',
     map('k', toString(number)) ${FROM}`,
    ...['samples', 'exemplars'].map(
      (
        table,
      ) => `INSERT INTO ${table} (TenantId, MetricName, SeriesFingerprint, ResourceFingerprint, RetentionDays, TimeUnix,
        GatewayId, Seq, Value) SELECT ${row}, ${time}, 'many', number, number ${FROM} ARRAY JOIN [0, 60] AS second`,
    ),
    'OPTIMIZE TABLE samples FINAL',
    'OPTIMIZE TABLE exemplars FINAL',
  ])
    await database.command(statement)
  const counts = await database.rows(
    "SELECT count() AS n FROM samples WHERE GatewayId = 'many' UNION ALL SELECT count() FROM exemplars WHERE GatewayId = 'many'",
  )
  expect(counts).toEqual([{ n: String(POINTS) }, { n: String(POINTS) }])
})

const reading = (where: string) =>
  readingOf<{ points: number; exemplars: number; attributes: Record<string, string> }>(
    { writer: database },
    `SELECT count() AS points, sum(length(\`Exemplars.Value\`)) AS exemplars, any(Attributes) AS attributes
     FROM otel_metrics_gauge WHERE ${where}`,
  )

test('one metric: neither all points, nor all series, nor all exemplars', async () => {
  const { rows, rowsRead } = await reading("MetricName = 'many_7'")
  const points = POINTS / NAMES
  expect(rows).toMatchObject([{ points, exemplars: points, attributes: { k: expect.any(String) } }])
  // Of each table some granules of 8,192 rows: two parts of each, and the granules beside.
  expect(rowsRead).toBeLessThan(0.4 * POINTS)
})

test('one metric and a day: of points and exemplars the part of that day alone', async () => {
  const day = (noon - DAY_NS) / 1_000_000_000n
  const where = `MetricName = 'many_7' AND TimeUnix >= toDateTime(${day - 3600n}, 'UTC') AND TimeUnix < toDateTime(${day + 3600n}, 'UTC')`
  const { rows, rowsRead } = await reading(where)
  const points = POINTS / NAMES / DAYS
  expect(rows).toMatchObject([{ points, exemplars: points }])
  expect(rowsRead).toBeLessThan((await reading("MetricName = 'many_7'")).rowsRead)
  const plan = await planOf(
    database,
    `SELECT Value, \`Exemplars.Value\` FROM otel_metrics_gauge WHERE ${where}`,
  )
  for (const table of ['samples', 'exemplars'])
    expect(plan).toMatch(
      new RegExp(`ReadFromMergeTree \\([^)]*\\b${table}\\)[\\s\\S]*?Min-Max[\\s\\S]*?Parts: 1/[2-9]`),
    )
})

test('a time alone reads no other day of points and exemplars', async () => {
  const day = (noon - DAY_NS) / 1_000_000_000n
  const { rows, rowsRead } = await reading(
    `TimeUnix >= toDateTime(${day - 3600n}, 'UTC') AND TimeUnix < toDateTime(${day + 3600n}, 'UTC')`,
  )
  expect(rows).toMatchObject([{ points: POINTS / DAYS, exemplars: POINTS / DAYS }])
  expect(rowsRead).toBeLessThan((2 * POINTS) / DAYS + SERIES * DAYS + 1000)
})
