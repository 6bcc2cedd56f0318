import { poll } from '../../crash/support/poll.ts'
import { encodeTracesRequest, type Span, stringAttributes } from '../../otlp/proto.ts'
import { startTestGateway } from '../../support/gateway.ts'
import { ask, CONFIG, TOKENS, type World } from '../loki/support/world.ts'

/**
 * A whole gateway with two tenants whose traces have the same ids, times and services, sent over OTLP as collectors send
 * them. Every span has its tenant's name in it, so whatever one of them reads of the other is seen.
 */

const SECOND = 1_000_000_000n
const MINUTE = 60n * SECOND
/** A full minute of the last hour. */
export const BASE = ((BigInt(Date.now()) * 1_000_000n) / MINUTE) * MINUTE - 30n * MINUTE
export const TRACE = '000102030405060708090a0b0c0d0e0f'
export const TENANTS = ['acme', 'globex'] as const

const id = (number: number): Buffer => Buffer.from(number.toString(16).padStart(16, '0'), 'hex')
const at = (ms: number): bigint => BASE + BigInt(ms) * 1_000_000n

function spanOf(number: number, parent: number | undefined, name: string, more: Partial<Span>): Span {
  return {
    traceId: Buffer.from(TRACE, 'hex'),
    spanId: id(number),
    ...(parent === undefined ? {} : { parentSpanId: id(parent) }),
    name,
    startTimeUnixNano: at(number),
    endTimeUnixNano: at(number + 100),
    ...more,
  }
}

function requestOf(tenant: string): Buffer {
  const of = (service: string, spans: Span[]) => ({
    resource: {
      attributes: stringAttributes({
        'service.name': service,
        'k8s.namespace.name': 'shop',
        owner: tenant,
        'loco.workspace.id': tenant,
      }),
    },
    scopeSpans: [{ scope: { name: 'lib', version: '1.0' }, spans }],
  })
  const tag = stringAttributes({ 'http.route': `/${tenant}` })
  return encodeTracesRequest({
    resourceSpans: [
      of(`front-${tenant}`, [
        spanOf(1, undefined, `page of ${tenant}`, { kind: 2, attributes: tag }),
        spanOf(2, 1, `call of ${tenant}`, {
          kind: 3,
          events: [{ timeUnixNano: at(5), name: `sent by ${tenant}` }],
        }),
      ]),
      of('cart', [
        spanOf(3, 2, `add of ${tenant}`, {
          kind: 2,
          status: { code: 2, message: `no shelf at ${tenant}` },
          attributes: [...tag, { key: 'items', value: { intValue: 3 } }],
        }),
      ]),
    ],
  })
}

export async function startTracesWorld(): Promise<World> {
  const gateway = await startTestGateway(CONFIG)
  const world: World = {
    gateway,
    ask: (who, path, options) => ask(`${gateway.urls.api}${path}`, who, options),
    stop: () => gateway.stop(),
  }
  for (const tenant of TENANTS) {
    const sent = await fetch(`${gateway.urls.http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', authorization: `Bearer ${TOKENS.collector}` },
      body: new Uint8Array(requestOf(tenant)),
    })
    if (sent.status !== 200) throw new Error(`The gateway took nothing: ${sent.status} ${await sent.text()}`)
  }
  for (const tenant of TENANTS)
    await poll(`the spans of ${tenant} are there`, async () => {
      const { status, text } = await world.ask(tenant, `/jaeger/api/traces/${TRACE}`)
      return (
        status === 200 && (JSON.parse(text) as { data: [{ spans: unknown[] }] }).data[0].spans.length === 3
      )
    })
  return world
}

/** Times as distances from the beginning of the data, in the unit in which they stand. */
export function relative(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && /^\d{19}$/.test(value)) return `+${BigInt(value) - BASE}ns`
  if (typeof value === 'number' && value > 1e15 && value < 3e15) return `+${value - Number(BASE / 1000n)}us`
  return value
}
