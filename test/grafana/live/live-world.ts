import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { dataSourcesFile } from '../../../grafana/src/provisioning/files.ts'
import { poll } from '../../crash/support/poll.ts'
import { encodeLogsRequest, stringAttributes } from '../../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import type { View } from '../support/expectation.ts'
import { COLLECTOR_TOKEN, CONFIG, GRAFANA_TOKEN, inserted, scrape } from '../support/gateway.ts'
import type { Choice } from '../support/interpolate.ts'
import { type DataSource, readDataSources } from '../support/provisioned.ts'
import { TENANTS } from '../support/world.ts'
import { rawSeries } from './raw-series.ts'
import { HEARTBEAT, QUERY, resourceOf, SdkShop, SLOW } from './sdk-shop.ts'

/** A shop that sent to a gateway which counts spans and stores its own metrics; then the same data in one that adds nothing to it. */

export const BOUNDS_MS = [5, 50, 200, 500]
const BUCKETS = `[${BOUNDS_MS.map((ms) => `${ms}ms`)}]`
const RUNNING = `${CONFIG}
telemetry: {metricsIntervalMs: 400}
processors:
  span_metrics: {metrics_flush_interval: 1s, histogram: {explicit: {buckets: ${BUCKETS}}}}
  service_graph: {metrics_flush_interval: 1s, latency_histogram_buckets: ${BUCKETS}}
  filter/heartbeats: {logs: {log_record: ['body == "${HEARTBEAT}"']}}
  filter/queries: {traces: {span: ['name == "${QUERY}"']}}
  filter/trial: {dryRun: true, logs: {log_record: ['body == "${SLOW}"']}}
`
/** The same data; nothing is added to it any more. */
const STILL = `${CONFIG}
telemetry: {metricsIntervalMs: 0}
`

export const TENANT = 'acme'
export const VISITS = 18
const CHOICE: Choice = {
  namespace: 'All',
  kind: 'k8s_deployment_name',
  workload: 'All',
  service: 'All',
  search: '',
}

export type LiveWorld = {
  readonly gateway: TestGateway
  readonly shop: SdkShop
  readonly sources: ReadonlyArray<DataSource>
  /** What is stored: rules took lines and spans out. */
  readonly view: View
}

export const metricsOf = (sources: ReadonlyArray<DataSource>, tenant: string): DataSource =>
  sources.find(({ name }) => name === `Weir ${tenant}`)!

/** Sends, waits until all is stored, and starts the gateway again. */
export async function startLiveWorld(): Promise<LiveWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-dashboards-'))
  const shop = await fill(dataDir)
  const gateway = await startTestGateway(STILL, { dataDir })
  const text = dataSourcesFile({ url: gateway.urls.api, tenants: [...TENANTS], token: '$WEIR_TOKEN' })
  const sources = readDataSources(text, { WEIR_TOKEN: GRAFANA_TOKEN })
  const [series, own] = await Promise.all(
    [TENANT, 'weir'].map((tenant) => rawSeries(metricsOf(sources, tenant))),
  )
  const logs = shop.logs.filter(({ body }) => body !== HEARTBEAT).toSorted((a, b) => a.timeMs - b.timeMs)
  const traces = shop.traces.map(({ traceId, spans }) => ({
    traceId,
    spans: spans.filter(({ name }) => name !== QUERY),
  }))
  return { gateway, shop, sources, view: { choice: CHOICE, series: series!, own: own!, logs, traces } }
}

async function fill(dataDir: string): Promise<SdkShop> {
  const { gateway, urls } = await startTestGateway(RUNNING, { dataDir })
  const { api, http } = urls
  const shop = new SdkShop({ url: http, token: COLLECTOR_TOKEN, tenant: TENANT })
  const viewer = await tail(api)
  for (let i = 0; i < VISITS; i++) {
    shop.visit(i)
    // Two samples of what the SDKs measure: rates need them.
    if (i % (VISITS / 2) === 0) await shop.flush()
  }
  await shop.flush()
  await sendOddities(http, shop)
  await poll('all rows are inserted', () => inserted(api))
  await published(api)
  viewer.terminate()
  await shop.stop()
  await gateway.stop()
  return shop
}

/** Until the own metrics were stored twice more. */
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

/** A line of which the ledger must know once. */
const TWICE = 'sent twice'

/** What is told to come back, comes again, or is too old. */
async function sendOddities(http: string, shop: SdkShop): Promise<void> {
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
