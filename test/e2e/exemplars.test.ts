import { expect, test } from 'vitest'
import { encodeTracesRequest, stringAttributes } from '../otlp/proto.ts'
import { startTestGateway } from '../support/gateway.ts'

/**
 * Scenario: spans that are counted and then not stored, since a rule drops them or the store finds them too old, before and beside one that is. Guarantee: the
 * exemplars in ClickHouse name the one that is there, with its duration.
 */

const YAML = `
processors:
  span_metrics: {metrics_flush_interval: 1s}
  filter: {traces: {span: ['attributes["secret"] == "yes"']}}
`
const LONG_AGO_MS = 1_000_000_000_000

type Sent = { readonly id: number; readonly startMs: number; readonly secret?: true }

const idOf = (id: number, bytes: number): Buffer => Buffer.alloc(bytes, id)

function requestOf(spans: ReadonlyArray<Sent>): Buffer {
  const resource = { attributes: stringAttributes({ 'service.name': 'shop' }) }
  return encodeTracesRequest({
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            spans: spans.map(({ id, startMs, secret }) => ({
              traceId: idOf(id, 16),
              spanId: idOf(id, 8),
              name: 'GET /',
              kind: 2,
              startTimeUnixNano: BigInt(startMs) * 1_000_000n,
              endTimeUnixNano: BigInt(startMs + 7) * 1_000_000n,
              ...(secret === undefined ? {} : { attributes: stringAttributes({ secret: 'yes' }) }),
            })),
          },
        ],
      },
    ],
  })
}

test('exemplars of span metrics are spans that are stored', async () => {
  const { urls, readBack } = await startTestGateway(YAML)
  const nowMs = Date.now()
  const requests: ReadonlyArray<ReadonlyArray<Sent>> = [
    [{ id: 1, startMs: LONG_AGO_MS }],
    [
      { id: 2, startMs: LONG_AGO_MS },
      { id: 3, startMs: nowMs, secret: true },
      { id: 4, startMs: nowMs },
      { id: 5, startMs: nowMs },
    ],
  ]
  for (const spans of requests) {
    const response = await fetch(`${urls.http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(requestOf(spans)),
    })
    expect(response.status).toBe(200)
  }
  await readBack(async (database) => {
    const rows = await database.rows(
      `SELECT lower(hex(TraceId)) AS trace, lower(hex(SpanId)) AS span, Value AS seconds FROM exemplars`,
    )
    expect(rows).toEqual([
      { trace: idOf(4, 16).toString('hex'), span: idOf(4, 8).toString('hex'), seconds: 0.007 },
    ])
    const [calls] = await database.rows(
      `SELECT toUInt32(max(Value)) AS calls FROM samples WHERE MetricName = 'traces.span.metrics.calls'`,
    )
    expect(calls).toEqual({ calls: 5 })
  })
})
