import { poll } from '../../crash/support/poll.ts'
import { encodeMetricsRequest, stringAttributes } from '../../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'

/** A whole gateway with two tenants, whose metrics were sent over OTLP as SDKs send them. */

export const TOKENS = {
  acme: 'acme-0123456789abcdef',
  both: 'both-0123456789abcdef0',
  collector: 'collector-0123456789ab',
} as const

const CONFIG = `
tenancy: multi
credentials:
  - {name: acme, token: ${TOKENS.acme}, tenants: [acme], scopes: [read]}
  - {name: both, token: ${TOKENS.both}, tenants: [acme, globex], scopes: [read]}
  - {name: collector, token: ${TOKENS.collector}, tenants: [acme, globex], scopes: [write, assign-tenant]}
`
const NS = 1_000_000_000n
const MINUTE = 60
/** Seconds: a full minute, ten minutes of points before it. */
export const END = Math.floor(Date.now() / 1000 / MINUTE) * MINUTE - 5 * MINUTE
const POINTS = 11
const at = (i: number): bigint => BigInt(END - (POINTS - 1 - i) * MINUTE) * NS
export const TRACE = '000102030405060708090a0b0c0d0e0f'

const times = Array.from({ length: POINTS }, (_, i) => i)
const common = (i: number, attributes: Record<string, string>) => ({
  timeUnixNano: at(i),
  startTimeUnixNano: at(0) - NS,
  attributes: stringAttributes(attributes),
})

/** What a tenant sends; `size` makes its numbers its own. */
function metricsOf(size: number): object[] {
  return [
    {
      name: 'http.requests',
      unit: '{request}',
      description: 'Requests served',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: times.flatMap((i) => [
          { ...common(i, { 'http.route': '/pay' }), asInt: BigInt(60 * size * i) },
          { ...common(i, { 'http.route': '/cart' }), asInt: BigInt(6 * size * i) },
        ]),
      },
    },
    {
      name: 'jobs.done',
      unit: '1',
      sum: {
        aggregationTemporality: 1,
        isMonotonic: true,
        dataPoints: times.map((i) => ({ ...common(i, {}), asInt: BigInt(30 * size) })),
      },
    },
    {
      name: 'memory.usage',
      unit: 'By',
      gauge: {
        dataPoints: times.map((i) =>
          i === POINTS - 1
            ? { ...common(i, { kind: 'heap' }), flags: 1 }
            : { ...common(i, { kind: 'heap' }), asDouble: 1000 * size + i },
        ),
      },
    },
    {
      name: 'request.duration',
      unit: 's',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: times.map((i) => ({
          ...common(i, {}),
          count: BigInt(10 * i),
          sum: 5 * i,
          bucketCounts: [4 * i, 4 * i, 2 * i].map(BigInt),
          explicitBounds: [0.1, 1],
          exemplars:
            i === 5
              ? [
                  {
                    timeUnixNano: at(i),
                    asDouble: 0.25,
                    traceId: Buffer.from(TRACE, 'hex'),
                    spanId: Buffer.from('00f1f2f3f4f5f6f7', 'hex'),
                    filteredAttributes: stringAttributes({ 'user.tier': 'gold' }),
                  },
                ]
              : [],
        })),
      },
    },
    {
      name: 'payload.size',
      unit: 'By',
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: times.map((i) => ({
          ...common(i, {}),
          count: BigInt(3 * i),
          sum: 12 * i,
          scale: 0,
          zeroCount: 0n,
          positive: { offset: 1, bucketCounts: [BigInt(i), BigInt(2 * i)] },
          negative: { offset: 0, bucketCounts: [] },
        })),
      },
    },
    {
      name: 'gc.pause',
      unit: 'ms',
      summary: {
        dataPoints: times.map((i) => ({
          ...common(i, {}),
          count: BigInt(2 * i),
          sum: 4 * i,
          quantileValues: [
            { quantile: 0.5, value: 1.5 },
            { quantile: 0.99, value: 9 },
          ],
        })),
      },
    },
  ]
}

function requestOf(tenant: string, size: number): Buffer {
  return encodeMetricsRequest({
    resourceMetrics: [
      {
        resource: {
          attributes: stringAttributes({
            'service.name': 'checkout',
            'service.namespace': 'shop',
            'service.instance.id': 'checkout-1',
            'k8s.pod.name': `${tenant}-pod`,
            'process.runtime.version': '24.1',
            'loco.workspace.id': tenant,
          }),
        },
        scopeMetrics: [{ metrics: metricsOf(size) }],
      },
    ],
  } as Parameters<typeof encodeMetricsRequest>[0])
}

export type Answer = { readonly status: number; readonly json: AnswerJson }
export type AnswerJson = {
  readonly status: string
  readonly data: unknown
  readonly errorType?: string
  readonly error?: string
  readonly warnings?: ReadonlyArray<string>
  readonly infos?: ReadonlyArray<string>
}
export type World = {
  readonly gateway: TestGateway
  get(path: string, parameters?: Parameters_, who?: keyof typeof TOKENS, tenants?: string): Promise<Answer>
  post(path: string, form: Parameters_): Promise<Answer>
  stop(): Promise<void>
}
type Parameters_ = Readonly<Record<string, string>> | ReadonlyArray<[string, string]>

export async function startWorld(): Promise<World> {
  const gateway = await startTestGateway(CONFIG)
  const api = `${gateway.urls.api}/prometheus/api/v1/`
  const headersOf = (who: keyof typeof TOKENS, tenants?: string): Record<string, string> => ({
    authorization: `Bearer ${TOKENS[who]}`,
    ...(tenants === undefined ? {} : { 'x-scope-orgid': tenants }),
  })
  const read = async (response: Response): Promise<Answer> => ({
    status: response.status,
    json: (await response.json()) as AnswerJson,
  })
  const search = (parameters: Parameters_): string =>
    String(new URLSearchParams(parameters as Record<string, string>))
  const world: World = {
    gateway,
    get: async (path, parameters = {}, who = 'acme', tenants) =>
      read(await fetch(`${api}${path}?${search(parameters)}`, { headers: headersOf(who, tenants) })),
    post: async (path, form) =>
      read(
        await fetch(`${api}${path}`, {
          method: 'POST',
          headers: headersOf('acme'),
          body: new URLSearchParams(form as Record<string, string>),
        }),
      ),
    stop: () => gateway.stop(),
  }
  for (const [tenant, size] of [
    ['acme', 1],
    ['globex', 2],
  ] as const) {
    const sent = await fetch(`${gateway.urls.http}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', authorization: `Bearer ${TOKENS.collector}` },
      body: new Uint8Array(requestOf(tenant, size)),
    })
    const text = await sent.text()
    if (sent.status !== 200 || text.length > 10)
      throw new Error(`The gateway did not take all: ${sent.status} ${text}`)
  }
  await poll('the points of both are there', async () => {
    const query = 'count({job="shop/checkout",__name__!="target_info"})'
    const { json } = await world.get('query', { query, time: String(END) }, 'both', 'acme|globex')
    const [one] = (json.data as { result: Array<{ value: [number, string] }> }).result
    return Number(one?.value[1] ?? 0) === 2 * SERIES
  })
  return world
}

/** Of one tenant, at the last minute: the gauge is stale there. */
const SERIES = 2 + 1 + 0 + (3 + 2) + 1 + (2 + 2)
