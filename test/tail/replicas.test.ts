import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config/schema.ts'
import type { LogExpr } from '../../src/query/logql/ast.ts'
import { parse } from '../../src/query/logql/parse.ts'
import { createTail } from '../../src/tail/assemble.ts'
import { nativeFormat } from '../../src/tail/fronts/native-format.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { stringAttributes } from '../otlp/proto.ts'
import { FakeSocket } from './support/fake-socket.ts'
import { openRealStores, type RealStores } from './support/real-stores.ts'
import { type NativeFrame, nativeLines } from './support/tail-client.ts'

/** Scenario: two gateways over one real ClickHouse; a viewer of one. Guarantee: it gets the lines of both, each once. */

let directory: string
let stores: RealStores

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-replicas-'))
  stores = await openRealStores(directory, ['here', 'there'])
})
afterAll(async () => {
  await stores.stop()
  await rm(directory, { recursive: true, force: true })
})

const request = (body: string) => ({
  resourceLogs: [
    {
      resource: { attributes: stringAttributes({ 'service.name': 'shop' }) },
      scopeLogs: [
        { logRecords: [{ timeUnixNano: BigInt(Date.now()) * 1_000_000n, body: { stringValue: body } }] },
      ],
    },
  ],
})

describe('a tail of two gateways', () => {
  it('shows what the other one has stored, too', { timeout: 60_000 }, async () => {
    const base = defaultConfig()
    const config = { ...base, tail: { ...base.tail, replicaPollMs: 100 } }
    const [here, there] = stores.harnesses
    const tail = createTail(config, {
      store: here!.store,
      gatewayId: 'here',
      reader: stores.reader,
      metrics: createMetrics(),
      logger: pino({ level: 'silent' }),
    })
    await there!.send(request('stored there'))
    const socket = new FakeSocket()
    const watching = tail.hub.watch({
      tenantIds: ['default'],
      expr: parse('{service_name="shop"}') as LogExpr,
      socket: socket.asSocket,
      format: nativeFormat,
      delayMs: 0,
      requestId: 'r',
      tenants: async () => ['default'],
      start: { kind: 'history', startNs: 0n, limit: 100, isAll: true },
    })
    const lines = () => nativeLines(socket.sent.map((text) => JSON.parse(text) as NativeFrame))
    await here!.send(request('live here'))
    await there!.send(request('later there'))
    // Watermarks are published every five seconds.
    await expect.poll(() => lines().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(3)
    expect(
      lines()
        .map(({ lane, body }) => `${lane}: ${body}`)
        .sort(),
    ).toEqual(['here: live here', 'there: later there', 'there: stored there'])
    await tail.stop()
    await watching
  })
})
