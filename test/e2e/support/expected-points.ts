import type {
  Exemplar,
  ExponentialHistogramDataPoint,
  HistogramDataPoint,
  InstrumentationScope,
  Long,
  Metric,
  MetricsRequest,
  NumberDataPoint,
  Resource,
  SummaryDataPoint,
} from '../../otlp/proto.ts'
import {
  type ExpectedRow,
  hex,
  lettersOf,
  mapOf,
  nanos,
  OWNER_COLUMNS,
  ownerOf,
  SCOPE_COLUMNS,
  scopeOf,
} from './expected-row.ts'

/**
 * What the tables of data points must hold for plain metrics, each point with what its row of `metric_series` must say.
 * Times must be within what the clock rules let pass. Doubles are compared by their eight bytes.
 */
export const POINT_TABLES = [
  'samples',
  'histogram_samples',
  'exp_histogram_samples',
  'summary_samples',
  'exemplars',
] as const
export type PointTable = (typeof POINT_TABLES)[number]

type AnyPoint = NumberDataPoint & HistogramDataPoint & ExponentialHistogramDataPoint & SummaryDataPoint
type Kind = {
  readonly table: PointTable
  readonly type: string
  readonly columns: (point: AnyPoint) => ExpectedRow
}

const bitsOf = (value = 0): string => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return String(bytes.readBigUInt64LE())
}
const bits = (column: string): string => `toString(reinterpretAsUInt64(${column}))`
const eachBits = (column: string): string => `arrayMap(x -> ${bits('x')}, ${column})`
const texts = (values: ReadonlyArray<Long> = []): string[] => values.map(String)

function numberOf({ asInt, asDouble }: Pick<NumberDataPoint, 'asInt' | 'asDouble'>): ExpectedRow {
  if (asInt === undefined) return { Value: bitsOf(asDouble), IsInt: false, ExactInt: '0' }
  const value = Number(asInt)
  const isExact = BigInt(value) === BigInt(asInt)
  return { Value: bitsOf(value), IsInt: true, ExactInt: isExact ? '0' : String(asInt) }
}
const NUMBER = `${bits('Value')} AS Value, IsInt, toString(ExactInt) AS ExactInt`

function countedOf({ count = 0, sum, min, max }: AnyPoint): ExpectedRow {
  const present = (sum === undefined ? 0 : 1) + (min === undefined ? 0 : 2) + (max === undefined ? 0 : 4)
  return { Count: String(count), Sum: bitsOf(sum), Min: bitsOf(min), Max: bitsOf(max), Present: present }
}
const COUNTED = `toString(Count) AS Count, ${bits('Sum')} AS Sum, ${bits('Min')} AS Min, ${bits('Max')} AS Max, Present`

const samples = { table: 'samples', columns: numberOf } as const
const KINDS: Readonly<Record<string, Kind>> = {
  gauge: { ...samples, type: 'gauge' },
  sum: { ...samples, type: 'sum' },
  histogram: {
    table: 'histogram_samples',
    type: 'histogram',
    columns: (point) => ({
      ...countedOf(point),
      BucketCounts: texts(point.bucketCounts),
      ExplicitBounds: (point.explicitBounds ?? []).map(bitsOf),
    }),
  },
  exponentialHistogram: {
    table: 'exp_histogram_samples',
    type: 'exponential_histogram',
    columns: (point) => ({
      ...countedOf(point),
      Scale: point.scale ?? 0,
      ZeroCount: String(point.zeroCount ?? 0),
      ZeroThreshold: bitsOf(point.zeroThreshold),
      PositiveOffset: point.positive?.offset ?? 0,
      PositiveBucketCounts: texts(point.positive?.bucketCounts),
      NegativeOffset: point.negative?.offset ?? 0,
      NegativeBucketCounts: texts(point.negative?.bucketCounts),
    }),
  },
  summary: {
    table: 'summary_samples',
    type: 'summary',
    columns: ({ count = 0, sum, quantileValues = [] }) => ({
      Count: String(count),
      Sum: bitsOf(sum),
      Quantiles: quantileValues.map(({ quantile }) => bitsOf(quantile)),
      Values: quantileValues.map(({ value }) => bitsOf(value)),
    }),
  },
}

/** What each table's own columns are read as. */
const OWN_COLUMNS: Readonly<Record<PointTable, string>> = {
  samples: NUMBER,
  histogram_samples: `${COUNTED}, arrayMap(x -> toString(x), BucketCounts) AS BucketCounts,
    ${eachBits('ExplicitBounds')} AS ExplicitBounds`,
  exp_histogram_samples: `${COUNTED}, Scale, toString(ZeroCount) AS ZeroCount, ${bits('ZeroThreshold')} AS ZeroThreshold,
    PositiveOffset, arrayMap(x -> toString(x), PositiveBucketCounts) AS PositiveBucketCounts,
    NegativeOffset, arrayMap(x -> toString(x), NegativeBucketCounts) AS NegativeBucketCounts`,
  summary_samples: `toString(Count) AS Count, ${bits('Sum')} AS Sum,
    ${eachBits('`ValueAtQuantiles.Quantile`')} AS Quantiles, ${eachBits('`ValueAtQuantiles.Value`')} AS Values`,
  exemplars: `${nanos('ExemplarTime')} AS ExemplarTime, ${NUMBER}, hex(TraceId) AS TraceId, hex(SpanId) AS SpanId,
    FilteredAttributes, FilteredAttributeTypes`,
}

const SERIES_COLUMNS = `${OWNER_COLUMNS}, MetricType, Temporality, IsMonotonic, Unit, Description, Metadata, MetadataTypes,
  ${SCOPE_COLUMNS}, Attributes, AttributeTypes`

/** Reads a table in the shape of {@link expectedPoints}, by ClickHouse alone: every point with its series of its day. */
export function pointsSql(table: PointTable): string {
  return `SELECT MetricName, ${nanos('TimeUnix')} AS Time, ${nanos('StartTimeUnix')} AS Start, Flags, RetentionDays,
    ${OWN_COLUMNS[table]}, ${SERIES_COLUMNS}
    FROM ${table} AS point ANY LEFT JOIN (SELECT SeriesFingerprint, Day, ResourceFingerprint AS SeriesResource, MetricName,
      ${SERIES_COLUMNS} FROM metric_series FINAL) AS series
    ON point.TenantId = series.TenantId AND point.MetricName = series.MetricName AND
      point.SeriesFingerprint = series.SeriesFingerprint AND toDate(point.TimeUnix) = series.Day AND
      point.ResourceFingerprint = series.SeriesResource
    ORDER BY Seq`
}

type Context = {
  readonly resource: Resource
  readonly scope: InstrumentationScope
  readonly schemaUrl: string
}

/** The rows of every table. */
export function expectedPoints({
  resourceMetrics = [],
}: MetricsRequest): Array<readonly [PointTable, ExpectedRow]> {
  return resourceMetrics.flatMap(({ resource = {}, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ scope = {}, schemaUrl = '', metrics = [] }) =>
      metrics.flatMap((metric) => rowsOfMetric({ resource, scope, schemaUrl }, metric)),
    ),
  )
}

function rowsOfMetric(context: Context, metric: Metric): Array<readonly [PointTable, ExpectedRow]> {
  const [name] = Object.keys(KINDS).filter((key) => key in metric)
  if (name === undefined) return []
  const { table, type, columns } = KINDS[name]!
  const data = metric[name as 'sum']!
  return ((data.dataPoints ?? []) as AnyPoint[]).flatMap((point) => {
    const common = {
      MetricName: metric.name ?? '',
      Time: String(point.timeUnixNano),
      Start: String(point.startTimeUnixNano ?? 0),
      Flags: point.flags ?? 0,
      RetentionDays: 30,
    }
    const series = {
      ...ownerOf(context.resource),
      MetricType: type,
      Temporality: data.aggregationTemporality ?? 0,
      IsMonotonic: data.isMonotonic ?? false,
      Unit: metric.unit ?? '',
      Description: metric.description ?? '',
      Metadata: mapOf(metric.metadata),
      MetadataTypes: lettersOf(metric.metadata),
      ...scopeOf(context.scope, context.schemaUrl),
      Attributes: mapOf(point.attributes),
      AttributeTypes: lettersOf(point.attributes),
    }
    const exemplars = (point.exemplars ?? []).map(
      (exemplar) => ['exemplars', { ...common, ...exemplarOf(exemplar), ...series }] as const,
    )
    return [[table, { ...common, ...columns(point), ...series }] as const, ...exemplars]
  })
}

function exemplarOf(exemplar: Exemplar): ExpectedRow {
  return {
    ExemplarTime: String(exemplar.timeUnixNano ?? 0),
    ...numberOf(exemplar),
    TraceId: hex(exemplar.traceId, 16),
    SpanId: hex(exemplar.spanId, 8),
    FilteredAttributes: mapOf(exemplar.filteredAttributes),
    FilteredAttributeTypes: lettersOf(exemplar.filteredAttributes),
  }
}
