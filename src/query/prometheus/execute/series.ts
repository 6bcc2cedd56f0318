import type { Series } from '../../logql/metrics/series.ts'
import { seriesOf } from '../../logql/metrics/series.ts'
import { PromqlLimitError } from '../../promql/error.ts'
import { compileMatcher } from '../../promql/matcher.ts'
import type { LabelMatcher } from '../../promql/source.ts'
import { withinDays } from '../../sql/conditions.ts'
import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import { isOneText, select } from '../../sql/select.ts'
import { partLabel } from '../naming/parts.ts'
import { NAME_LABEL, type NamedPart, namedParts } from './catalog.ts'
import { firstValues, type LabelsOfResource, type ResourceAttributes } from './resource-labels.ts'
import type { Interval, TenantRun } from './store.ts'
import { daysOf } from './times.ts'

/** A stored series that a selector means, as one of its parts. */
export type SelectedSeries = {
  readonly fingerprint: string
  /** Fingerprint of its resource, by which its points lie beside others. */
  readonly resource: string
  /** Its points are increases: each counts from the one before. */
  readonly delta: boolean
  /** Nothing says that it counts up: of histograms, those without a temporality. */
  readonly gauge: boolean
  /** Without `le` and `quantile`, which its points say. */
  readonly series: Series
}
/** The selected series of one name and value. */
export type SelectedPart = {
  readonly named: NamedPart
  readonly series: ReadonlyArray<SelectedSeries>
  /** Matchers of `le` or `quantile`. */
  readonly pointMatchers: ReadonlyArray<LabelMatcher>
}

type SeriesRow = ResourceAttributes & {
  readonly resource: string
  readonly name: string
  readonly type: string
  readonly unit: string
  readonly monotonic: number
  readonly temporality: number
}

/** Stored series that one selector may choose among. */
const SERIES_READ_MAX = 500_000
/** OTLP's temporalities. */
const UNSPECIFIED = 0
const DELTA = 1

/**
 * The series of a selector with points on the days of an interval. Throws {@link PromqlLimitError} where they are more than
 * `seriesMax`.
 */
export async function selectSeries(
  tenant: TenantRun,
  interval: Interval,
  matchers: ReadonlyArray<LabelMatcher>,
  seriesMax: number,
): Promise<SelectedPart[]> {
  const parts = await namedParts(tenant, interval, matchers)
  if (parts.length === 0) return []
  const others = matchers.filter(({ name }) => name !== NAME_LABEL)
  const rows = await readRows(tenant, interval, parts, others)
  const resources = await tenant.store.resourceLabels.of(
    tenant,
    new Set(rows.map(({ resource }) => resource)),
  )
  const byMetric = Map.groupBy(rows, metricKey)
  const left = { series: seriesMax, seriesMax }
  const { label } = tenant.store.translation
  return parts.flatMap((named) => {
    const { name, type, unit, monotonic } = named.metric
    const own = byMetric.get(metricKey({ name, type, unit, monotonic: Number(monotonic) })) ?? []
    return partOf(named, own, others, (row) => labelsOf(row, resources(row.resource), label), left)
  })
}

const metricKey = ({
  name,
  type,
  unit,
  monotonic,
}: Pick<SeriesRow, 'name' | 'type' | 'unit' | 'monotonic'>) =>
  `${name}\u0000${type}\u0000${unit}\u0000${monotonic}`

function partOf(
  named: NamedPart,
  rows: ReadonlyArray<SeriesRow>,
  matchers: ReadonlyArray<LabelMatcher>,
  labels: (row: SeriesRow) => Map<string, string>,
  left: { series: number; readonly seriesMax: number },
): SelectedPart[] {
  const ofPoints = partLabel(named.part)
  const pointMatchers = matchers.filter(({ name }) => name === ofPoints)
  const tests = matchers
    .filter(({ name }) => name !== ofPoints)
    .map((matcher) => ({ name: matcher.name, matches: compileMatcher(matcher) }))
  const series: SelectedSeries[] = []
  for (const row of rows) {
    const own = labels(row)
    if (!tests.every(({ name, matches }) => matches(own.get(name) ?? ''))) continue
    if (--left.series < 0) throw tooManySeries(left.seriesMax)
    if (named.name !== '') own.set(NAME_LABEL, named.name)
    series.push({
      fingerprint: row.fingerprint,
      resource: row.resource,
      delta: row.temporality === DELTA,
      gauge: named.part === 'native' && row.temporality === UNSPECIFIED,
      series: seriesOf(own),
    })
  }
  return series.length === 0 ? [] : [{ named, series, pointMatchers }]
}

export function tooManySeries(seriesMax: number): PromqlLimitError {
  return new PromqlLimitError(
    `a selector matches more than ${seriesMax} series: add a matcher, or take a shorter range`,
  )
}

/** Attributes of the point, then what its resource adds; of names that come to be equal, the values stand side by side. */
function labelsOf(
  row: SeriesRow,
  { target, promoted }: LabelsOfResource,
  label: (attribute: string) => string,
): Map<string, string> {
  const labels = new Map<string, string>()
  for (const [key, value] of [...firstValues(row)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === '') continue
    const name = label(key)
    const before = labels.get(name)
    labels.set(name, before === undefined ? value : `${before};${value}`)
  }
  for (const [name, value] of promoted) if (!labels.has(name)) labels.set(name, value)
  for (const [name, value] of target) labels.set(name, value)
  return labels
}

async function readRows(
  { store, tenantId, run }: TenantRun,
  interval: Interval,
  parts: ReadonlyArray<NamedPart>,
  matchers: ReadonlyArray<LabelMatcher>,
): Promise<SeriesRow[]> {
  const { column } = store.series
  const fingerprint = column('SeriesFingerprint')
  const names = [...new Set(parts.map(({ metric }) => metric.name))]
  const statement = select({
    from: store.series,
    tenantId,
    columns: {
      fingerprint: sql`toString(${fingerprint})`,
      resource: sql`toString(${column('ResourceFingerprint')})`,
      name: column('MetricName'),
      type: column('MetricType'),
      unit: column('Unit'),
      monotonic: sql`toUInt8(${column('IsMonotonic')})`,
      temporality: column('Temporality'),
      keys: sql`mapKeys(${column('Attributes')})`,
      values: sql`mapValues(${column('Attributes')})`,
    },
    where: [
      isOneText(column('MetricName'), names),
      ...withinDays(column('Day'), daysOf(interval)),
      ...likelyValues(column('Attributes'), matchers, store.resourceLabels.names),
    ],
    limitBy: { rows: 1, by: sql`${column('MetricName')}, ${fingerprint}` },
    limit: SERIES_READ_MAX + 1,
  })
  const rows: SeriesRow[] = []
  for await (const chunk of store.queries.stream<SeriesRow>(statement, run))
    for (const row of chunk) rows.push(row)
  if (rows.length > SERIES_READ_MAX) throw tooManySeries(SERIES_READ_MAX)
  return rows
}

/** Conditions that no wanted series fails: a label of points that is fixed by `=` is among their attributes. */
function likelyValues(
  attributes: Fragment,
  matchers: ReadonlyArray<LabelMatcher>,
  others: ReadonlySet<string>,
): Fragment[] {
  return matchers
    .filter(({ name, op, value }) => {
      // Values of names that came to be equal stand side by side, so none of the two is the whole.
      return op === '=' && value !== '' && !value.includes(';') && !others.has(name) && !isPointLabel(name)
    })
    .map(({ value }) => sql`has(mapValues(${attributes}), ${bind('String', value)})`)
}

const isPointLabel = (name: string): boolean => name === 'le' || name === 'quantile'
