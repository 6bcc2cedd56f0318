import type { KeyValue } from '../parameters/key-value.ts'
import { type OwnerColumns, ownerColumns, type ScopeColumns, scopeColumns } from '../records/fields.ts'
import { atPlace, type Days, hasAttribute, type PlaceFilter, withinDays } from '../sql/conditions.ts'
import { bind, type Fragment, type Statement, sql } from '../sql/fragment.ts'
import { isOneOf, select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'

export type SeriesFilter = PlaceFilter & {
  readonly metric: string
  readonly label?: ReadonlyArray<KeyValue> | undefined
}

export type SeriesQuery = {
  readonly tenantId: string
  readonly filter: SeriesFilter
  readonly days: Days
  /** Fingerprint of the series before the page. */
  readonly after: bigint | undefined
  readonly rows: number
}

/** A series and its days; the rest is fetched for those of the page only. */
export type SeriesRow = {
  /** A 64-bit number as text. */
  readonly series: string
  readonly firstDay: string
  readonly lastDay: string
}

const isMetric = (series: Source, metric: string): Fragment =>
  sql`${series.column('MetricName')} = ${bind('String', metric)}`

/** The series of a metric with points on these days, by fingerprint. */
export function seriesStatement(series: Source, query: SeriesQuery): Statement {
  const { tenantId, filter, days, after, rows } = query
  const day = series.column('Day')
  const fingerprint = series.column('SeriesFingerprint')
  return select({
    from: series,
    tenantId,
    columns: {
      series: sql`toString(${fingerprint})`,
      firstDay: sql`toString(min(${day}))`,
      lastDay: sql`toString(max(${day}))`,
    },
    where: [
      isMetric(series, filter.metric),
      ...(after === undefined ? [] : [sql`${fingerprint} > ${bind('UInt64', String(after))}`]),
      ...withinDays(day, days),
      ...atPlace(series, filter),
      ...(filter.label ?? []).map(({ key, value }) => hasAttribute(series.column('Attributes'), key, value)),
    ],
    groupBy: [fingerprint],
    orderBy: [fingerprint],
    limit: rows,
  })
}

/** What a series is, as ClickHouse sends it: attributes as parallel arrays. */
export type SeriesDetails = OwnerColumns &
  ScopeColumns & {
    readonly series: string
    readonly name: string
    readonly type: string
    readonly temporality: number
    readonly monotonic: number
    readonly unit: string
    readonly description: string
    readonly keys: ReadonlyArray<string>
    readonly values: ReadonlyArray<string>
    readonly types: string
    readonly metadataKeys: ReadonlyArray<string>
    readonly metadataValues: ReadonlyArray<string>
    readonly metadataTypes: string
  }

/** The columns of {@link SeriesDetails}. */
export function seriesColumns(series: Source): Record<keyof SeriesDetails, Fragment> {
  return {
    ...ownerColumns(series),
    series: sql`toString(${series.column('SeriesFingerprint')})`,
    name: series.column('MetricName'),
    type: series.column('MetricType'),
    temporality: series.column('Temporality'),
    monotonic: sql`toUInt8(${series.column('IsMonotonic')})`,
    unit: series.column('Unit'),
    description: series.column('Description'),
    // Arrays, because a JSON object would lose the order that the letters of the types follow.
    keys: sql`mapKeys(${series.column('Attributes')})`,
    values: sql`mapValues(${series.column('Attributes')})`,
    types: series.column('AttributeTypes'),
    metadataKeys: sql`mapKeys(${series.column('Metadata')})`,
    metadataValues: sql`mapValues(${series.column('Metadata')})`,
    metadataTypes: series.column('MetadataTypes'),
    ...scopeColumns(series),
  }
}

/** These series of a metric as they were last described, found by the primary key. */
export function detailsStatement(
  series: Source,
  { tenantId, filter, days }: Pick<SeriesQuery, 'tenantId' | 'filter' | 'days'>,
  fingerprints: ReadonlyArray<string>,
): Statement {
  const fingerprint = series.column('SeriesFingerprint')
  const day = series.column('Day')
  return select({
    from: series,
    tenantId,
    columns: seriesColumns(series),
    where: [isMetric(series, filter.metric), isOneOf(fingerprint, fingerprints), ...withinDays(day, days)],
    orderBy: [sql`${day} DESC`],
    limitBy: { rows: 1, by: fingerprint },
    limit: fingerprints.length,
  })
}
