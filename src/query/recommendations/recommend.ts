import { prometheusName } from '../../otlp/prometheus-names.ts'
import { type Activity, NO_ACTIVITY, readActivity } from '../cardinality/activity.ts'
import { type Saving, savedByDrop, savedByRemoval } from '../cardinality/fixes.ts'
import { readLabels } from '../cardinality/labels.ts'
import type { CardinalityStore } from '../cardinality/store.ts'
import type { Run } from '../sql/queries.ts'
import { type MetricRow, metricsStatement } from './statements.ts'
import type { KnownMetric, Use } from './use.ts'

export type UnusedMetric = {
  readonly metric: string
  readonly type: string
  readonly unit: string
  /** The name that dashboards would have it by. */
  readonly prometheus: string
  readonly saves: Saving
}

export type UnusedLabel = {
  readonly metric: string
  readonly label: string
  readonly values: number
  /** Exactly, without this label and with all others. */
  readonly seriesLeft: number
  readonly saves: Saving
}

export type Recommendations = {
  readonly metrics: ReadonlyArray<UnusedMetric>
  readonly labels: ReadonlyArray<UnusedLabel>
}

/** Of so many used metrics, those with most series, each label is tried: some statements each. */
const EXAMINED_METRICS = 10
const EXAMINED_LABELS = 20
const DAY_MS = 86_400_000

type Metric = KnownMetric & { readonly series: number }

/** Rows of one name stand for one metric: it is dropped, or not, by its name. */
function metricsOf(rows: ReadonlyArray<MetricRow>): Metric[] {
  const found = new Map<string, Metric>()
  for (const { metric, type, unit, monotonic, series } of rows) {
    const known = found.get(metric) ?? { metric, as: [], series: 0 }
    const named = { name: metric, type, unit, monotonic: monotonic === 1 }
    found.set(metric, { metric, as: [...known.as, named], series: known.series + series })
  }
  return [...found.values()].sort((a, b) => b.series - a.series)
}

const bySaving = (a: { readonly saves: Saving }, b: { readonly saves: Saving }): number =>
  b.saves.bytesPerDay - a.saves.bytesPerDay || b.saves.series - a.saves.series

function unusedMetric({ metric, as, series }: Metric, activity: Activity | undefined): UnusedMetric {
  const [first] = as
  return {
    metric,
    type: first!.type,
    unit: first!.unit,
    prometheus: prometheusName(first!),
    saves: savedByDrop(activity ?? NO_ACTIVITY, series),
  }
}

export type RecommendQuery = {
  readonly tenantId: string
  readonly nowMs: number
  /** Metrics, and labels. */
  readonly limit: number
}

/** What of a tenant's metrics, stored yesterday and today, is not in use, with what it costs; what saves most first. */
export async function recommend(
  store: CardinalityStore,
  use: Use,
  { tenantId, nowMs, limit }: RecommendQuery,
  run: Run,
): Promise<Recommendations> {
  const today = Math.floor(nowMs / DAY_MS)
  const statement = metricsStatement(store.metricSeries, {
    tenantId,
    days: { first: today - 1, last: today },
  })
  const metrics = metricsOf(await store.queries.rows<MetricRow>(statement, run))
  const activity = await readActivity(store, { tenantId, nowMs }, run)
  const unused = metrics.filter((metric) => !use.ofMetric(metric))
  const examined = metrics
    .filter((metric) => use.ofMetric(metric) && !use.ofAllLabels(metric))
    .slice(0, EXAMINED_METRICS)
  const labels: UnusedLabel[] = []
  for (const { metric } of examined) {
    const query = { tenantId, metric, nowMs, limit: EXAMINED_LABELS }
    const { stored, labels: found } = await readLabels(store, query, run)
    for (const { label, values, seriesLeft } of found) {
      if (seriesLeft === undefined || seriesLeft >= stored || use.ofLabel(label)) continue
      const saves = savedByRemoval(activity.get(metric) ?? NO_ACTIVITY, stored, seriesLeft)
      labels.push({ metric, label, values, seriesLeft, saves })
    }
  }
  return {
    metrics: unused
      .map((metric) => unusedMetric(metric, activity.get(metric.metric)))
      .sort(bySaving)
      .slice(0, limit),
    labels: labels.sort(bySaving).slice(0, limit),
  }
}
