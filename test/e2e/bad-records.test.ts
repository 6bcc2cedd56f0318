import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Signal } from '../../src/otlp/batch.ts'
import { frame, post } from '../ingest/support/clients.ts'
import { OTLP_SERVICES } from '../ingest/support/otlp-services.ts'
import {
  encodeMessage,
  type Metric,
  type MetricsRequest,
  type Span,
  type TracesRequest,
} from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metricsOf } from './support/metrics.ts'
import { otlpJson } from './support/otlp-json.ts'
import { openSenders, portOf, type Senders, TAKEN } from './support/senders.ts'

/**
 * Scenario: spans and data points that break OTLP's rules, one in a request of good ones, over every transport, into
 * one whole gateway. Guarantees: a partial success counts it, names the reason and the cure, in the words of its
 * transport; the good ones are stored; at the end rows, ledger and metrics agree with what the senders were told.
 */

const TRANSPORTS = ['grpc', 'http', 'json'] as const
type Transport = (typeof TRANSPORTS)[number]
type BadSignal = Exclude<Signal, 'logs'>

let gateway: TestGateway
let senders: Senders
/** What must be there at the end. */
const kept = { traces: [] as string[], metrics: [] as string[] }
const rejected = { traces: new Map<string, number>(), metrics: new Map<string, number>() }

beforeAll(async () => {
  gateway = await startTestGateway()
  senders = openSenders(gateway.urls)
})
afterAll(() => {
  senders.close()
  return gateway.stop()
})

const MESSAGES = { traces: 'ExportTraceServiceRequest', metrics: 'ExportMetricsServiceRequest' } as const

/** Sends a request of which one record must be rejected, and checks all of the answer. */
async function sendPartly(
  transport: Transport,
  signal: BadSignal,
  request: TracesRequest | MetricsRequest,
  sentence: string,
): Promise<void> {
  const message = `1: ${sentence}`
  if (transport === 'json') {
    const response = await fetch(`${gateway.urls.http}${OTLP_SERVICES[signal].httpPath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: otlpJson(request),
    })
    expect(await response.json()).toEqual({
      partialSuccess: { [OTLP_SERVICES[signal].rejected]: '1', errorMessage: message },
    })
    expect(response.status).toBe(200)
    return
  }
  const verdict = await senders.send(transport, encodeMessage(MESSAGES[signal], request), { signal })
  expect(verdict).toMatchObject({ status: TAKEN[transport], rejected: 1, partialMessage: message })
}

const now = (): bigint => BigInt(Date.now()) * 1_000_000n
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7)
const count = (counts: Map<string, number>, reason: string): unknown =>
  counts.set(reason, (counts.get(reason) ?? 0) + 1)

const IDS = {
  invalid_trace_id: 'trace_id must have 16 bytes, or none.',
  invalid_span_id: 'span_id must have 8 bytes, or none.',
}
const TOO_OLD = 'older than its retention: ClickHouse would remove it at once.'

const badSpans: ReadonlyArray<readonly [what: string, reason: string, sentence: string, span: Span]> = [
  ['a trace id of 15 bytes', 'invalid_trace_id', IDS.invalid_trace_id, { traceId: bytes(15) }],
  ['a trace id of 17 bytes', 'invalid_trace_id', IDS.invalid_trace_id, { traceId: bytes(17) }],
  ['a span id of 7 bytes', 'invalid_span_id', IDS.invalid_span_id, { spanId: bytes(7) }],
  ['a parent of 16 bytes', 'invalid_span_id', IDS.invalid_span_id, { parentSpanId: bytes(16) }],
  [
    'a link with a bad trace id',
    'invalid_trace_id',
    IDS.invalid_trace_id,
    { links: [{}, { traceId: bytes(8) }] },
  ],
  [
    'a link with a bad span id',
    'invalid_span_id',
    IDS.invalid_span_id,
    { links: [{ spanId: bytes(9) }, {}] },
  ],
  [
    'an end before the start',
    'ends_before_start',
    'the span ends before it starts; check the clock of its sender.',
    { startTimeUnixNano: 1_000_000_000n, endTimeUnixNano: 999_999_999n },
  ],
  [
    'a start before its retention',
    'too_old',
    TOO_OLD,
    { startTimeUnixNano: now() - 31n * 86_400_000_000_000n },
  ],
]

describe.each(TRANSPORTS)('a span among good ones, over %s', (transport) => {
  it.each(badSpans)('%s', async (what, reason, sentence, span) => {
    const good = (name: string): Span => ({ name, startTimeUnixNano: now(), endTimeUnixNano: now() })
    const names = [`before ${what} over ${transport}`, `after ${what} over ${transport}`]
    const spans = [good(names[0]!), { ...good('bad'), ...span }, good(names[1]!)]
    await sendPartly(transport, 'traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }, sentence)
    kept.traces.push(...names)
    count(rejected.traces, reason)
  })
})

const NEGATIVE = 2n ** 64n - 1n
const DISAGREE = 'bucket_counts must have one element more than explicit_bounds.'
const BELOW_ZERO = 'a count of a histogram or summary is below zero or above 2^63 - 1.'
const INCREASING = 'explicit_bounds must be in increasing order.'
const SCALE = 'the scale of an exponential histogram must be from -10 to 20.'
const QUANTILES = 'the quantiles of a summary must be from 0 to 1.'
const NO_VALUE = 'a data point without a value must carry the flag NO_RECORDED_VALUE.'

type Kind = 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary'
const badPoints: ReadonlyArray<
  readonly [what: string, reason: string, sentence: string, kind: Kind, point: object]
> = [
  [
    'as many buckets as bounds',
    'buckets_disagree',
    DISAGREE,
    'histogram',
    { bucketCounts: [1, 2], explicitBounds: [1, 2] },
  ],
  ['bounds without buckets', 'buckets_disagree', DISAGREE, 'histogram', { explicitBounds: [1] }],
  ['two buckets without bounds', 'buckets_disagree', DISAGREE, 'histogram', { bucketCounts: [1, 2] }],
  [
    'bounds that fall',
    'bounds_not_increasing',
    INCREASING,
    'histogram',
    { bucketCounts: [1, 2, 3], explicitBounds: [2, 1] },
  ],
  [
    'a bound that is no number',
    'bounds_not_increasing',
    INCREASING,
    'histogram',
    { bucketCounts: [1, 2], explicitBounds: [Number.NaN] },
  ],
  ['a count below zero', 'negative_count', BELOW_ZERO, 'histogram', { count: NEGATIVE }],
  [
    'a bucket below zero',
    'negative_count',
    BELOW_ZERO,
    'histogram',
    { bucketCounts: [1, NEGATIVE], explicitBounds: [1] },
  ],
  [
    'an exponential count below zero',
    'negative_count',
    BELOW_ZERO,
    'exponentialHistogram',
    { count: NEGATIVE },
  ],
  ['a zero count below zero', 'negative_count', BELOW_ZERO, 'exponentialHistogram', { zeroCount: NEGATIVE }],
  [
    'a positive bucket below zero',
    'negative_count',
    BELOW_ZERO,
    'exponentialHistogram',
    { positive: { bucketCounts: [NEGATIVE] } },
  ],
  [
    'a negative bucket below zero',
    'negative_count',
    BELOW_ZERO,
    'exponentialHistogram',
    { negative: { bucketCounts: [1, NEGATIVE] } },
  ],
  ['a scale too low', 'scale_out_of_range', SCALE, 'exponentialHistogram', { scale: -11 }],
  ['a scale too high', 'scale_out_of_range', SCALE, 'exponentialHistogram', { scale: 21 }],
  ['a summary count below zero', 'negative_count', BELOW_ZERO, 'summary', { count: NEGATIVE }],
  [
    'a quantile above 1',
    'quantile_out_of_range',
    QUANTILES,
    'summary',
    { quantileValues: [{ quantile: 1 }, { quantile: 1.5 }] },
  ],
  [
    'a quantile below 0',
    'quantile_out_of_range',
    QUANTILES,
    'summary',
    { quantileValues: [{ quantile: -0.1 }] },
  ],
  ['a gauge without a value', 'no_value', NO_VALUE, 'gauge', { flags: 2 }],
  ['a sum without a value', 'no_value', NO_VALUE, 'sum', {}],
  [
    'an exemplar with a bad trace id',
    'invalid_trace_id',
    IDS.invalid_trace_id,
    'gauge',
    { asInt: 1, exemplars: [{ traceId: bytes(15) }] },
  ],
  [
    'an exemplar with a bad span id',
    'invalid_span_id',
    IDS.invalid_span_id,
    'histogram',
    { exemplars: [{}, { spanId: bytes(16) }] },
  ],
  [
    'a time before its retention',
    'too_old',
    TOO_OLD,
    'sum',
    { asInt: 1, timeUnixNano: now() - 31n * 86_400_000_000_000n },
  ],
]

describe.each(TRANSPORTS)('a data point among good ones, over %s', (transport) => {
  it.each(badPoints)('%s', async (what, reason, sentence, kind, point) => {
    const name = `${what} over ${transport}`
    const dataPoints = [
      { timeUnixNano: now(), asInt: 1 },
      { timeUnixNano: now(), flags: 1 },
    ]
    const bad = { name, [kind]: { dataPoints: [{ timeUnixNano: now(), ...point }] } } as Metric
    const metrics: Metric[] = [
      { name, gauge: { dataPoints } },
      bad,
      { name, summary: { dataPoints: [{ timeUnixNano: now() }] } },
    ]
    await sendPartly(transport, 'metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }, sentence)
    kept.metrics.push(name, name, name)
    count(rejected.metrics, reason)
  })
})

describe('profiles are not taken', () => {
  const sentence = 'Weir takes logs, traces and metrics; profiles are not taken'

  it('over gRPC', async () => {
    const path = '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export'
    expect(await senders.raw.call({ path, bytes: frame(Buffer.alloc(0)) })).toMatchObject({
      status: 12,
      message: sentence,
    })
  })

  it.each(['application/x-protobuf', 'application/json'])('over HTTP, as %s', async (type) => {
    const told = await post(
      portOf(gateway.urls.http),
      '{}',
      { 'content-type': type },
      '/v1development/profiles',
    )
    expect(told).toMatchObject({
      status: 404,
      message: sentence,
      headers: { 'content-type': expect.stringContaining(type) },
    })
  })
})

it('rows, ledger and metrics are what the senders were told', async () => {
  const samples = await metricsOf(gateway.urls.api)
  const ledger = new Map<string, number>()
  for (const signal of ['traces', 'metrics'] as const) {
    const stored = kept[signal].length
    const rejections = [...rejected[signal].values()].reduce((sum, records) => sum + records, 0)
    expect(samples.get(`weir_records_received_total{signal="${signal}"}`)).toBe(stored + rejections)
    expect(samples.get(`weir_records_stored_total{signal="${signal}"}`)).toBe(stored)
    ledger.set(`${signal} received`, stored + rejections).set(`${signal} stored`, stored)
    for (const [reason, records] of rejected[signal]) {
      expect(samples.get(`weir_records_rejected_total{signal="${signal}",reason="${reason}"}`)).toBe(records)
      ledger.set(`${signal} rejected ${reason}`, records)
    }
    for (const [transport, requests] of [
      ['grpc', 1],
      ['http', 2],
    ] as const)
      expect(
        samples.get(`weir_requests_total{signal="${signal}",transport="${transport}",outcome="partial"}`),
      ).toBe((rejections / TRANSPORTS.length) * requests)
  }
  await gateway.readBack(async (database) => {
    const spans = await database.rows<{ SpanName: string }>('SELECT SpanName FROM spans')
    expect(spans.map(({ SpanName }) => SpanName).sort()).toEqual(kept.traces.sort())
    const points = await database.rows<{ MetricName: string }>(
      `SELECT MetricName FROM samples UNION ALL SELECT MetricName FROM summary_samples UNION ALL
       SELECT MetricName FROM histogram_samples UNION ALL SELECT MetricName FROM exp_histogram_samples`,
    )
    expect(points.map(({ MetricName }) => MetricName).sort()).toEqual(kept.metrics.sort())
    expect(await database.rows('SELECT Seq FROM exemplars')).toEqual([])
    const sums = await database.rows<{ what: string; records: number }>(
      `SELECT trimRight(concat(Signal, ' ', Kind, ' ', Reason)) AS what, toUInt32(sum(Records)) AS records
       FROM ledger GROUP BY what`,
    )
    expect(new Map(sums.map(({ what, records }) => [what, records]))).toEqual(ledger)
  })
})
