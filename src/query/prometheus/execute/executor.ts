import type { Config } from '../../../config/schema.ts'
import type { Database } from '../../../store/database.ts'
import { type Series, seriesOf } from '../../logql/metrics/series.ts'
import type { Labels } from '../../logql/record.ts'
import type { Expr } from '../../promql/ast.ts'
import { type EvaluationResult, evaluate } from '../../promql/evaluate/evaluate.ts'
import { DEFAULT_LIMITS, type EvaluationLimits } from '../../promql/limits.ts'
import type { LabelMatcher } from '../../promql/source.ts'
import { createQueries } from '../../sql/queries.ts'
import { type DeclaredTable, source } from '../../sql/source.ts'
import { NO_USAGE, type UsageRecorder } from '../../usage/recorder.ts'
import { translationOf } from '../naming/translation.ts'
import { SLICE_SAMPLES } from '../pushdown/slices.ts'
import { type GridFunctions, GridSupport } from '../pushdown/support.ts'
import { type NamedPart, namedParts } from './catalog.ts'
import { matchedSeries } from './matched-series.ts'
import { ResourceLabels } from './resource-labels.ts'
import { mayBeInfo, sourceOf } from './source.ts'
import type { Interval, PrometheusStore, QueryRun, TenantRun } from './store.ts'
import { hasInfo } from './target-info.ts'
import { usedNames } from './used-names.ts'

export type PrometheusTables = Readonly<
  Record<
    | 'metricSeries'
    | 'resources'
    | 'samples'
    | 'histogramSamples'
    | 'expHistogramSamples'
    | 'summarySamples'
    | 'exemplars',
    DeclaredTable
  >
>

export type PrometheusExecutorOptions = {
  readonly reader: Database
  readonly tables: PrometheusTables
  readonly limits: Config['query']
  readonly nowMs: () => number
  /** Told which metrics and labels queries use. */
  readonly usage?: UsageRecorder
  readonly evaluation?: EvaluationLimits
  /** Off, everything is evaluated here: what tests compare with. */
  readonly pushdown?: boolean
  /** Taken for what the server has, without asking it. */
  readonly gridFunctions?: GridFunctions
  /** Samples that one statement may aggregate. */
  readonly sliceSamples?: number
}

/** A query that was parsed, and its text: notes name places in it. */
export type AskedQuery = {
  readonly tenantIds: ReadonlyArray<string>
  readonly query: string
  readonly expr: Expr
  readonly startMs: number
  /** The same as `startMs` of an instant query. */
  readonly endMs: number
  /** 0 of an instant query. */
  readonly stepMs: number
  /** Default: that of the configuration. */
  readonly lookbackMs?: number | undefined
}

export type SeriesQuery = Interval & {
  readonly tenantIds: ReadonlyArray<string>
  /** A series that any of them matches is meant; none means all. */
  readonly selectors: ReadonlyArray<ReadonlyArray<LabelMatcher>>
  readonly seriesMax: number
}

/**
 * What runs PromQL over stored points. Everything throws PromqlEvaluationError and PromqlLimitError for what its user can cure,
 * and DatabaseError where ClickHouse fails.
 */
export type PrometheusExecutor = {
  run(query: AskedQuery, run: QueryRun): Promise<EvaluationResult>
  /** The series with points on the days of an interval. */
  series(query: SeriesQuery, run: QueryRun): Promise<ReadonlyArray<Labels>>
  /** The metrics with points on the days of an interval, as names of series. */
  names(query: Omit<SeriesQuery, 'seriesMax'>, run: QueryRun): Promise<ReadonlyArray<NamedPart>>
  /** Whether any of the tenants has target_info on the days of an interval, and a selector means it. */
  hasInfo(query: Omit<SeriesQuery, 'seriesMax'>, run: QueryRun): Promise<boolean>
  /** The tenants of a request, for what reads rows itself. */
  tenants(tenantIds: ReadonlyArray<string>, run: QueryRun): ReadonlyArray<TenantRun>
}

/** Step of subqueries that name none, as in Prometheus. */
const SUBQUERY_STEP_MS = 60_000

export function createPrometheusExecutor(options: PrometheusExecutorOptions): PrometheusExecutor {
  const { limits, usage = NO_USAGE, evaluation = DEFAULT_LIMITS, pushdown = true } = options
  const store = storeOf(options)
  const tenants = (tenantIds: ReadonlyArray<string>, run: QueryRun): TenantRun[] =>
    tenantIds.map((tenantId) => ({ store, tenantId, run }))
  return {
    tenants,
    run({ tenantIds, query, expr, startMs, endMs, stepMs, lookbackMs = limits.lookbackMs }, run) {
      usage.record(tenantIds, usedNames(expr))
      const data = sourceOf({ tenants: tenants(tenantIds, run), limits: evaluation, pushdown })
      return evaluate(
        expr,
        {
          query,
          startMs,
          endMs,
          stepMs,
          lookbackMs,
          subqueryStepMs: SUBQUERY_STEP_MS,
          limits: evaluation,
          signal: run.signal,
        },
        data,
      )
    },
    async series(query, run) {
      const found = new Map<string, Series>()
      for (const tenant of tenants(query.tenantIds, run))
        for (const labels of await matchedSeries(tenant, query)) {
          const series = seriesOf(labels)
          found.set(series.key, series)
        }
      return [...found.values()].map(({ labels }) => labels)
    },
    async hasInfo({ tenantIds, selectors, ...interval }, run) {
      if (selectors.length > 0 && !selectors.some(mayBeInfo)) return false
      for (const tenant of tenants(tenantIds, run)) if (await hasInfo(tenant, interval)) return true
      return false
    },
    async names({ tenantIds, selectors, ...interval }, run) {
      const found: NamedPart[] = []
      for (const tenant of tenants(tenantIds, run))
        for (const matchers of selectors.length === 0 ? [[]] : selectors)
          found.push(...(await namedParts(tenant, interval, matchers)))
      return found
    },
  }
}

function storeOf({
  reader,
  tables,
  limits,
  nowMs,
  gridFunctions,
  sliceSamples = SLICE_SAMPLES,
}: PrometheusExecutorOptions): PrometheusStore {
  const queries = createQueries(reader, limits)
  const translation = translationOf(limits.translationStrategy)
  const table = (name: keyof PrometheusTables) => source(reader.name, tables[name])
  return {
    queries,
    series: table('metricSeries'),
    resources: table('resources'),
    exemplars: table('exemplars'),
    points: {
      samples: table('samples'),
      histogramSamples: table('histogramSamples'),
      expHistogramSamples: table('expHistogramSamples'),
      summarySamples: table('summarySamples'),
    },
    translation,
    resourceLabels: new ResourceLabels({
      promoted: limits.promoteResourceAttributes,
      label: translation.label,
    }),
    sliceSamples,
    support: new GridSupport(queries, gridFunctions),
    limits,
    nowMs,
  }
}
