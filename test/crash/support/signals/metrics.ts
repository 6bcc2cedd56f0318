import { type Exemplar, encodeMetricsRequest, type Metric, stringAttributes } from '../../../otlp/proto.ts'
import type { SentRecord } from '../sent-requests.ts'
import { byService, type SignalForm } from './signal-form.ts'

const CUMULATIVE = 2
/** A record's table hangs on its number, so that every request goes to several. */
const TABLES = ['samples', 'histogram_samples', 'exp_histogram_samples', 'summary_samples'] as const
/** The column that holds its number. */
const NUMBERS = {
  samples: 'Value',
  histogram_samples: 'Sum',
  exp_histogram_samples: 'Sum',
  summary_samples: 'Sum',
}

const tableOf = ({ number }: SentRecord): (typeof TABLES)[number] => TABLES[number % TABLES.length]!
const exemplarsOf = ({ number }: SentRecord): number =>
  tableOf({ number } as SentRecord) === 'summary_samples' ? 0 : number % 3

/** What the label says of the book stands in the metric's name, the number is the value. */
export const metricForm: SignalForm = {
  encode: (records) =>
    encodeMetricsRequest({
      resourceMetrics: byService(records, (resource, members) => ({
        resource,
        scopeMetrics: [{ metrics: members.map(toMetric) }],
      })),
    }),
  label: (record) => `${record.name} ${record.number} ${tableOf(record)}`,
  rows: (where) => TABLES.map((table) => rowsSql(table, where)).join(' UNION ALL '),
  tables: [...TABLES, 'exemplars'].map((table) => [table, 'TimeUnix'] as const),
  missing: (where) =>
    `SELECT sum(n) AS missing FROM (${[...TABLES, 'exemplars'].map((table) => missingSql(table, where)).join(' UNION ALL ')})`,
  own: {
    count: exemplarsOf,
    rows: (where) =>
      `SELECT concat(splitByChar('.', MetricName)[1], ' ', toString(toUInt64(Value))) AS label FROM exemplars WHERE ${where}`,
  },
}

function rowsSql(table: (typeof TABLES)[number], where: string): string {
  return `SELECT concat(splitByChar('.', point.MetricName)[1], ' ', toString(toUInt64(point.${NUMBERS[table]})), ' ${table}') AS label,
    series.ServiceName AS ServiceName, toUnixTimestamp64Nano(point.TimeUnix) AS time
    FROM (SELECT * FROM ${table} WHERE ${where}) AS point ANY LEFT JOIN metric_series AS series ON ${onSeries('point')}`
}

function missingSql(table: string, where: string): string {
  return `SELECT count() AS n FROM (SELECT * FROM ${table} WHERE ${where}) AS point LEFT ANTI JOIN metric_series AS series
    ON ${onSeries('point')} AND point.ResourceFingerprint = series.ResourceFingerprint AND point.RetentionDays = series.RetentionDays`
}

function onSeries(point: string): string {
  return `${point}.TenantId = series.TenantId AND ${point}.MetricName = series.MetricName AND
    ${point}.SeriesFingerprint = series.SeriesFingerprint AND toDate(${point}.TimeUnix) = series.Day`
}

function toMetric(record: SentRecord): Metric {
  const { number, name, timeUnixNano, filler } = record
  // Some series are everybody's, some a record's own.
  const attributes = stringAttributes(number % 5 === 0 ? { own: filler } : { route: `/${number % 7}` })
  const exemplars = Array.from(
    { length: exemplarsOf(record) },
    (_, i): Exemplar => ({ timeUnixNano: timeUnixNano - BigInt(i), asInt: number }),
  )
  const point = { timeUnixNano, startTimeUnixNano: 1n, attributes }
  const counted = { ...point, count: number, sum: number }
  const table = tableOf(record)
  const named = { name: `${name}.${table}` }
  switch (table) {
    case 'samples':
      return { ...named, gauge: { dataPoints: [{ ...point, asInt: number, exemplars }] } }
    case 'histogram_samples': {
      const dataPoints = [{ ...counted, explicitBounds: [1], bucketCounts: [0, number], exemplars }]
      return { ...named, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
    }
    case 'exp_histogram_samples': {
      const dataPoints = [{ ...counted, zeroCount: number, exemplars }]
      return { ...named, exponentialHistogram: { aggregationTemporality: CUMULATIVE, dataPoints } }
    }
    case 'summary_samples':
      return { ...named, summary: { dataPoints: [counted] } }
  }
}
