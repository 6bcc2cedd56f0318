import { createView, type SchemaTarget } from './ddl.ts'
import { ATTRIBUTE_MAP, idText } from './types.ts'

type NameOf = (table: string) => string

const SECONDS = (column: string): string => `toDateTime(${column}, 'UTC')`

const COMMON: ReadonlyArray<string> = [
  'resource.Attributes AS ResourceAttributes',
  "CAST(resource.SchemaUrl, 'String') AS ResourceSchemaUrl",
  "CAST(series.ScopeName, 'String') AS ScopeName",
  "CAST(series.ScopeVersion, 'String') AS ScopeVersion",
  'series.ScopeAttributes AS ScopeAttributes',
  'series.ScopeDroppedAttributesCount AS ScopeDroppedAttrCount',
  "CAST(series.ScopeSchemaUrl, 'String') AS ScopeSchemaUrl",
  'series.ServiceName AS ServiceName',
  'point.MetricName AS MetricName',
  'series.Description AS MetricDescription',
  "CAST(series.Unit, 'String') AS MetricUnit",
  'series.Attributes AS Attributes',
  `${SECONDS('point.StartTimeUnix')} AS StartTimeUnix`,
  `${SECONDS('point.TimeUnix')} AS TimeUnix`,
]
const FLAGS = 'point.Flags AS Flags'
const TEMPORALITY = 'series.Temporality AS AggregationTemporality'
const EXEMPLARS: ReadonlyArray<string> = [
  'exemplar.AttributeMaps AS `Exemplars.FilteredAttributes`',
  'exemplar.Times AS `Exemplars.TimeUnix`',
  'exemplar.Values AS `Exemplars.Value`',
  'exemplar.SpanIds AS `Exemplars.SpanId`',
  'exemplar.TraceIds AS `Exemplars.TraceId`',
]
const COUNTED: ReadonlyArray<string> = ['point.Count AS Count', 'point.Sum AS Sum']
const LIMITS: ReadonlyArray<string> = ['point.Min AS Min', 'point.Max AS Max']

type View = {
  readonly name: string
  readonly table: string
  /** In `metric_series`. */
  readonly type: string
  readonly columns: ReadonlyArray<string>
  readonly hasExemplars: boolean
}

const VIEWS: ReadonlyArray<View> = [
  {
    name: 'otel_metrics_gauge',
    table: 'samples',
    type: 'gauge',
    columns: ['point.Value AS Value', FLAGS, ...EXEMPLARS],
    hasExemplars: true,
  },
  {
    name: 'otel_metrics_sum',
    table: 'samples',
    type: 'sum',
    columns: ['point.Value AS Value', FLAGS, ...EXEMPLARS, TEMPORALITY, 'series.IsMonotonic AS IsMonotonic'],
    hasExemplars: true,
  },
  {
    name: 'otel_metrics_histogram',
    table: 'histogram_samples',
    type: 'histogram',
    columns: [
      ...COUNTED,
      'point.BucketCounts AS BucketCounts',
      'point.ExplicitBounds AS ExplicitBounds',
      ...EXEMPLARS,
      FLAGS,
      ...LIMITS,
      TEMPORALITY,
    ],
    hasExemplars: true,
  },
  {
    name: 'otel_metrics_exp_histogram',
    table: 'exp_histogram_samples',
    type: 'exponential_histogram',
    columns: [
      ...COUNTED,
      'point.Scale AS Scale',
      'point.ZeroCount AS ZeroCount',
      'point.PositiveOffset AS PositiveOffset',
      'point.PositiveBucketCounts AS PositiveBucketCounts',
      'point.NegativeOffset AS NegativeOffset',
      'point.NegativeBucketCounts AS NegativeBucketCounts',
      ...EXEMPLARS,
      FLAGS,
      ...LIMITS,
      TEMPORALITY,
    ],
    hasExemplars: true,
  },
  {
    name: 'otel_metrics_summary',
    table: 'summary_samples',
    type: 'summary',
    columns: [
      ...COUNTED,
      'point.`ValueAtQuantiles.Quantile` AS `ValueAtQuantiles.Quantile`',
      'point.`ValueAtQuantiles.Value` AS `ValueAtQuantiles.Value`',
      FLAGS,
    ],
    hasExemplars: false,
  },
]

/**
 * The statements for `otel_metrics_*`: the columns of clickhouseexporter v0.161.0, by name, order and type; times in
 * seconds, as there. All tenants: for operators. A row is a data point with what its series, its resource and its
 * exemplars say; joined as `otel_logs` is.
 */
export function otelMetricsViews(target: SchemaTarget): string[] {
  return VIEWS.flatMap((view) => createView(view.name, target, (nameOf) => select(view, nameOf)))
}

function select({ table, type, columns, hasExemplars }: View, nameOf: NameOf): string {
  return [
    'SELECT',
    [...COMMON, ...columns].map((column) => `  ${column}`).join(',\n'),
    `FROM ${nameOf(table)} AS point`,
    'ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, Day, ServiceName, MetricType, Temporality, IsMonotonic, ' +
      'Unit, Description, ScopeName, ScopeVersion, ScopeSchemaUrl, ScopeAttributes, ScopeDroppedAttributesCount, ' +
      `Attributes FROM ${nameOf('metric_series')}) AS series`,
    'ON point.TenantId = series.TenantId AND point.MetricName = series.MetricName AND ' +
      'point.SeriesFingerprint = series.SeriesFingerprint AND toDate(point.TimeUnix) = series.Day',
    `ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, SchemaUrl, Attributes FROM ${nameOf('resources')}) AS resource`,
    'ON point.TenantId = resource.TenantId AND point.ResourceFingerprint = resource.ResourceFingerprint AND ' +
      'toDate(point.TimeUnix) = resource.Day',
    ...(hasExemplars ? exemplarsJoin(nameOf) : []),
    `WHERE series.MetricType = '${type}'`,
  ].join('\n')
}

function exemplarsJoin(nameOf: NameOf): string[] {
  return [
    'ANY LEFT JOIN (SELECT TenantId, MetricName, SeriesFingerprint, TimeUnix AS PointTime, ' +
      // An aggregate function leaves LowCardinality out of a map's type.
      `CAST(groupArray(FilteredAttributes), 'Array(${ATTRIBUTE_MAP})') AS AttributeMaps, ` +
      `groupArray(${SECONDS('ExemplarTime')}) AS Times, groupArray(Value) AS Values, ` +
      `groupArray(${idText('SpanId')}) AS SpanIds, groupArray(${idText('TraceId')}) AS TraceIds`,
    `FROM ${nameOf('exemplars')} GROUP BY TenantId, MetricName, SeriesFingerprint, PointTime) AS exemplar`,
    'ON point.TenantId = exemplar.TenantId AND point.MetricName = exemplar.MetricName AND ' +
      'point.SeriesFingerprint = exemplar.SeriesFingerprint AND point.TimeUnix = exemplar.PointTime',
  ]
}
