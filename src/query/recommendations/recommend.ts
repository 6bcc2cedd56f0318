import { setImmediate as others } from 'node:timers/promises'
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
  /** The metrics whose labels were tried. */
  readonly examined: ReadonlyArray<string>
  readonly labels: ReadonlyArray<UnusedLabel>
}

/** Of so many used metrics, those with most series, each label is tried, while there is time: some statements each. */
const EXAMINED_METRICS = 10
const EXAMINED_SHARE_OF_TIME = 0.5
/** Names are held against patterns for so long before other requests get their turn. */
const SLICE_MS = 20
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
  /** How long the request may take. */
  readonly timeoutMs: number
}

type Sorted = { readonly unused: ReadonlyArray<Metric>; readonly used: ReadonlyArray<Metric> }

/** Metrics nobody uses, and those of which not every label is used, in slices. Throws the signal's reason. */
async function sorted(metrics: ReadonlyArray<Metric>, use: Use, signal: AbortSignal): Promise<Sorted> {
  const unused: Metric[] = []
  const used: Metric[] = []
  let sliceEnd = performance.now() + SLICE_MS
  for (const metric of metrics) {
    if (!use.ofMetric(metric)) unused.push(metric)
    else if (!use.ofAllLabels(metric)) used.push(metric)
    if (performance.now() < sliceEnd) continue
    await others()
    signal.throwIfAborted()
    sliceEnd = performance.now() + SLICE_MS
  }
  return { unused, used }
}

/** The labels of a metric that nobody uses and that make series. */
async function unusedLabels(
  store: CardinalityStore,
  use: Use,
  { tenantId, nowMs }: RecommendQuery,
  { metric, samplesPerDay, bytesPerDay }: Pick<Activity, 'metric' | 'samplesPerDay' | 'bytesPerDay'>,
  run: Run,
): Promise<UnusedLabel[]> {
  const query = { tenantId, metric, nowMs, limit: EXAMINED_LABELS }
  const { stored, labels } = await readLabels(store, query, run)
  return labels.flatMap(({ label, values, seriesLeft }): UnusedLabel[] => {
    if (seriesLeft === undefined || seriesLeft >= stored || use.ofLabel(label)) return []
    const saves = savedByRemoval({ samplesPerDay, bytesPerDay }, stored, seriesLeft)
    return [{ metric, label, values, seriesLeft, saves }]
  })
}

/** What of a tenant's metrics, stored yesterday and today, is not in use, with what it costs; what saves most first. */
export async function recommend(
  store: CardinalityStore,
  use: Use,
  query: RecommendQuery,
  run: Run,
): Promise<Recommendations> {
  const { tenantId, nowMs, limit, timeoutMs } = query
  const examineUntil = performance.now() + timeoutMs * EXAMINED_SHARE_OF_TIME
  const today = Math.floor(nowMs / DAY_MS)
  const days = { first: today - 1, last: today }
  const statement = metricsStatement(store.metricSeries, { tenantId, days })
  const metrics = metricsOf(await store.queries.rows<MetricRow>(statement, run))
  const activity = await readActivity(store, { tenantId, nowMs }, run)
  const { unused, used } = await sorted(metrics, use, run.signal)
  const labels: UnusedLabel[] = []
  const examined: string[] = []
  for (const { metric } of used.slice(0, EXAMINED_METRICS)) {
    if (performance.now() > examineUntil) break
    const volume = activity.get(metric) ?? { metric, ...NO_ACTIVITY }
    labels.push(...(await unusedLabels(store, use, query, volume, run)))
    examined.push(metric)
  }
  return {
    metrics: unused
      .map((metric) => unusedMetric(metric, activity.get(metric.metric)))
      .sort(bySaving)
      .slice(0, limit),
    examined,
    labels: labels.sort(bySaving).slice(0, limit),
  }
}
