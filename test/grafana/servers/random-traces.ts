import fc from 'fast-check'
import type { AnyValue, KeyValue, ResourceSpans, Span, SpanEvent, SpanLink } from '../../otlp/proto.ts'

/**
 * Traces with everything that OTLP gives a span and that Jaeger can show: no NaN, which its JSON can't write, and no
 * microseconds cut off, which would be a matter of rounding.
 */

export const SERVICES = ['front', 'cart', 'stock', 'unseen'] as const
export const OPERATIONS = ['GET /', 'add', 'größe', 'a/b c'] as const
export const ROUTES = ['/pay', '/cart'] as const
const MICROSECOND = 1000n
const LONGEST_MICROS = 4_000_000n

const scalar: fc.Arbitrary<AnyValue> = fc.oneof(
  fc.constantFrom('', 'a', '007', 'größe', '"quoted"').map((stringValue) => ({ stringValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc
    .constantFrom(0n, -1n, 42n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n)
    .map((intValue) => ({ intValue })),
  fc.constantFrom(0, 0.1, 5, -2.5e-7, 1e21).map((doubleValue) => ({ doubleValue })),
)
const value: fc.Arbitrary<AnyValue> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.uint8Array({ minLength: 1, maxLength: 5 }).map((bytes) => ({ bytesValue: Buffer.from(bytes) })),
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
)

/** Attributes with keys of their own: what becomes of doubled keys is no matter of Jaeger's. */
const attributes = (prefix: string): fc.Arbitrary<KeyValue[]> =>
  fc
    .array(value, { maxLength: 4 })
    .map((values) => values.map((one, i) => ({ key: `${prefix}.${i}`, value: one })))

const offset = fc.bigInt({ min: 0n, max: 2_000_000n })
const idOf = (trace: number, span: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(trace + 1, 0)
  bytes.writeUInt32BE(span + 1, 4)
  return bytes
}
export const traceIdOf = (trace: number): Buffer =>
  Buffer.from((trace + 0x1234).toString(16).padStart(32, 'a'), 'hex')

type Draft = {
  readonly service: number
  readonly operation: number
  /** Which of the spans before it is its parent; of the first, and for none, nobody. */
  readonly parent: number
  /** Thousandths of what its parent has, so that it lies in it: Jaeger moves spans that do not. */
  readonly begin: number
  readonly length: number
  readonly kind: number
  readonly status: { readonly code: number; readonly message: string }
  readonly route: string
  readonly attributes: KeyValue[]
  readonly events: ReadonlyArray<{
    readonly atMicros: bigint
    readonly name: string
    readonly attributes: KeyValue[]
  }>
  readonly linked: boolean
  readonly state: string
}

const draft: fc.Arbitrary<Draft> = fc.record({
  service: fc.nat(2),
  operation: fc.nat(OPERATIONS.length - 1),
  parent: fc.nat(9),
  begin: fc.nat(500),
  length: fc.constantFrom(0, 1, 250, 500),
  kind: fc.nat(5),
  status: fc.record({ code: fc.nat(2), message: fc.constantFrom('', 'it broke') }),
  route: fc.constantFrom(...ROUTES),
  attributes: attributes('span'),
  events: fc.array(
    fc.record({ atMicros: offset, name: fc.constantFrom('', 'retry'), attributes: attributes('event') }),
    {
      maxLength: 2,
    },
  ),
  linked: fc.boolean(),
  state: fc.constantFrom('', 'a=1,b=2'),
})

type Times = { readonly start: bigint; readonly micros: bigint }

/** In microseconds after the base. */
function timesOf(drafts: ReadonlyArray<Draft>): Times[] {
  const times: Times[] = []
  for (const [span, { parent, begin, length }] of drafts.entries()) {
    const around = span === 0 ? { start: 0n, micros: LONGEST_MICROS } : times[parent % span]!
    const of = (thousandths: number): bigint => (around.micros * BigInt(thousandths)) / 1000n
    times.push({ start: around.start + of(begin), micros: of(length) })
  }
  return times
}

function spanOf(one: Draft, trace: number, span: number, base: bigint, { start, micros }: Times): Span {
  const at = (offset: bigint): bigint => base + offset * MICROSECOND
  const events: SpanEvent[] = one.events.map(({ atMicros, name, attributes }) => ({
    timeUnixNano: at(start + atMicros),
    name,
    attributes,
  }))
  const links: SpanLink[] = one.linked
    ? [{ traceId: traceIdOf(trace + 1000), spanId: idOf(trace + 1000, 0) }]
    : []
  return {
    traceId: traceIdOf(trace),
    spanId: idOf(trace, span),
    ...(span === 0 ? {} : { parentSpanId: idOf(trace, one.parent % span) }),
    traceState: one.state,
    name: OPERATIONS[one.operation]!,
    kind: one.kind,
    startTimeUnixNano: at(start),
    endTimeUnixNano: at(start + micros),
    attributes: [...one.attributes, { key: 'http.route', value: { stringValue: one.route } }],
    events,
    links,
    status: one.status,
  }
}

/** One trace whose spans are of several services. `base`: nanoseconds, of the earliest that a span may begin. */
export function traceOf(drafts: ReadonlyArray<Draft>, trace: number, base: bigint): ResourceSpans[] {
  const times = timesOf(drafts)
  return drafts.map((one, span) => ({
    resource: {
      attributes: [
        { key: 'service.name', value: { stringValue: SERVICES[one.service]! } },
        { key: 'k8s.pod.name', value: { stringValue: `${SERVICES[one.service]}-${trace % 2}` } },
        { key: 'process.pid', value: { intValue: 100n + BigInt(one.service) } },
      ],
    },
    scopeSpans: [
      { scope: { name: 'lib', version: '1.0' }, spans: [spanOf(one, trace, span, base, times[span]!)] },
    ],
  }))
}

/** Spans of one trace. */
export const drafts: fc.Arbitrary<Draft[]> = fc.array(draft, { minLength: 1, maxLength: 8 })
