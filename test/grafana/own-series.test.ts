import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { dataSourcesFile } from '../../grafana/src/provisioning/files.ts'
import { METRICS } from '../../src/telemetry/metric-table.ts'
import { poll } from '../crash/support/poll.ts'
import { encodeLogsRequest, stringAttributes } from '../otlp/proto.ts'
import type { Series } from '../query/promql/reference.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { EXPECTATIONS } from './expectations/index.ts'
import type { Answer } from './support/ask.ts'
import { checkPanel, queryOf, type Shown, sourceOf } from './support/check-panel.ts'
import { DASHBOARDS, type Dashboard, panelsOf } from './support/dashboards.ts'
import type { View } from './support/expectation.ts'
import { COLLECTOR_TOKEN, CONFIG, GRAFANA_TOKEN, inserted, scrape } from './support/gateway.ts'
import { type Choice, chosenSources } from './support/interpolate.ts'
import { type DataSource, readDataSources } from './support/provisioned.ts'
import { rawSeries } from './support/raw-series.ts'
import { HEARTBEAT, resourceOf, SdkShop, type SentSpan, SLOW } from './support/sdk-shop.ts'
import { SERVICE_MAP_METRICS } from './support/service-map.ts'
import { type Use, usesOf } from './support/used-names.ts'
import { TENANTS } from './support/world.ts'

/**
 * Scenario: services with OpenTelemetry's own SDKs send to a gateway that counts their spans and stores its own metrics; then the data stands still, and the
 * dashboards ask. Guarantees: every name and label that a dashboard knows of span metrics, the service graph and Weir's own metrics is one that those write;
 * panels show what a plain evaluation of the stored samples gives; and those samples are what a plain count of what was sent says.
 */

// Data of now: the range ends after it, and no test is older than the shortest window.
vi.mock('./support/clock.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('./support/clock.ts')>()
  const END_MS = (Math.ceil(Date.now() / original.STEP_MS) + 1) * original.STEP_MS
  return { ...original, END_MS, START_MS: END_MS - original.RANGE_MS }
})

const BOUNDS_MS = [5, 50, 200, 500]
const BUCKETS = `[${BOUNDS_MS.map((ms) => `${ms}ms`)}]`
const RUNNING = `${CONFIG}
telemetry: {metricsIntervalMs: 400}
processors:
  span_metrics: {metrics_flush_interval: 1s, histogram: {explicit: {buckets: ${BUCKETS}}}}
  service_graph: {metrics_flush_interval: 1s, latency_histogram_buckets: ${BUCKETS}}
  filter/heartbeats: {logs: {log_record: ['body == "${HEARTBEAT}"']}}
  filter/trial: {dryRun: true, logs: {log_record: ['body == "${SLOW}"']}}
`
/** The same data; nothing is added to it any more. */
const STILL = `${CONFIG}
telemetry: {metricsIntervalMs: 0}
`
const TENANT = 'acme'
const VISITS = 18

let gateway: TestGateway
let shop: SdkShop
let sources: DataSource[]
let view: View
/** Lines that the ledger must know, beside the shop's. */
const TWICE = 'sent twice'

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-dashboards-'))
  const running = await startTestGateway(RUNNING, { dataDir })
  const { api, http } = running.urls
  shop = new SdkShop({ url: http, token: COLLECTOR_TOKEN, tenant: TENANT })
  const viewer = await tail(api)
  for (let half = 0; half < 2; half++) {
    for (let i = 0; i < VISITS / 2; i++) shop.visit(half * (VISITS / 2) + i)
    await shop.flush()
    await published(api)
  }
  await sendOddities(http)
  await poll('all rows are inserted', () => inserted(api))
  for (let i = 0; i < 2; i++) await published(api)
  viewer.terminate()
  await shop.stop()
  await running.gateway.stop()

  gateway = await startTestGateway(STILL, { dataDir })
  const text = dataSourcesFile({ url: gateway.urls.api, tenants: [...TENANTS], token: '$WEIR_TOKEN' })
  sources = readDataSources(text, { WEIR_TOKEN: GRAFANA_TOKEN })
  const [series, own] = await Promise.all([rawSeries(metricsOf(TENANT)), rawSeries(metricsOf('weir'))])
  const logs = shop.logs.filter(({ body }) => body !== HEARTBEAT).toSorted((a, b) => a.timeMs - b.timeMs)
  view = { choice: CHOICE, series, own, logs, traces: shop.traces }
})
afterAll(async () => {
  await gateway?.stop()
})

const CHOICE: Choice = {
  namespace: 'All',
  workload: 'All',
  service: 'All',
  search: '',
}
const metricsOf = (tenant: string): DataSource => sources.find(({ name }) => name === `Weir ${tenant}`)!

/** Until the own metrics were stored once more. */
async function published(api: string): Promise<void> {
  const generated = async (): Promise<string | undefined> =>
    /^weir_records_generated_total\{signal="metrics"\} (\d+)$/m.exec(await scrape(api))?.[1]
  for (let times = 0; times < 2; times++) {
    const before = await generated()
    await poll('the own metrics are stored', async () => (await generated()) !== before)
  }
}

async function tail(api: string): Promise<WebSocket> {
  const query = encodeURIComponent('{service_name="cart"}')
  const socket = new WebSocket(`${api.replace('http', 'ws')}/loki/api/v1/tail?query=${query}`, {
    headers: { authorization: `Bearer ${GRAFANA_TOKEN}`, 'x-scope-orgid': TENANT },
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return socket
}

/** What is told to come back, comes again, or is too old. */
async function sendOddities(http: string): Promise<void> {
  const post = async (body: Buffer): Promise<number> => {
    const headers = {
      'content-type': 'application/x-protobuf',
      authorization: `Bearer ${COLLECTOR_TOKEN}`,
    }
    return (await fetch(`${http}/v1/logs`, { method: 'POST', headers, body: new Uint8Array(body) })).status
  }
  const lineAt = (timeMs: number, body: string): Buffer =>
    encodeLogsRequest({
      resourceLogs: [
        {
          resource: { attributes: stringAttributes({ ...resourceOf('cart'), 'loco.workspace.id': TENANT }) },
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: BigInt(timeMs) * 1_000_000n,
                  severityNumber: 9,
                  severityText: 'INFO',
                  body: { stringValue: body },
                },
              ],
            },
          ],
        },
      ],
    })
  const timeMs = shop.logs.at(-1)!.timeMs + 1
  const twice = lineAt(timeMs, TWICE)
  expect([await post(twice), await post(twice)]).toEqual([200, 200])
  shop.logs.push({ timeMs, level: 'info', body: TWICE, resource: resourceOf('cart') })
  expect(await post(lineAt(1_000_000_000_000, 'too old'))).toBe(200)
  expect(await post(Buffer.from('no request'))).toBe(400)
}

const shownOn = (dashboard: Dashboard): Shown => ({
  dashboard,
  sources,
  chosen: chosenSources(dashboard, sources, TENANT),
  view,
  expectations: EXPECTATIONS[dashboard.name]!,
})

/** What the gateway itself writes; all else comes from SDKs and the collector. */
const OF_WEIR = /^(traces|weir|process|nodejs)_/

const toMetrics = z.object({
  tracesToMetrics: z.object({ queries: z.array(z.object({ query: z.string() })) }),
})

/** Every use of a metric of Weir's own making: in panels, variables, links from spans, and the service map. */
function allUses(): (Use & { readonly where: string })[] {
  const ofPanels = DASHBOARDS.flatMap((dashboard) => {
    const shown = shownOn(dashboard)
    return panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.flatMap((target) => {
        const source = sourceOf(target, shown.chosen)
        const uses = source.type === 'prometheus' ? usesOf(queryOf(shown, target, source)) : []
        return uses.map((use) => ({ ...use, where: `${dashboard.title}: ${title}` }))
      }),
    )
  })
  const ofVariables = DASHBOARDS.flatMap(({ title, templating }) =>
    templating.list.flatMap(({ name, query }) => {
      const [, metric, label] =
        /^label_values\((\w+), (\w+)\)$/.exec(JSON.parse(JSON.stringify(query)).query ?? '') ?? []
      return metric === undefined ? [] : [{ metric, labels: [label!], where: `${title}: ${name}` }]
    }),
  )
  const tempo = sources.find(({ type }) => type === 'tempo')!
  const ofLinks = toMetrics.parse(tempo.jsonData).tracesToMetrics.queries.flatMap(({ query }) =>
    usesOf(query.replace('$__tags', 'service_name="cart"').replace('$__rate_interval', '4m')).map((use) => ({
      ...use,
      where: 'Tempo',
    })),
  )
  const ofMap = SERVICE_MAP_METRICS.map((metric) => ({
    metric,
    labels: ['client', 'server'],
    where: 'the service map',
  }))
  return [...ofPanels, ...ofVariables, ...ofLinks, ...ofMap].filter(({ metric }) => OF_WEIR.test(metric))
}

/** No insert fails here; these names and labels are those of the table of metrics, which the registry is made from. */
const NEVER_HERE: Readonly<Record<string, ReadonlyArray<string>>> = Object.fromEntries(
  [METRICS.inserterFailures, METRICS.blocksQuarantined].map(({ name, labels }) => [name, labels]),
)

it('names of metrics and labels are those that are written', () => {
  const uses = allUses()
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
      [`${TENANT} traces stored `]: shop.spans.length,
    })
  })
})
