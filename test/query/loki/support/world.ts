import { poll } from '../../../crash/support/poll.ts'
import { encodeLogsRequest, type LogRecord, stringAttributes } from '../../../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../../../support/gateway.ts'

/**
 * A whole gateway with two tenants whose resources are equal word for word, sent over OTLP as collectors send them. Every
 * line of a tenant has its name in it, so whatever one of them reads of the other is seen.
 */

export const TOKENS = {
  acme: 'acme-0123456789abcdef',
  globex: 'globex-0123456789abcd',
  both: 'both-0123456789abcdef0',
  collector: 'collector-0123456789ab',
} as const
export type Who = keyof typeof TOKENS

export const CONFIG = `
tenancy: multi
query: {limitMax: 1000}
credentials:
  - {name: acme, token: ${TOKENS.acme}, tenants: [acme], scopes: [read]}
  - {name: globex, token: ${TOKENS.globex}, tenants: [globex], scopes: [read]}
  - {name: both, token: ${TOKENS.both}, tenants: [acme, globex], scopes: [read]}
  - {name: collector, token: ${TOKENS.collector}, tenants: [acme, globex], scopes: [write, assign-tenant]}
`

export const SECOND = 1_000_000_000n
const MINUTE = 60n * SECOND
/** A full minute of the last hour; all records are in the ten minutes after it. */
export const BASE = ((BigInt(Date.now()) * 1_000_000n) / MINUTE) * MINUTE - 30n * MINUTE
export const RANGE = { start: String(BASE), end: String(BASE + 10n * MINUTE) } as const

const CHECKOUT = {
  'service.name': 'checkout',
  'k8s.namespace.name': 'shop',
  'k8s.pod.name': 'checkout-1',
  'k8s.container.name': 'main',
  'host.name': 'node-7',
}
const CART = { 'service.name': 'cart', 'k8s.namespace.name': 'shop', 'k8s.pod.name': 'cart-1' }
const TRACE = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')

const at = (seconds: number): bigint => BASE + BigInt(seconds) * SECOND
/** Never the receive time: what is read back has to be the same in every run. */
const record = (seconds: number, stringValue: string, more: Partial<LogRecord> = {}): LogRecord => ({
  timeUnixNano: at(seconds),
  observedTimeUnixNano: at(seconds),
  body: { stringValue },
  ...more,
})

function checkoutRecords(tenant: string): LogRecord[] {
  return [
    record(1, `{"msg":"paid","tenant":"${tenant}","status":200,"took":"12ms","user":{"id":7}}`, {
      severityNumber: 9,
      severityText: 'INFO',
      attributes: stringAttributes({ 'http.route': '/pay' }),
    }),
    record(2, `{"msg":"declined","tenant":"${tenant}","status":402,"took":"1.5s","user":{"id":8}}`, {
      severityNumber: 13,
      severityText: 'WARN',
      traceId: TRACE,
    }),
    record(61, `level=error tenant=${tenant} msg="no shelf" size=12KiB`),
    record(62, `plain words of ${tenant}`, { severityNumber: 17 }),
  ]
}
function cartRecords(tenant: string): LogRecord[] {
  return [
    record(1, `added by ${tenant}`, { severityNumber: 9 }),
    record(121, `emptied by ${tenant}`, { severityNumber: 5 }),
  ]
}
/** Its name is the tenant's own: what only one of them may see of labels. */
const workerOf = (tenant: string) => ({
  'service.name': 'worker',
  'k8s.namespace.name': 'jobs',
  'k8s.pod.name': `${tenant}-worker`,
})
const workerRecords = (tenant: string): LogRecord[] => [record(3, `working for ${tenant}`)]

/** All lines of a tenant. */
export function linesOf(tenant: string): string[] {
  return [...checkoutRecords(tenant), ...cartRecords(tenant), ...workerRecords(tenant)].map(
    ({ body }) => body!.stringValue!,
  )
}

function requestOf(tenant: string): Buffer {
  const claim = { 'loco.workspace.id': tenant }
  const resource = (attributes: Record<string, string>, logRecords: LogRecord[]) => ({
    resource: { attributes: stringAttributes({ ...attributes, ...claim }) },
    scopeLogs: [{ logRecords }],
  })
  return encodeLogsRequest({
    resourceLogs: [
      resource(CHECKOUT, checkoutRecords(tenant)),
      resource(CART, cartRecords(tenant)),
      resource(workerOf(tenant), workerRecords(tenant)),
    ],
  })
}

export type Answer = { readonly status: number; readonly text: string; readonly headers: Headers }

export type World = {
  readonly gateway: TestGateway
  /** Asks as somebody, who may name tenants in the header. */
  ask(who: Who | undefined, path: string, options?: AskOptions): Promise<Answer>
  stop(): Promise<void>
}
export type AskOptions = {
  readonly tenants?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as the body of a POST. */
  readonly form?: Readonly<Record<string, string>>
}

/** Asks as somebody, over HTTP. */
export async function ask(url: string, who: Who | undefined, options: AskOptions = {}): Promise<Answer> {
  const { tenants, headers, form } = options
  const response = await fetch(url, {
    headers: {
      ...(who === undefined ? {} : { authorization: `Bearer ${TOKENS[who]}` }),
      ...(tenants === undefined ? {} : { 'x-scope-orgid': tenants }),
      ...headers,
    },
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

export async function startWorld(): Promise<World> {
  const gateway = await startTestGateway(CONFIG)
  const world: World = {
    gateway,
    ask: (who, path, options) => ask(`${gateway.urls.api}${path}`, who, options),
    stop: () => gateway.stop(),
  }
  for (const tenant of ['acme', 'globex']) {
    const sent = await fetch(`${gateway.urls.http}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', authorization: `Bearer ${TOKENS.collector}` },
      body: new Uint8Array(requestOf(tenant)),
    })
    if (sent.status !== 200) throw new Error(`The gateway took nothing: ${sent.status} ${await sent.text()}`)
  }
  for (const tenant of ['acme', 'globex'] as const)
    await poll(`the rows of ${tenant} are there`, async () => {
      const { text } = await world.ask(tenant, `/api/v1/logs?start=${RANGE.start}&end=${RANGE.end}`)
      return (JSON.parse(text) as { records: unknown[] }).records.length === linesOf(tenant).length
    })
  return world
}

export function url(path: string, parameters: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(parameters)}`
}
