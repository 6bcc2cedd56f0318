import { startTestEngine } from '../../test/support/engine.ts'

/**
 * What counting spans costs as a materialised view: CPU of ClickHouse per span, inserts with and without the view, in the same run.
 * `node bench/span-metrics/view.ts`. In the gateway: `node bench/micro/processors.bench.ts`.
 */

const ROWS = 100_000
const INSERTS = 12

const SPANS = `SELECT 'shop' || toString(number % 10) AS ServiceName, 'GET /orders/' || toString(number % 20) AS SpanName, number % 5 AS Kind, number % 3 AS StatusCode,
  now64(9) AS Timestamp, (number * 7919) % 2000000000 AS Duration FROM numbers(${ROWS})`
const COLUMNS = `ServiceName LowCardinality(String), SpanName LowCardinality(String), Kind UInt8, StatusCode UInt8, Timestamp DateTime64(9, 'UTC'), Duration UInt64`
const BOUNDS = '[2e6, 4e6, 6e6, 8e6, 1e7, 5e7, 1e8, 2e8, 4e8, 8e8, 1e9, 14e8, 2e9, 5e9, 1e10, 15e9]'

const { engine, stop } = await startTestEngine()
try {
  const database = engine.writer
  const run = (sql: string): Promise<unknown> => database.command(sql)
  const cpu = async (): Promise<number> =>
    Number(
      (
        await database.rows<{ us: string }>(
          "SELECT toString(value) AS us FROM system.events WHERE event = 'OSCPUVirtualTimeMicroseconds'",
        )
      )[0]!.us,
    )
  for (const name of ['bench_plain', 'bench_viewed'])
    await run(`CREATE TABLE ${name} (${COLUMNS}) ENGINE = MergeTree ORDER BY (ServiceName, Timestamp)`)
  await run(`CREATE TABLE bench_counts (ServiceName LowCardinality(String), SpanName LowCardinality(String), Kind UInt8, StatusCode UInt8, Time DateTime('UTC'),
    Calls SimpleAggregateFunction(sum, UInt64), Buckets SimpleAggregateFunction(sumMap, Map(UInt8, UInt64)))
    ENGINE = AggregatingMergeTree ORDER BY (ServiceName, SpanName, Kind, StatusCode, Time)`)
  await run(`CREATE MATERIALIZED VIEW bench_view TO bench_counts AS SELECT ServiceName, SpanName, Kind, StatusCode, toStartOfInterval(toDateTime(Timestamp), INTERVAL 15 SECOND) AS Time,
    count() AS Calls, sumMap(map(toUInt8(arrayCount(b -> Duration > b, ${BOUNDS})), toUInt64(1))) AS Buckets
    FROM bench_viewed GROUP BY ServiceName, SpanName, Kind, StatusCode, Time`)
  const costs: Record<string, number[]> = { bench_plain: [], bench_viewed: [] }
  for (let i = 0; i < INSERTS; i++)
    for (const name of ['bench_plain', 'bench_viewed']) {
      const before = await cpu()
      await run(`INSERT INTO ${name} ${SPANS}`)
      costs[name]!.push((((await cpu()) - before) * 1000) / ROWS)
    }
  for (const [name, all] of Object.entries(costs))
    console.log(name, `${all.sort((a, b) => a - b)[Math.floor(INSERTS / 2)]!.toFixed(0)} ns of CPU per span`)
} finally {
  await stop()
}
