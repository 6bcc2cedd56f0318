import { bind, type Fragment, type Statement, sql } from '../sql/fragment.ts'
import type { Run } from '../sql/queries.ts'
import { select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'
import type { CardinalityStore } from './store.ts'
import { type KindShare, kindShares } from './values/shares.ts'

/** An attribute of a metric's data points. */
export type Label = {
  readonly label: string
  /** Different values, to about one percent. */
  readonly values: number
  /** Series that have it, to about one percent. */
  readonly series: number
}

/** What becomes of a metric without a label. */
export type ExaminedLabel = Label & {
  /** Series that are left when the label is removed, exactly. */
  readonly seriesLeft: number
  /** Of up to {@link SAMPLE_MAX} of its values. */
  readonly kinds: ReadonlyArray<KindShare>
}

export type MetricQuery = { readonly tenantId: string; readonly metric: string; readonly nowMs: number }

const DAY_MS = 86_400_000
/** Each makes a set of all series in ClickHouse's memory. */
const EXAMINED_MAX = 20

/** The series of a metric that were stored yesterday and today (UTC). */
function ofMetric(series: Source, { metric, nowMs }: MetricQuery): Fragment[] {
  const yesterday = new Date(nowMs - DAY_MS).toISOString().slice(0, 10)
  return [
    sql`${series.column('MetricName')} = ${bind('String', metric)}`,
    sql`${series.column('Day')} >= toDate(${bind('String', yesterday)})`,
  ]
}

/** The labels of a metric with most values. */
export function labelsStatement(series: Source, query: MetricQuery & { readonly limit: number }): Statement {
  const attributes = series.column('Attributes')
  return select({
    from: series,
    tenantId: query.tenantId,
    columns: {
      label: sql`arrayJoin(mapKeys(${attributes}))`,
      values: sql`toFloat64(uniq(${attributes}[label]))`,
      series: sql`toFloat64(uniq(${series.column('SeriesFingerprint')}))`,
    },
    where: ofMetric(series, query),
    groupBy: [sql`label`],
    orderBy: [sql`values DESC`, sql`label`],
    limit: query.limit,
  })
}

/** How many series a metric has, exactly. */
export function seriesStatement(series: Source, query: MetricQuery): Statement {
  return select({
    from: series,
    tenantId: query.tenantId,
    columns: { series: sql`toFloat64(uniqExact(${series.column('SeriesFingerprint')}))` },
    where: ofMetric(series, query),
    limit: 1,
  })
}

/** Attributes as triples of key, value and the letter of their type: 1 and "1" are two values. */
function typed(series: Source, attributesName: string, typesName: string): Fragment {
  const attributes = series.column(attributesName)
  const keys = sql`mapKeys(${attributes})`
  const letters = sql`arrayMap(i -> substring(${series.column(typesName)}, i, 1), arrayEnumerate(${keys}))`
  return sql`arrayZip(${keys}, mapValues(${attributes}), ${letters})`
}

/**
 * For each of these labels: a sample of its values, and how many series are left without it. A series without a label is
 * told by what a fingerprint is made of (src/otlp/series) but that label; attributes in order, since theirs means nothing.
 */
export function withoutStatement(
  series: Source,
  query: MetricQuery,
  labels: ReadonlyArray<string>,
): Statement {
  const attributes = series.column('Attributes')
  const names = [
    ...['ResourceFingerprint', 'MetricType', 'Temporality', 'IsMonotonic', 'Unit'],
    ...['ScopeName', 'ScopeVersion', 'ScopeSchemaUrl', 'ScopeDroppedAttributesCount'],
  ]
  const identity = names.map((name) => series.column(name)).reduce((all, one) => sql`${all}, ${one}`)
  const scope = sql`arraySort(${typed(series, 'ScopeAttributes', 'ScopeAttributeTypes')})`
  const own = typed(series, 'Attributes', 'AttributeTypes')
  const left = sql`arraySort(arrayFilter(attribute -> attribute.1 != label, ${own}))`
  return select({
    from: series,
    tenantId: query.tenantId,
    columns: {
      label: sql`arrayJoin(${bind('Array(String)', labels)})`,
      seriesLeft: sql`toFloat64(uniqExact(${identity}, ${scope}, ${left}))`,
      // 256 characters tell what kind of value it is.
      sample: sql`groupUniqArrayIf(500)(substringUTF8(${attributes}[label], 1, 256), mapContains(${attributes}, label))`,
    },
    where: ofMetric(series, query),
    groupBy: [sql`label`],
    limit: labels.length,
  })
}

type Without = { readonly label: string; readonly seriesLeft: number; readonly sample: ReadonlyArray<string> }

/** What is stored of a metric: its series, and its labels with most values first. */
export type StoredMetric = {
  readonly stored: number
  /** The first {@link EXAMINED_MAX} are examined. */
  readonly labels: ReadonlyArray<Label & Partial<ExaminedLabel>>
}

export async function readLabels(
  { queries, metricSeries }: CardinalityStore,
  query: MetricQuery & { readonly limit: number },
  run: Run,
): Promise<StoredMetric> {
  const labels = await queries.rows<Label>(labelsStatement(metricSeries, query), run)
  const [counted] = await queries.rows<{ series: number }>(seriesStatement(metricSeries, query), run)
  const names = labels.slice(0, EXAMINED_MAX).map(({ label }) => label)
  const statement = withoutStatement(metricSeries, query, names)
  const examined = names.length === 0 ? [] : await queries.rows<Without>(statement, run)
  const known = new Map(examined.map((one) => [one.label, one]))
  return {
    stored: counted?.series ?? 0,
    labels: labels.map((label) => {
      const one = known.get(label.label)
      if (one === undefined) return label
      return { ...label, seriesLeft: one.seriesLeft, kinds: kindShares(one.sample) }
    }),
  }
}
