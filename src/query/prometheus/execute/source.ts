import { type Series, seriesOf } from '../../logql/metrics/series.ts'
import type { EvaluationLimits } from '../../promql/limits.ts'
import { compileMatcher } from '../../promql/matcher.ts'
import type {
  GridAnswer,
  GridRequest,
  LabelMatcher,
  SelectRequest,
  SeriesSet,
  SeriesSource,
  StoredSeries,
} from '../../promql/source.ts'
import { laneGrid } from '../pushdown/grid.ts'
import { seen, windowsOf } from '../pushdown/shape.ts'
import { NAME_LABEL } from './catalog.ts'
import { accumulated } from './delta.ts'
import { type FloatChunk, readFloats, tooManySamples } from './float-series.ts'
import { type Lane, lanesOf } from './lanes.ts'
import { mergedNative, type NativeSamples, readNative } from './native-series.ts'
import { selectSeries } from './series.ts'
import type { Interval, TenantRun } from './store.ts'
import { storedSeries } from './stored-series.ts'
import { targetInfo } from './target-info.ts'

export const TENANT_LABEL = '__tenant_id__'

export type SourceOptions = {
  readonly tenants: ReadonlyArray<TenantRun>
  readonly limits: EvaluationLimits
  readonly pushdown: boolean
}

/** Stored points as the evaluator's source, and ClickHouse for what it can compute itself. */
export function sourceOf({ tenants, limits, pushdown }: SourceOptions): SeriesSource {
  const select = async (request: SelectRequest): Promise<SeriesSet> => {
    const all: StoredSeries[] = []
    let left = request.samplesMax
    for (const tenant of ofTenants(tenants, request.matchers)) {
      const matchers = tenants.length === 1 ? request.matchers : withoutTenant(request.matchers)
      const set = await tenantSeries(tenant, { ...request, matchers, samplesMax: left }, limits)
      for (const one of set) {
        left -= one.timesMs.length
        all.push(tenants.length === 1 ? one : { ...one, labels: withTenant(one.labels, tenant.tenantId) })
      }
    }
    return all
  }
  if (!pushdown) return { select }
  return {
    select,
    grid: async (request) => {
      const [tenant, ...others] = tenants
      // Of several tenants, series are told apart by a label that no row has.
      return tenant === undefined || others.length > 0 ? undefined : tenantGrid(tenant, request, limits)
    },
  }
}

function ofTenants(
  tenants: ReadonlyArray<TenantRun>,
  matchers: ReadonlyArray<LabelMatcher>,
): ReadonlyArray<TenantRun> {
  if (tenants.length === 1) return tenants
  const tests = matchers.filter(({ name }) => name === TENANT_LABEL).map(compileMatcher)
  return tenants.filter(({ tenantId }) => tests.every((matches) => matches(tenantId)))
}

const withoutTenant = (matchers: ReadonlyArray<LabelMatcher>): ReadonlyArray<LabelMatcher> =>
  matchers.filter(({ name }) => name !== TENANT_LABEL)

/** Its own label of that name, if it has one, is `original_…`, as in Loki and Mimir. */
export function withTenant(labels: Series['labels'], tenantId: string): Series['labels'] {
  const own = labels.get(TENANT_LABEL)
  const more = new Map(labels)
  if (own !== undefined) more.set(`original_${TENANT_LABEL}`, own)
  return seriesOf(more.set(TENANT_LABEL, tenantId)).labels
}

async function tenantGrid(
  tenant: TenantRun,
  request: GridRequest,
  limits: EvaluationLimits,
): Promise<GridAnswer | undefined> {
  // The name of what a function gives is gone, or not, by rules that are the evaluator's.
  if (request.aggregation?.grouping.labels.includes(NAME_LABEL)) return undefined
  if (mayBeInfo(request.matchers)) return undefined
  const parts = await selectSeries(tenant, seen(windowsOf(request)), request.matchers, request.seriesMax)
  const lanes = lanesOf(parts)
  const [lane, ...others] = lanes
  if (lane === undefined) return { series: [], metricNames: [] }
  if (others.length > 0 || lane.delta || lane.part === 'native') return undefined
  if (request.aggregation !== undefined && parts.some(({ pointMatchers }) => pointMatchers.length > 0))
    return undefined
  return laneGrid(tenant, lane, request, limits.samplesMax)
}

export const mayBeInfo = (matchers: ReadonlyArray<LabelMatcher>): boolean =>
  matchers.every((matcher) => matcher.name !== NAME_LABEL || compileMatcher(matcher)('target_info'))

type Found = { readonly series: Series; readonly chunks: FloatChunk[]; native: NativeSamples | undefined }

async function tenantSeries(
  tenant: TenantRun,
  request: SelectRequest,
  limits: EvaluationLimits,
): Promise<StoredSeries[]> {
  const { matchers, samplesMax } = request
  const interval: Interval = request
  const parts = await selectSeries(tenant, interval, matchers, limits.seriesMax)
  const found = new Map<string, Found>()
  const foundOf = (series: Series): Found => {
    const known = found.get(series.key) ?? { series, chunks: [], native: undefined }
    found.set(series.key, known)
    return known
  }
  let left = samplesMax
  const spend = (samples: number): void => {
    left -= samples
    if (left < 0) throw tooManySamples(samplesMax)
  }
  for (const lane of lanesOf(parts)) {
    if (lane.part === 'native')
      for (const [series, native] of await readNative(tenant, lane, interval, left)) {
        spend(native.timesMs.length + (native.stale?.timesMs.length ?? 0))
        const known = foundOf(series)
        known.native = mergedNative(known.native, native)
      }
    else
      for (const [series, chunks] of await floatsOf(tenant, lane, interval, left)) {
        for (const { timesMs } of chunks) spend(timesMs.length)
        foundOf(series).chunks.push(...chunks)
      }
  }
  if (mayBeInfo(matchers))
    for (const [series, chunk] of await targetInfo(tenant, interval, matchers, left)) {
      spend(chunk.timesMs.length)
      foundOf(series).chunks.push(chunk)
    }
  return [...found.values()].map(({ series, chunks, native }) => {
    const marksAlone = chunks.length === 0 && native?.stale !== undefined
    return storedSeries(series, marksAlone ? [native.stale] : chunks, native)
  })
}

async function floatsOf(
  tenant: TenantRun,
  lane: Lane,
  interval: Interval,
  samplesMax: number,
): Promise<Iterable<[Series, FloatChunk[]]>> {
  const floats = await readFloats(tenant, lane, interval, samplesMax)
  if (lane.delta) for (const chunks of floats.values()) accumulated(chunks)
  return floats
}
