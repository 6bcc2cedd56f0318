import type { KeyValue, TracesRequest } from '../../otlp/proto.ts'
import type { Send } from '../signals.ts'
import { iso } from './full-span.ts'

/** Traces of two tenants with the same ids, and what a search must find of them, by plain loops over plain objects. */

export type PlainSpan = {
  readonly tenant: string
  readonly traceId: string
  readonly spanId: string
  readonly isRoot: boolean
  readonly service: string
  readonly namespace: string
  readonly name: string
  readonly start: bigint
  readonly duration: bigint
  readonly status: 0 | 1 | 2
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

export const TENANTS = ['acme', 'umbrella'] as const
export const SERVICES = ['cart', 'check:out', "o'shop", 'web'] as const
export const NAMES = ['GET /', 'GET /cart', 'SELECT 1', '100%'] as const
const ROUTES = ['/', '/cart', 'http://x:80/', ''] as const

/** A small generator of numbers that always makes the same ones. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % below
  }
}

/** Starts lie on a few nanoseconds around `base`, so that many traces share their first moment. */
export function makeSpans(base: bigint, traces: number): PlainSpan[] {
  return TENANTS.flatMap((tenant, t) => {
    const next = numbers(7 + t)
    const pick = <T>(values: ReadonlyArray<T>): T => values[next(values.length)]!
    return Array.from({ length: traces }, (_, trace) => {
      const start = base + BigInt(next(6))
      const hasRoot = next(5) > 0
      return Array.from(
        { length: 1 + next(7) },
        (__, i): PlainSpan => ({
          tenant,
          traceId: ((trace + 1) * 0x9e3779b1).toString(16).padStart(32, '0'),
          spanId: (trace * 16 + i + 1).toString(16).padStart(16, '0'),
          isRoot: hasRoot && (i === 0 || next(8) === 0),
          service: pick(SERVICES),
          namespace: pick(['prod', 'dev']),
          name: pick(NAMES),
          start: start + BigInt(next(4)) * 1_000_000n,
          duration: pick([0n, 1n, 999n, 1_500_000_000n, 100_000_000n]),
          status: pick([0, 1, 2] as const),
          attributes: {
            'http.route': pick(ROUTES),
            'http.response.status_code': pick([200, 500]),
            ...(next(2) === 0 ? { cached: true } : {}),
            tenant,
          },
        }),
      )
    }).flat()
  })
}

function attributesOf(values: PlainSpan['attributes']): KeyValue[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'number'
          ? { intValue: value }
          : { boolValue: value },
  }))
}

/** One request per tenant and service: the spans of a trace arrive apart. */
export async function sendSpans(send: Send, spans: ReadonlyArray<PlainSpan>): Promise<void> {
  const groups = Map.groupBy(spans, ({ tenant, service, namespace }) =>
    JSON.stringify([tenant, service, namespace]),
  )
  for (const group of groups.values()) {
    const { tenant, service, namespace } = group[0]!
    const request: TracesRequest = {
      resourceSpans: [
        {
          resource: {
            attributes: attributesOf({ 'service.name': service, 'k8s.namespace.name': namespace }),
          },
          scopeSpans: [
            {
              spans: group.map((span) => ({
                traceId: Buffer.from(span.traceId, 'hex'),
                spanId: Buffer.from(span.spanId, 'hex'),
                ...(span.isRoot ? {} : { parentSpanId: Buffer.alloc(8, 0xfe) }),
                name: span.name,
                startTimeUnixNano: span.start,
                endTimeUnixNano: span.start + span.duration,
                status: { code: span.status },
                attributes: attributesOf(span.attributes),
              })),
            },
          ],
        },
      ],
    }
    await send.traces(tenant, request)
  }
}

const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
export const least = (values: ReadonlyArray<bigint>): bigint => values.toSorted(compare)[0]!
export const most = (values: ReadonlyArray<bigint>): bigint => values.toSorted(compare).at(-1)!

/** What a search of a tenant must answer, newest first match first. */
export function expectedTraces(
  spans: ReadonlyArray<PlainSpan>,
  tenant: string,
  matches: (span: PlainSpan) => boolean,
): unknown[] {
  const traces = [
    ...Map.groupBy(
      spans.filter((span) => span.tenant === tenant),
      ({ traceId }) => traceId,
    ),
  ]
  return traces
    .map(([traceId, all]) => ({ traceId, all, matching: all.filter(matches) }))
    .filter(({ matching }) => matching.length > 0)
    .map((trace) => ({ ...trace, first: least(trace.matching.map(({ start }) => start)) }))
    .toSorted((a, b) => compare(b.first, a.first) || compare(b.traceId, a.traceId))
    .map(({ traceId, all, matching, first }) => {
      const start = least(all.map((span) => span.start))
      const end = most(all.map((span) => span.start + span.duration))
      const [root] = all
        .filter(({ isRoot }) => isRoot)
        .toSorted((a, b) => compare(a.start, b.start) || compare(a.spanId, b.spanId))
      return {
        traceId,
        start: iso(start),
        startNs: String(start),
        durationNs: String(end - start),
        ...(root === undefined ? {} : { root: { service: root.service, name: root.name } }),
        spans: all.length,
        errors: all.filter(({ status }) => status === 2).length,
        services: [...new Set(all.map(({ service }) => service))].toSorted(compare),
        firstMatch: iso(first),
        matchedSpans: matching.length,
      }
    })
}
