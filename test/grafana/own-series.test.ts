import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { METRICS } from '../../src/telemetry/metric-table.ts'
import type { Series } from '../query/promql/reference.ts'
import { EXPECTATIONS } from './expectations/index.ts'
import { BOUNDS_MS, type LiveWorld, metricsOf, startLiveWorld, TENANT, VISITS } from './live/live-world.ts'
import { ownUses } from './live/own-uses.ts'
import { HEARTBEAT, QUERY, type SdkShop, type SentSpan, SLOW } from './live/sdk-shop.ts'
import { type Answer, exemplars } from './support/ask.ts'
import { checkPanel, queryOf, type Shown } from './support/check-panel.ts'
import { DASHBOARDS, type Dashboard, panelsOf } from './support/dashboards.ts'
import type { View } from './support/expectation.ts'
import { chosenSources } from './support/interpolate.ts'
import { headersOf } from './support/provisioned.ts'

/**
 * Scenario: services with OpenTelemetry's own SDKs send to a gateway that counts their spans and stores its own metrics; then the data stands still, and the
 * dashboards ask. Guarantees: every name and label that a dashboard knows of span metrics, the service graph and Weir's own metrics is one that those write;
 * panels show what a plain evaluation of the stored samples gives; and those samples are what a plain count of what was sent says.
 */

// Data of now: the range ends two or three minutes after it, so the shortest window has all of it.
vi.mock('./support/clock.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('./support/clock.ts')>()
  const END_MS = (Math.ceil(Date.now() / original.STEP_MS) + 2) * original.STEP_MS
  return { ...original, END_MS, START_MS: END_MS - original.RANGE_MS }
})

let world: LiveWorld
let shop: SdkShop
let view: View

beforeAll(async () => {
  world = await startLiveWorld()
  shop = world.shop
  view = world.view
})
afterAll(async () => {
  await world?.gateway.stop()
})

const shownOn = (dashboard: Dashboard): Shown => ({
  dashboard,
  sources: world.sources,
  chosen: chosenSources(dashboard, world.sources, TENANT),
  view,
  expectations: EXPECTATIONS[dashboard.name]!,
})
/** No insert fails here; these names and labels are those of the table of metrics, which the registry is made from. */
const NEVER_HERE: Readonly<Record<string, ReadonlyArray<string>>> = Object.fromEntries(
  [METRICS.inserterFailures, METRICS.blocksQuarantined].map(({ name, labels }) => [name, labels]),
)

it('names of metrics and labels are those that are written', () => {
  const uses = ownUses(world.sources, shownOn)
  expect(uses.length).toBeGreaterThan(60)
  const labelsOf = (metric: string): Set<string> => {
    const found = [...view.series, ...view.own].filter(({ labels }) => labels.__name__ === metric)
    return new Set(found.flatMap(({ labels }) => Object.keys(labels)).concat(NEVER_HERE[metric] ?? []))
  }
  const wrong = uses.flatMap(({ metric, labels, where }) => {
    const there = labelsOf(metric)
    if (there.size === 0) return [`${where}: nobody writes ${metric}`]
    return labels
      .filter((label) => !there.has(label))
      .map((label) => `${where}: ${metric} has no label ${label}, but ${[...there].join(', ')}`)
  })
  expect(wrong).toEqual([])
})

const isEmpty = (answer: Answer): boolean => {
  switch (answer.kind) {
    case 'series':
      return answer.series.every(({ points }) => points.length === 0)
    case 'rows':
      return answer.rows.length === 0
    case 'lines':
      return answer.lines.length === 0
    case 'traces':
      return answer.traces.length === 0
  }
}

/** Of pods, whose metrics are a collector's; and failures that did not happen. */
const EMPTY: Readonly<Record<string, ReadonlyArray<string>>> = {
  'workspace-overview': ['CPU', 'Memory', 'CPU by namespace', 'Memory by namespace'],
  'weir-itself': ['Failed inserts', 'Blocks in quarantine'],
}

describe.each(DASHBOARDS.filter(({ name }) => name !== 'kubernetes-workloads'))('$title', (dashboard) => {
  it.concurrent.each(panelsOf(dashboard))('$title shows what was counted', async (panel) => {
    await checkPanel(shownOn(dashboard), panel, ({ answer, query }) => {
      expect(isEmpty(answer), query).toBe(EMPTY[dashboard.name]?.includes(panel.title) ?? false)
    })
  })
})

/** The last sample of each series of a metric, by labels; those of several gateways would stand apart. */
function lastBy(all: ReadonlyArray<Series>, name: string, ...by: string[]): Record<string, number> {
  const found = all.filter(({ labels }) => labels.__name__ === name)
  const keyed = found.map(({ labels, samples }) => [
    by.map((label) => labels[label] ?? '').join(' '),
    samples.at(-1)!.value,
  ])
  expect(new Set(keyed.map(([key]) => key)).size, 'series that differ in other labels').toBe(found.length)
  return Object.fromEntries(keyed)
}

/** Sums over what was sent. */
function counted<T>(
  all: ReadonlyArray<T>,
  key: (one: T) => string,
  of: (one: T) => number = () => 1,
): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const one of all) sums[key(one)] = (sums[key(one)] ?? 0) + of(one)
  return sums
}

const rounded = (sums: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(sums).map(([key, value]) => [key, Math.round(value * 1e6) / 1e6]))

describe('what was counted is what was sent:', () => {
  const operation = ({ service, name, kind, failed }: SentSpan): string =>
    `${service} ${name} SPAN_KIND_${kind} STATUS_CODE_${failed ? 'ERROR' : 'UNSET'}`
  const OPERATION = ['service_name', 'span_name', 'span_kind', 'status_code']
  const seconds = ({ durationMs }: SentSpan): number => durationMs / 1000

  it('calls and durations', () => {
    const { series } = view
    const calls = counted(shop.spans, operation)
    const duration = 'traces_span_metrics_duration_seconds'
    expect(lastBy(series, 'traces_span_metrics_calls_total', ...OPERATION)).toEqual(calls)
    expect(lastBy(series, `${duration}_count`, ...OPERATION)).toEqual(calls)
    expect(rounded(lastBy(series, `${duration}_sum`, ...OPERATION))).toEqual(
      rounded(counted(shop.spans, operation, seconds)),
    )
    const bounds = [...BOUNDS_MS, Number.POSITIVE_INFINITY]
    const buckets = bounds.map((bound) => {
      const le = Number.isFinite(bound) ? String(bound / 1000) : '+Inf'
      return counted(
        shop.spans,
        (span) => `${operation(span)} ${le}`,
        ({ durationMs }) => Number(durationMs <= bound),
      )
    })
    expect(lastBy(series, `${duration}_bucket`, ...OPERATION, 'le')).toEqual(Object.assign({}, ...buckets))
  })

  it('calls between services, and those that failed', () => {
    const edge = ({ client, server }: { client: string; server: string }): string => `${client} ${server}`
    const of = (name: string) => lastBy(view.series, `traces_service_graph_${name}`, 'client', 'server')
    expect(of('request_total')).toEqual(counted(shop.edges, edge))
    expect(of('request_failed_total')).toEqual(counted(shop.edges, edge, ({ failed }) => Number(failed)))
  })

  it('the ledger: received, dropped by the rule, what a dry run would drop, rejected, stored', () => {
    const { logs } = shop
    const tooOld = 1
    const kept = logs.filter(({ body }) => body !== HEARTBEAT).length
    const records = lastBy(view.own, 'weir_ledger_records_total', 'tenant', 'signal', 'kind', 'reason')
    const of = (signal: string) =>
      Object.fromEntries(Object.entries(records).filter(([key]) => key.startsWith(`${TENANT} ${signal} `)))
    expect(of('logs')).toEqual({
      [`${TENANT} logs received `]: logs.length + tooOld,
      [`${TENANT} logs stored `]: kept,
      [`${TENANT} logs dropped filter/heartbeats`]: logs.length - kept,
      [`${TENANT} logs dry_run filter/trial`]: logs.filter(({ body }) => body === SLOW).length,
      [`${TENANT} logs rejected too_old`]: tooOld,
    })
    expect(of('traces')).toEqual({
      [`${TENANT} traces received `]: shop.spans.length,
      [`${TENANT} traces stored `]: shop.spans.filter(({ name }) => name !== QUERY).length,
      [`${TENANT} traces dropped filter/queries`]: shop.spans.filter(({ name }) => name === QUERY).length,
    })
  })
})

type Found = {
  readonly series: Readonly<Record<string, string>>
  readonly value: number
  readonly traceId: string | undefined
  readonly spanId: string | undefined
}

describe('exemplars of span metrics', () => {
  const DURATION = 'traces_span_metrics_duration_seconds_bucket'
  const found = async (query: string): Promise<Found[]> =>
    (await exemplars(metricsOf(world.sources, TENANT), query)).flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(({ labels, value }) => ({
        series: seriesLabels,
        value: Number(value),
        traceId: labels.trace_id,
        spanId: labels.span_id,
      })),
    )

  it('of the panel Duration are requests that were sent, with their durations, and their traces open', async () => {
    const dashboard = DASHBOARDS.find(({ name }) => name === 'service-red')!
    const targets = panelsOf(dashboard).flatMap(({ targets = [] }) => targets)
    const target = targets.find(({ exemplar, expr }) => exemplar === true && expr?.includes(DURATION))!
    const query = queryOf(shownOn(dashboard), target, metricsOf(world.sources, TENANT))
    const all = await found(query)
    expect(new Set(all.map(({ series }) => series.service_name))).toEqual(
      new Set(['storefront', 'cart', 'ledger']),
    )
    const tempo = world.sources.find(({ name }) => name === `Weir ${TENANT} traces`)!
    for (const { series, spanId, traceId, value } of all) {
      const span = shop.spans.find((sent) => sent.id === spanId && sent.traceId === traceId)
      expect(span).toMatchObject({
        ...{ service: series.service_name, name: series.span_name, kind: 'SERVER' },
        durationMs: Math.round(value * 1000),
      })
      const trace = await fetch(`${tempo.url}/api/traces/${traceId}`, { headers: headersOf(tempo) })
      expect(trace.status).toBe(200)
    }
  })

  it('are none of spans that a rule behind dropped, though they are counted', async () => {
    const query = `${DURATION}{span_name="${QUERY}"}`
    expect(
      lastBy(
        view.series,
        'traces_span_metrics_calls_total',
        'span_name',
        'status_code',
        'service_name',
        'span_kind',
      ),
    ).toMatchObject({
      [`${QUERY} STATUS_CODE_UNSET cart SPAN_KIND_CLIENT`]: VISITS,
    })
    expect(await found(query)).toEqual([])
  })
})
