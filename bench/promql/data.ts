import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'

/** A day of counters, scraped every 15 seconds. */
export const SCRAPE_SECONDS = 15
export const DAY_SECONDS = 86_400
const POINTS = DAY_SECONDS / SCRAPE_SECONDS
const PATHS = 10
const RETENTION_DAYS = 30

export type Metric = { readonly name: string; readonly series: number }

/** As many series as make so many samples. */
export const seriesFor = (samples: number): number => Math.round(samples / POINTS)

const BY_LARGE_BLOCKS =
  'SETTINGS max_threads = 1, max_insert_threads = 1, min_insert_block_size_rows = 1000000, min_insert_block_size_bytes = 0'

/**
 * Counters of pods: ten series each, told apart by `path`, that grow by 0 to 100 a scrape and begin again every few hours. A pod is
 * a resource; what it is called stands in the attribute `pod` too.
 */
export async function fill(
  database: Database,
  metrics: ReadonlyArray<Metric>,
  endSeconds: number,
): Promise<void> {
  await migrate(database)
  const { name } = database
  for (const { name: metric, series } of metrics) {
    const ids = `SELECT number AS id, intDiv(number, ${PATHS}) AS pod, cityHash64({metric:String}, number) AS fp, cityHash64('pod', pod) AS resource FROM numbers(${series})`
    const days = `arrayJoin([toDate(toDateTime(${endSeconds - DAY_SECONDS + 1}, 'UTC')), toDate(toDateTime(${endSeconds}, 'UTC'))])`
    await database.command(
      `INSERT INTO ${name}.metric_series (TenantId, SeriesFingerprint, ResourceFingerprint, Day, RetentionDays, MetricName, MetricType, Temporality, IsMonotonic, Attributes, AttributeTypes)
       SELECT 'default', fp, resource, ${days}, ${RETENTION_DAYS}, {metric:String}, 'sum', 2, true, map('pod', 'pod-' || toString(pod), 'path', '/' || toString(id % ${PATHS})), 'ss' FROM (${ids})`,
      { metric },
    )
    await database.command(
      `INSERT INTO ${name}.resources (TenantId, ResourceFingerprint, Day, RetentionDays, ServiceName, Attributes, AttributeTypes)
       SELECT DISTINCT 'default', resource, ${days}, ${RETENTION_DAYS}, 'shop', map('service.name', 'shop', 'k8s.pod.name', 'pod-' || toString(pod), 'k8s.namespace.name', 'ns-' || toString(pod % 5)), 'sss' FROM (${ids})`,
      { metric },
    )
    // Every series is offset by a few milliseconds; its value is a sum of what came so far, from the last reset on.
    await database.command(
      `INSERT INTO ${name}.samples (TenantId, MetricName, SeriesFingerprint, ResourceFingerprint, TimeUnix, StartTimeUnix, GatewayId, Seq, RetentionDays, Value)
       SELECT 'default', {metric:String}, fp, resource,
         fromUnixTimestamp64Milli(toInt64(${endSeconds - DAY_SECONDS} + (i + 1) * ${SCRAPE_SECONDS}) * 1000 - fp % 10000, 'UTC') AS at, at, 'bench', id * ${POINTS} + i, ${RETENTION_DAYS},
         ((i + id * 37) % (1000 + fp % 1000)) * 50 + cityHash64(fp, i) % 50
       FROM (${ids}) ARRAY JOIN range(${POINTS}) AS i ${BY_LARGE_BLOCKS}`,
      { metric },
    )
  }
  for (const table of ['samples', 'metric_series', 'resources'])
    await database.command(`OPTIMIZE TABLE ${name}.${table} FINAL`, undefined, { timeoutMs: 3_600_000 })
}
