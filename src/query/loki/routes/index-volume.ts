import { z } from 'zod'
import type { Matcher, MetricExpr, Selector } from '../../logql/ast.ts'
import type { InstantResult, MatrixSeries } from '../../logql/metrics/evaluate.ts'
import { DEFAULT_LIMITS } from '../../logql/metrics/source.ts'
import type { Route, TenantsRequest } from '../../route.ts'
import { ALIAS_ATTRIBUTES, labelName } from '../execute/labels.ts'
import type { LokiExecutor, QueryStats } from '../execute/types.ts'
import { countField, durationField, labelsField, selectorField, timeField } from '../parameters/fields.ts'
import { readSelector } from '../parameters/query.ts'
import { readLokiParameters } from '../parameters/read.ts'
import { HOUR_NS, stepOf, type Window, windowOf } from '../parameters/window.ts'
import { resultResponse } from '../response/envelope.ts'
import { instantJson, matrixJson } from '../response/samples.ts'
import { matrixAnswer, vectorAnswer } from '../response/schemas.ts'
import { addStats, NO_STATS } from '../response/stats.ts'
import { type LokiParts, lokiRoute, runOf } from './route.ts'
import { countingQuery, topOf } from './volumes.ts'

/** Loki's default; more than this many series no query has. */
const SERIES_MAX = DEFAULT_LIMITS.seriesMax
const LIMIT_DEFAULT = 100
/** Each label is a query of its own where volumes are summed by label. */
const LABELS_MAX = 50

const common = {
  query: selectorField().default('{}'),
  start: timeField('First moment; default: an hour before the end'),
  end: timeField('End, not included; default: now'),
  since: durationField('Length of the range, where start is not given'),
  limit: countField(`Series, the largest first; never more than ${SERIES_MAX}`, {
    max: 1_000_000,
    otherwise: LIMIT_DEFAULT,
  }),
  targetLabels: labelsField('Labels to sum by; default: those of the selector, else all'),
  aggregateBy: z
    .enum(['series', 'labels'], { error: 'is no aggregation: expected series or labels' })
    .default('series')
    .describe('series: a sum per set of labels; labels: one per name of a label'),
}
const instantParameters = z.object(common)
const rangeParameters = z.object({ ...common, step: durationField('Length of one sum') })

type Given = z.output<typeof instantParameters>
/** What is asked for: a selector, and which labels its sums have. */
type Volume = { readonly selector: Selector; readonly labels: ReadonlyArray<string>; readonly window: Window }

/** The label of streams that a short name stands for; streams themselves have no short names. */
function streamLabel(name: string): string {
  const [attribute] = Object.hasOwn(ALIAS_ATTRIBUTES, name)
    ? ALIAS_ATTRIBUTES[name as keyof typeof ALIAS_ATTRIBUTES]
    : []
  return attribute === undefined ? name : labelName(attribute)
}

async function volumeOf(
  executor: LokiExecutor,
  given: Given,
  window: Window,
  request: TenantsRequest,
): Promise<Volume> {
  const selector = readSelector(given.query)
  const own = [...new Set(selector.matchers.map(({ name }) => streamLabel(name)))]
  if (given.targetLabels !== undefined || own.length > 0)
    return { selector, labels: given.targetLabels ?? own, window }
  const streams = await executor.streams(
    { tenantIds: request.tenantIds, matchers: selector.matchers, ...window },
    runOf(request),
  )
  const names = new Set(streams.flatMap(({ labels }) => [...labels.keys()]))
  return { selector, labels: [...names].sort().slice(0, LABELS_MAX), window }
}

function bytesOf(selector: Selector, rangeNs: bigint, by: ReadonlyArray<string>): MetricExpr {
  return countingQuery({ op: 'bytes_over_time', selector, rangeNs, by })
}

/** The part of a selector's streams that have a label. */
function having(selector: Selector, name: string): Selector {
  const { start, end } = selector
  const matcher: Matcher = { kind: 'matcher', name, op: '!=', value: '', start, end }
  return { ...selector, matchers: [...selector.matchers, matcher] }
}

/** `/loki/api/v1/index/volume`: bytes of lines by label, the largest first. */
export function volumeRoute({ executor, nowMs }: LokiParts): Route {
  const doc = { summary: 'Bytes of lines by label', parameters: instantParameters, answer: vectorAnswer }

  async function byName({ selector, labels, window }: Volume, request: TenantsRequest) {
    const samples: Array<{ labels: Map<string, string>; value: number }> = []
    let stats = NO_STATS
    for (const name of labels.slice(0, LABELS_MAX)) {
      const expr = bytesOf(having(selector, name), window.endNs - window.startNs, [])
      const query = { tenantIds: request.tenantIds, expr, timeNs: window.endNs - 1n }
      const answer = await executor.runInstant(query, runOf(request))
      stats = addStats(stats, answer.stats)
      if (answer.value.kind === 'vector')
        for (const { value } of answer.value.samples) samples.push({ labels: new Map([[name, '']]), value })
    }
    samples.sort((a, b) => b.value - a.value)
    return { value: { kind: 'vector', samples } satisfies InstantResult, stats }
  }

  return lokiRoute('/index/volume', doc, async (request) => {
    const given = readLokiParameters(instantParameters, await request.form())
    const window = windowOf(given, nowMs(), HOUR_NS)
    const { startNs, endNs } = window
    const none: InstantResult = { kind: 'vector', samples: [] }
    if (startNs === endNs) return resultResponse({ ...instantJson(none, endNs), stats: NO_STATS })
    const volume = await volumeOf(executor, given, window, request)
    if (given.aggregateBy === 'labels') {
      const { value, stats } = await byName(volume, request)
      return resultResponse({ ...instantJson(value, endNs), stats })
    }
    const sums = bytesOf(volume.selector, endNs - startNs, volume.labels)
    const expr = topOf(Math.min(given.limit, SERIES_MAX), sums)
    // A window has its end and not its start; a range of the API is the other way round.
    const query = { tenantIds: request.tenantIds, expr, timeNs: endNs - 1n }
    const { value, stats } = await executor.runInstant(query, runOf(request))
    return resultResponse({ ...instantJson(value, endNs), stats })
  })
}

function largest(series: ReadonlyArray<MatrixSeries>, count: number): MatrixSeries[] {
  const totals = series.map((one) => ({ one, total: one.points.reduce((sum, { value }) => sum + value, 0) }))
  return totals
    .sort((a, b) => b.total - a.total)
    .slice(0, count)
    .map(({ one }) => one)
}

/** `/loki/api/v1/index/volume_range`: the same in steps; a point is the sum of the step before it. */
export function volumeRangeRoute({ executor, nowMs }: LokiParts): Route {
  const doc = {
    summary: 'Bytes of lines by label, in steps',
    parameters: rangeParameters,
    answer: matrixAnswer,
  }

  async function run(
    expr: MetricExpr,
    { startNs, endNs }: Window,
    stepNs: bigint,
    request: TenantsRequest,
  ): Promise<{ readonly value: ReadonlyArray<MatrixSeries>; readonly stats: QueryStats }> {
    const steps = (endNs - startNs + stepNs - 1n) / stepNs
    const grid = { startNs: startNs + stepNs - 1n, endNs: startNs + steps * stepNs - 1n, stepNs }
    return executor.runRange({ tenantIds: request.tenantIds, expr, ...grid }, runOf(request))
  }

  return lokiRoute('/index/volume_range', doc, async (request) => {
    const given = readLokiParameters(rangeParameters, await request.form())
    const window = windowOf(given, nowMs(), HOUR_NS)
    const stepNs = stepOf(window, given.step)
    const grid = { startNs: window.startNs + stepNs, stepNs }
    if (window.startNs === window.endNs) return resultResponse({ ...matrixJson([], grid), stats: NO_STATS })
    const { selector, labels } = await volumeOf(executor, given, window, request)
    if (given.aggregateBy === 'series') {
      const { value, stats } = await run(bytesOf(selector, stepNs, labels), window, stepNs, request)
      return resultResponse({ ...matrixJson(largest(value, given.limit), grid), stats })
    }
    const series: MatrixSeries[] = []
    let stats = NO_STATS
    for (const name of labels.slice(0, LABELS_MAX)) {
      const answer = await run(bytesOf(having(selector, name), stepNs, []), window, stepNs, request)
      stats = addStats(stats, answer.stats)
      for (const { points } of answer.value) series.push({ labels: new Map([[name, '']]), points })
    }
    return resultResponse({ ...matrixJson(largest(series, given.limit), grid), stats })
  })
}
