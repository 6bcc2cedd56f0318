import { prometheusName } from '../../../otlp/prometheus-names.ts'
import { PromqlLimitError } from '../../promql/error.ts'
import { compileMatcher } from '../../promql/matcher.ts'
import type { LabelMatcher } from '../../promql/source.ts'
import { withinDays } from '../../sql/conditions.ts'
import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import { type Part, type PointTable, partsOf } from '../naming/parts.ts'
import type { Interval, TenantRun } from './store.ts'
import { daysOf } from './times.ts'

export const NAME_LABEL = '__name__'

/** A metric as it was sent. */
export type StoredMetric = {
  readonly name: string
  readonly type: string
  readonly unit: string
  readonly monotonic: boolean
  readonly description: string
}
/** Series of a metric that have one name in Prometheus. */
export type NamedPart = {
  readonly metric: StoredMetric
  readonly family: string
  readonly name: string
  readonly part: Part
  readonly table: PointTable
}

/** Metrics of one tenant that a query may choose among. */
const METRICS_MAX = 50_000

type MetricRow = Omit<StoredMetric, 'monotonic'> & { readonly monotonic: number }

/** The metrics with points on the days of an interval, and what their series are called. Throws {@link PromqlLimitError}. */
export async function namedParts(
  { store, tenantId, run }: TenantRun,
  interval: Interval,
  matchers: ReadonlyArray<LabelMatcher>,
): Promise<NamedPart[]> {
  const { column } = store.series
  const key = ['MetricName', 'MetricType', 'Unit', 'IsMonotonic'].map((name) => column(name))
  const names = matchers.filter(({ name }) => name === NAME_LABEL)
  const statement = select({
    from: store.series,
    tenantId,
    columns: {
      name: column('MetricName'),
      type: column('MetricType'),
      unit: column('Unit'),
      monotonic: sql`toUInt8(${column('IsMonotonic')})`,
      description: sql`any(${column('Description')})`,
    },
    where: withinDays(column('Day'), daysOf(interval)),
    groupBy: key,
    // Of groups: the names of all rows would be taken apart, one by one.
    having: likelyNames(column('MetricName'), names),
    limit: METRICS_MAX + 1,
  })
  const rows = await store.queries.rows<MetricRow>(statement, run)
  if (rows.length > METRICS_MAX)
    throw new PromqlLimitError(
      `the tenant has more than ${METRICS_MAX} metrics in this time range: name the metric, or take a shorter range`,
    )
  const tests = names.map(compileMatcher)
  return rows
    .flatMap((row) => partsNamed(store, { ...row, monotonic: row.monotonic === 1 }))
    .filter(({ name }) => tests.every((matches) => matches(name)))
}

function partsNamed({ translation, limits }: TenantRun['store'], metric: StoredMetric): NamedPart[] {
  const of = partsOf(metric.type, limits.convertHistogramsToNhcb)
  if (of === undefined) return []
  const named = translation.family(metric)
  return of.parts.map(({ part, suffix }) => ({
    metric,
    family: named,
    name: named + suffix,
    part,
    table: of.table,
  }))
}

/**
 * A condition that no metric fails whose series may have the name: each word of it is one of the name's, or one of those that
 * are moved. Names that are compared otherwise are looked at here.
 */
function likelyNames(column: Fragment, matchers: ReadonlyArray<LabelMatcher>): Fragment[] {
  return matchers
    .filter(({ op, value }) => op === '=' && value !== '')
    .map(({ value }) => {
      const words = [...wordsOf(value), 'total', 'ratio']
      return sql`${column} = ${bind('String', value)} OR hasAll(${bind('Array(String)', words)}, arrayFilter(word -> word != '', splitByRegexp('[^A-Za-z0-9:]+', toString(${column}))))`
    })
}

/** As the translation takes a name apart; a digit in front has an underscore before it, which is none. */
const wordsOf = (name: string): string[] =>
  prometheusName({ name, unit: '', type: 'gauge', monotonic: false }).split('_')
