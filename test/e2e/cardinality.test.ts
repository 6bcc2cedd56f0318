import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeMetricsRequest } from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metricsOf } from './support/metrics.ts'

/**
 * Scenario: a label that holds an id, a limit, and a restart of the whole gateway. Guarantees: only as many series are
 * stored as the limit says, what is dropped is in the ledger's counts, the API shows what is active, also after the restart.
 */

const LIMIT = 10
const DROPPED = 'weir_records_dropped_total{signal="metrics",reason="cardinality_limit"}'
const YAML = `
processors:
  cardinality_limit: {limit: ${LIMIT}}
`

let dataDir: string
let gateway: TestGateway
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weir-cardinality-'))
  gateway = await startTestGateway(YAML, { dataDir })
})
afterAll(async () => {
  await gateway.gateway.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** A request with points of `requests`, ids from `first` on, and one of `cpu`. */
async function send(first: number, count: number): Promise<void> {
  const timeUnixNano = String(BigInt(Date.now()) * 1_000_000n)
  const dataPoints = Array.from({ length: count }, (_, i) => ({
    timeUnixNano,
    attributes: [{ key: 'id', value: { stringValue: `id-${first + i}` } }],
    asInt: 1,
  }))
  const body = encodeMetricsRequest({
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              { name: 'requests', sum: { dataPoints, isMonotonic: true, aggregationTemporality: 2 } },
              { name: 'cpu', gauge: { dataPoints: [{ timeUnixNano, asDouble: 0.5 }] } },
            ],
          },
        ],
      },
    ],
  })
  const answer = await fetch(`${gateway.urls.http}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  expect(answer.status).toBe(200)
}

async function shown(path: string): Promise<unknown> {
  const answer = await fetch(`${gateway.urls.api}${path}`)
  expect(answer.status).toBe(200)
  return answer.json()
}

it('holds a limit over a restart, and shows it', async () => {
  await send(0, 25)
  const samples = await metricsOf(gateway.urls.api)
  expect(samples.get('weir_active_series')).toBe(LIMIT + 1)
  expect(samples.get(DROPPED)).toBe(15)
  expect(await shown('/api/v1/cardinality')).toMatchObject({
    active: LIMIT + 1,
    metrics: [
      { metric: 'requests', active: LIMIT, new: LIMIT },
      { metric: 'cpu', active: 1, new: 1 },
    ],
  })

  await gateway.gateway.stop()
  gateway = await startTestGateway(YAML, { dataDir })
  await send(5, 20)
  // 5 to 9 were active, 10 to 24 never were.
  expect((await metricsOf(gateway.urls.api)).get(DROPPED)).toBe(15)
  expect(await shown('/api/v1/cardinality')).toMatchObject({
    active: LIMIT + 1,
    metrics: [
      { metric: 'requests', active: LIMIT, new: 0 },
      { metric: 'cpu', active: 1, new: 0 },
    ],
  })
  await expect
    .poll(() => shown('/api/v1/cardinality?metric=requests'), { timeout: 30_000 })
    .toMatchObject({ labels: [{ label: 'id', values: LIMIT, series: LIMIT }] })
})
