import { poll } from '../../crash/support/poll.ts'
import { encodeLogsRequest, encodeMetricsRequest, stringAttributes } from '../../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { metricsRequest } from './metrics.ts'
import { TRACES, tracesRequest } from './traces.ts'
import { TENANTS, type Tenant, WORLDS, type World, type WorldLog } from './world.ts'

/** A real gateway with its own ClickHouse, to which the worlds of all tenants were sent over OTLP/HTTP. */

const TOKENS = {
  grafana: 'grafana-0123456789abcdef',
  collector: 'collector-0123456789ab',
  operator: 'operator-0123456789abcd',
} as const
export const GRAFANA_TOKEN = TOKENS.grafana
export const COLLECTOR_TOKEN = TOKENS.collector

/** Several tenants; a collector assigns them by `loco.workspace.id`. */
export const CONFIG = `
tenancy: multi
credentials:
  - {name: grafana, token: ${TOKENS.grafana}, tenants: [${TENANTS}], scopes: [read]}
  - {name: collector, token: ${TOKENS.collector}, tenants: "*", scopes: [write, assign-tenant]}
  - {name: operator, token: ${TOKENS.operator}, tenants: "*", scopes: [read]}
`

const SEVERITIES = { debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const

function logsRequest(logs: ReadonlyArray<WorldLog>, tenant: Tenant): Buffer {
  return encodeLogsRequest({
    resourceLogs: logs.map(({ timeMs, resource, level, body, traceId }) => ({
      resource: { attributes: stringAttributes({ ...resource, 'loco.workspace.id': tenant }) },
      scopeLogs: [
        {
          logRecords: [
            {
              timeUnixNano: BigInt(timeMs) * 1_000_000n,
              observedTimeUnixNano: BigInt(timeMs) * 1_000_000n,
              severityNumber: SEVERITIES[level],
              severityText: level.toUpperCase(),
              body: { stringValue: body },
              ...(traceId === undefined ? {} : { traceId: Buffer.from(traceId, 'hex') }),
            },
          ],
        },
      ],
    })),
  })
}

/** Data points of a request, so that none is too large. */
const SERIES_PER_REQUEST = 500

function requestsOf(tenant: Tenant, { sent, logs }: World): [signal: string, body: Buffer][] {
  const parts: [string, Buffer][] = []
  for (let i = 0; i < sent.length; i += SERIES_PER_REQUEST) {
    const part = metricsRequest(sent.slice(i, i + SERIES_PER_REQUEST), { 'loco.workspace.id': tenant })
    parts.push(['metrics', encodeMetricsRequest(part)])
  }
  if (TRACES[tenant].length > 0) parts.push(['traces', tracesRequest(TRACES[tenant], tenant)])
  if (logs.length > 0) parts.push(['logs', logsRequest(logs, tenant)])
  return parts
}

async function send(url: string, tenant: Tenant): Promise<void> {
  for (const [signal, body] of requestsOf(tenant, WORLDS[tenant])) {
    const response = await fetch(`${url}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', authorization: `Bearer ${TOKENS.collector}` },
      body: new Uint8Array(body),
    })
    const text = Buffer.from(await response.arrayBuffer())
    // An empty answer: all of it was taken.
    if (response.status !== 200 || text.length > 0) throw new Error(`${signal}: ${response.status} ${text}`)
  }
}

/** What the gateway says of itself. */
export async function scrape(api: string): Promise<string> {
  const response = await fetch(`${api}/metrics`, { headers: { authorization: `Bearer ${TOKENS.operator}` } })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`metrics: ${response.status} ${text}`)
  return text
}

/** Whether no row waits for its insert, by the gateway's own word. */
export async function inserted(api: string): Promise<boolean> {
  return /^weir_spool_oldest_seconds 0$/m.test(await scrape(api))
}

export async function startFilledGateway(): Promise<TestGateway> {
  const gateway = await startTestGateway(CONFIG)
  for (const tenant of TENANTS) await send(gateway.urls.http, tenant)
  await poll('all rows are inserted', () => inserted(gateway.urls.api))
  return gateway
}
