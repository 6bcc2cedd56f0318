import { expect, test } from 'vitest'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { LedgerSums } from '../../src/telemetry/own-metrics/ledger-sums.ts'
import { OwnMetrics } from '../../src/telemetry/own-metrics/publisher.ts'
import { decodeMetricsRequest } from '../otlp/proto.ts'

/** Scenario: publications that get through or not. Guarantee: a series begins with a zero that got through; nothing is sent where users' data need the room. */

function world() {
  const metrics = createMetrics()
  const ledger = new LedgerSums()
  const state = { hasRoom: true, takes: true, nowMs: 1_700_000_000_000 }
  const sent: Buffer[] = []
  const own = new OwnMetrics({
    resource: { serviceName: 'weir', instanceId: 'gateway-1', version: '1.2.3' },
    intervalMs: 1000,
    collect: metrics.collect,
    ledger,
    hasRoom: () => state.hasRoom,
    generate: (request) => {
      if (state.takes) sent.push(request)
      return state.takes
    },
    nowMs: () => state.nowMs,
    log: { warn: () => expect.unreachable() },
  })
  const publish = async (): Promise<void> => {
    state.nowMs += 1000
    await own.publish()
  }
  /** The values of a counter in a request, in order. */
  const valuesOf = (request: Buffer, name: string): unknown[] => {
    const { resourceMetrics = [] } = decodeMetricsRequest(request)
    const all = resourceMetrics.flatMap(({ scopeMetrics = [] }) =>
      scopeMetrics.flatMap(({ metrics: own = [] }) => own),
    )
    return all.find((metric) => metric.name === name)?.sum?.dataPoints?.map(({ asDouble }) => asDouble) ?? []
  }
  return { metrics, ledger, state, sent, publish, valuesOf }
}

test('a series begins with a zero, once it got through', async () => {
  const { metrics, state, sent, publish, valuesOf } = world()
  metrics.commits.cell('durable').value = 5
  state.takes = false
  await publish()
  state.takes = true
  await publish()
  metrics.commits.cell('durable').value = 7
  await publish()
  expect(sent.map((request) => valuesOf(request, 'weir_commits_total'))).toEqual([[0, 5], [7]])
})

test('the ledger is summed up by tenant, signal, kind and reason; tenants past the bound together', async () => {
  const { ledger, sent, publish, valuesOf } = world()
  const entry = (tenantId: string) => ({
    tenantId,
    signal: 'logs',
    kind: 'stored',
    reason: '',
    records: 2,
    bytes: 10,
  })
  for (let i = 0; i < 6000; i++) ledger.add([entry(`tenant-${i}`)])
  await publish()
  const values = valuesOf(sent[0]!, 'weir_ledger_records_total') as number[]
  expect(values).toHaveLength(2 * 5001)
  expect(values.reduce((a, b) => a + b, 0)).toBe(12_000)
})

test('nothing is sent where users data need the room', async () => {
  const { state, sent, publish } = world()
  state.hasRoom = false
  await publish()
  expect(sent).toEqual([])
})
