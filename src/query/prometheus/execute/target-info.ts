import { TARGET_INFO } from '../../../otlp/prometheus-names.ts'
import { type Series, seriesOf } from '../../logql/metrics/series.ts'
import { compileMatcher } from '../../promql/matcher.ts'
import type { LabelMatcher } from '../../promql/source.ts'
import { withinDays } from '../../sql/conditions.ts'
import { sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import { NAME_LABEL } from './catalog.ts'
import { type FloatChunk, tooManySamples } from './float-series.ts'
import { firstValues, type ResourceAttributes, targetLabels } from './resource-labels.ts'
import { tooManySeries } from './series.ts'
import type { Interval, TenantRun } from './store.ts'
import { daysOf } from './times.ts'

const DAY_MS = 86_400_000
const RESOURCES_MAX = 50_000
const IDENTIFYING: ReadonlySet<string> = new Set(['service.name', 'service.namespace', 'service.instance.id'])

type Row = ResourceAttributes & { readonly days: ReadonlyArray<number> }

/** Series of `target_info`: 1 for every resource, on the days that it has rows, at least twice within a lookback. */
export async function targetInfo(
  tenant: TenantRun,
  interval: Interval,
  matchers: ReadonlyArray<LabelMatcher>,
  samplesMax: number,
): Promise<Array<[Series, FloatChunk]>> {
  const { store } = tenant
  const { lookbackMs } = store.limits
  const everyMs = Math.ceil(lookbackMs / 2)
  const endMs = Math.min(interval.endMs, store.nowMs())
  const found: Array<[Series, FloatChunk]> = []
  let left = samplesMax
  for (const [series, days] of await infoSeries(tenant, interval, matchers)) {
    const timesMs: number[] = []
    for (const day of days) {
      const from = Math.max(day * DAY_MS, interval.startMs + 1)
      const to = Math.min((day + 1) * DAY_MS - 1, endMs)
      for (let at = Math.ceil(from / everyMs) * everyMs; at <= to; at += everyMs) timesMs.push(at)
    }
    left -= timesMs.length
    if (left < 0) throw tooManySamples(samplesMax)
    found.push([
      series,
      { timesMs: Float64Array.from(timesMs), values: new Float64Array(timesMs.length).fill(1) },
    ])
  }
  return found
}

/** The resources that have a name or an instance and say something else too, with the days that they have rows on. */
export async function infoSeries(
  { store, tenantId, run }: TenantRun,
  interval: Interval,
  matchers: ReadonlyArray<LabelMatcher>,
): Promise<Map<Series, ReadonlyArray<number>>> {
  const { column } = store.resources
  const fingerprint = column('ResourceFingerprint')
  const attributes = column('Attributes')
  const statement = select({
    from: store.resources,
    tenantId,
    columns: {
      fingerprint: sql`toString(${fingerprint})`,
      keys: sql`mapKeys(any(${attributes}))`,
      values: sql`mapValues(any(${attributes}))`,
      days: sql`arraySort(groupUniqArray(toUInt32(toUInt16(${column('Day')}))))`,
    },
    where: withinDays(column('Day'), daysOf(interval)),
    groupBy: [fingerprint],
    limit: RESOURCES_MAX + 1,
  })
  const tests = matchers.map((matcher) => ({ name: matcher.name, matches: compileMatcher(matcher) }))
  const byKey = new Map<string, { series: Series; days: Set<number> }>()
  let read = 0
  for await (const rows of store.queries.stream<Row>(statement, run))
    for (const row of rows) {
      if (++read > RESOURCES_MAX) throw tooManySeries(RESOURCES_MAX)
      const series = infoOf(row, store.translation.label)
      if (series === undefined) continue
      if (!tests.every(({ name, matches }) => matches(series.labels.get(name) ?? ''))) continue
      const known = byKey.get(series.key) ?? { series, days: new Set<number>() }
      byKey.set(series.key, known)
      for (const day of row.days) known.days.add(day)
    }
  return new Map([...byKey.values()].map(({ series, days }) => [series, [...days].sort((a, b) => a - b)]))
}

/** Is there any such series on the days of an interval? */
export async function hasInfo({ store, tenantId, run }: TenantRun, interval: Interval): Promise<boolean> {
  const { column } = store.resources
  const attributes = column('Attributes')
  const statement = select({
    from: store.resources,
    tenantId,
    columns: { found: sql`1` },
    where: [
      ...withinDays(column('Day'), daysOf(interval)),
      sql`mapContains(${attributes}, 'service.name') OR mapContains(${attributes}, 'service.instance.id')`,
    ],
    limit: 1,
  })
  return (await store.queries.rows(statement, run)).length > 0
}

function infoOf(row: Row, label: (attribute: string) => string): Series | undefined {
  const value = firstValues(row)
  const target = targetLabels(value)
  const others = [...value].filter(([key, text]) => text !== '' && !IDENTIFYING.has(key))
  if (target.length === 0 || others.length === 0) return undefined
  return seriesOf([
    ...new Map([
      ...others.map(([key, text]) => [label(key), text] as const),
      ...target,
      [NAME_LABEL, TARGET_INFO] as const,
    ]),
  ])
}
