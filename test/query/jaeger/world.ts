import type { Span } from '../../otlp/proto.ts'
import type { Send } from '../signals.ts'
import { SERVICES } from '../traces/world.ts'

/** Traces whose calls are known: a few odd ones, and trees. */

export const SECOND = 1_000_000_000n
export const BASE = ((BigInt(Date.now()) * 1_000_000n) / SECOND) * SECOND - 900n * SECOND
export const ODD = 'dd'.repeat(16)
export const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
export const spanId = (number: number): string => number.toString(16).padStart(16, '0')

export const of = (spans: Span[], service?: string) => ({
  resourceSpans: [
    {
      resource: {
        attributes: service === undefined ? [] : [{ key: 'service.name', value: { stringValue: service } }],
      },
      scopeSpans: [{ spans }],
    },
  ],
})

export type Plain = {
  id: number
  parent?: number
  start: bigint
  service?: string
  name?: string
  kind?: number
}
export const oddSpan = ({ id, parent, start, name = 'odd', kind = 0 }: Plain): Span => ({
  traceId: bytes(ODD),
  spanId: bytes(spanId(id)),
  ...(parent === undefined ? {} : { parentSpanId: bytes(spanId(parent)) }),
  name,
  kind,
  startTimeUnixNano: start,
  endTimeUnixNano: start + SECOND,
})

/** front calls cart twice and the nameless service once; cart calls itself; one parent is of another trace. */
export const CALLS: ReadonlyArray<Plain> = [
  { id: 1, start: BASE, service: 'front', name: 'page', kind: 2 },
  { id: 2, parent: 1, start: BASE + 1n, service: 'cart', name: 'add', kind: 2 },
  { id: 3, parent: 1, start: BASE - 5_000_000n, service: 'cart', name: 'add', kind: 3 },
  { id: 4, parent: 2, start: BASE + 2n, service: 'cart', name: 'inner' },
  { id: 5, parent: 1, start: BASE + 3n, name: 'nobody' },
  { id: 6, parent: 99, start: BASE + 4n, service: 'front', name: 'lost' },
]

/** Trees of calls: the parent of a span is one before it, or nobody. */
export const TREES = Array.from({ length: 40 }, (_, tree) => ({
  traceId: (0x77000 + tree).toString(16).padStart(32, '0'),
  spans: Array.from({ length: 1 + (tree % 9) }, (__, i) => ({
    parent: i === 0 ? undefined : (tree * 7 + i * 5) % i,
    service: SERVICES[(tree + i * (1 + (tree % 3))) % SERVICES.length]!,
  })),
}))

/** As the tenant "calls". */
export async function sendCalls(send: Send): Promise<void> {
  for (const call of CALLS) await send.traces('calls', of([oddSpan(call)], call.service))
}

/** As the tenant "trees". */
export async function sendTrees(send: Send): Promise<void> {
  for (const service of SERVICES)
    await send.traces(
      'trees',
      of(
        TREES.flatMap(({ traceId, spans }) =>
          spans.flatMap((span, i) =>
            span.service !== service
              ? []
              : [
                  {
                    ...oddSpan({
                      id: i + 1,
                      start: BASE,
                      ...(span.parent === undefined ? {} : { parent: span.parent + 1 }),
                    }),
                    traceId: bytes(traceId),
                  },
                ],
          ),
        ),
        service,
      ),
    )
}
