import { encodeTracesRequest, stringAttributes } from '../../otlp/proto.ts'
import { END_MS, START_MS } from './clock.ts'
import { randomOf } from './random.ts'
import { type Tenant, traceOf } from './world.ts'

/** Traces of a request through three services. */

export type WorldSpan = {
  readonly id: string
  readonly parentId: string
  readonly service: string
  readonly name: string
  readonly startMs: number
  readonly durationMs: number
  readonly failed: boolean
}
/** The first span is the root. */
export type WorldTrace = { readonly traceId: string; readonly spans: ReadonlyArray<WorldSpan> }

const HOPS = [
  ['checkout', 'POST /checkout'],
  ['cart.v2', 'GET /cart'],
  ['ledger', 'POST /bookings'],
] as const
const COUNT = 60

function tracesOf(tenant: string, seed: number): WorldTrace[] {
  const random = randomOf(seed)
  return Array.from({ length: COUNT }, (_, i) => {
    const startMs = START_MS + 20_000 + Math.floor((i * (END_MS - START_MS - 60_000)) / COUNT)
    const hops = HOPS.slice(0, 1 + (i % HOPS.length))
    const durationMs = 20 + Math.floor(random() * 1000)
    const spans = hops.map(([service, name], depth) => ({
      id: (BigInt(i * 8 + depth) + 1n).toString(16).padStart(16, '0'),
      parentId: depth === 0 ? '' : (BigInt(i * 8 + depth - 1) + 1n).toString(16).padStart(16, '0'),
      service,
      name,
      startMs: startMs + depth,
      durationMs: durationMs - 3 * depth,
      failed: i % 5 === 0 && depth === hops.length - 1,
    }))
    return { traceId: traceOf(tenant, i), spans }
  })
}

export const TRACES: Readonly<Record<Tenant, ReadonlyArray<WorldTrace>>> = {
  acme: tracesOf('acme', 21),
  globex: tracesOf('globex', 22),
  weir: [],
}

const nanos = (ms: number): bigint => BigInt(ms) * 1_000_000n

export function tracesRequest(traces: ReadonlyArray<WorldTrace>, tenant: Tenant): Buffer {
  const spans = traces.flatMap(({ traceId, spans }) => spans.map((span) => ({ traceId, ...span })))
  return encodeTracesRequest({
    resourceSpans: spans.map(({ traceId, id, parentId, service, name, startMs, durationMs, failed }) => ({
      resource: { attributes: stringAttributes({ 'service.name': service, 'loco.workspace.id': tenant }) },
      scopeSpans: [
        {
          spans: [
            {
              traceId: Buffer.from(traceId, 'hex'),
              spanId: Buffer.from(id, 'hex'),
              ...(parentId === '' ? {} : { parentSpanId: Buffer.from(parentId, 'hex') }),
              name,
              kind: 2,
              startTimeUnixNano: nanos(startMs),
              endTimeUnixNano: nanos(startMs + durationMs),
              status: { code: failed ? 2 : 0 },
            },
          ],
        },
      ],
    })),
  })
}
