import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestEngine, type TestEngine } from '../support/engine.ts'
import { testSeed } from '../support/seed.ts'
import { audit, leftInSpool, NOTHING_WRONG } from './support/audit.ts'
import { ClickHouseProxy, type Handling } from './support/clickhouse-proxy.ts'
import { ExportClient } from './support/export-client.ts'
import { type GatewayConfig, GatewayProcess } from './support/gateway-process.ts'
import { Load } from './support/load.ts'
import { poll } from './support/poll.ts'
import { randomOf } from './support/random.ts'
import { RequestBook } from './support/sent-requests.ts'
import { clickhouseAt, gatewayIdOf, originOf } from './support/server.ts'

/**
 * Scenario: a gateway process and a ClickHouse server, with a proxy between them that cuts, delays and loses inserts
 * and their answers. Guarantee: whatever the gateway can't know, every acknowledged record is stored exactly once.
 */
let engine: TestEngine
let proxy: ClickHouseProxy
let dataDir: string
let config: GatewayConfig
let gateway: GatewayProcess | undefined

beforeAll(async () => {
  engine = await startTestEngine()
})
afterAll(() => engine?.stop())

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weir-crash-'))
  proxy = await ClickHouseProxy.start(() => originOf(engine))
  config = { dataDir, clickhouse: clickhouseAt(proxy.origin), inserter: { attemptTimeoutMs: 1000 } }
  return async () => {
    await gateway?.kill()
    gateway = undefined
    await proxy.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
})

/** Sends load until `done`, then until all of it is acknowledged. */
async function loadUntil(name: string, what: string, done: () => boolean): Promise<RequestBook> {
  const random = randomOf(testSeed())
  const book = new RequestBook(name, random)
  const client = new ExportClient(() => gateway?.grpc)
  const load = new Load(book, client, random)
  load.start(3)
  try {
    await poll(what, done)
    await load.stop()
  } finally {
    load.abort()
    client.close()
  }
  expect(load.complaints).toEqual([])
  return book
}

async function drainAndAudit(name: string, book: RequestBook): Promise<void> {
  await gateway!.untilInserted()
  expect(await gateway!.terminate()).toBe(0)
  expect(await leftInSpool(dataDir)).toEqual([])
  const gatewayId = await gatewayIdOf(dataDir)
  expect(await audit(engine.engine.writer, name, book, gatewayId)).toEqual(NOTHING_WRONG)
}

test.each<Handling>(['lose request', 'halve request', 'cut answer', 'hold answer'])(
  '%s: every record once',
  async (handling) => {
    const name = handling.replace(' ', '-')
    gateway = await GatewayProcess.start(config)
    // The first two attempts of every group.
    proxy.handle = (earlier) => (earlier < 2 ? handling : 'pass')
    const book = await loadUntil(name, `six inserts met: ${handling}`, () => {
      // An answer that comes after the gateway has given up is held until the next attempt is there.
      if (proxy.inserts.at(-1)?.handling === 'pass') proxy.release()
      return proxy.count('pass') >= 3
    })
    proxy.handle = () => 'pass'
    proxy.release()
    await drainAndAudit(name, book)
  },
)

test('an insert that reaches ClickHouse after the attempt that replaced it is dropped by its token', async () => {
  gateway = await GatewayProcess.start(config)
  proxy.handle = (earlier) => (earlier === 0 ? 'hold request' : 'pass')
  const book = await loadUntil('late', 'two second attempts passed', () => proxy.count('pass') >= 2)
  proxy.handle = () => 'pass'
  await gateway.untilInserted()
  const gatewayId = await gatewayIdOf(dataDir)
  expect(await audit(engine.engine.writer, 'late', book, gatewayId)).toEqual(NOTHING_WRONG)
  proxy.release()
  await poll('the late ones are through', () => proxy.inserts.every(({ done }) => done))
  expect(proxy.count('hold request')).toBeGreaterThan(0)
  await drainAndAudit('late', book)
})

test('a gateway killed while its insert is on the way: the next one goes on under the same token', async () => {
  gateway = await GatewayProcess.start(config)
  proxy.handle = () => 'hold request'
  const book = await loadUntil('orphaned', 'an insert is on the way', () => proxy.inserts.length > 0)
  const { token } = proxy.inserts[0]!
  await gateway.kill()

  proxy.handle = () => 'pass'
  gateway = await GatewayProcess.start(config)
  await gateway.untilInserted()
  expect(proxy.inserts.filter(({ handling }) => handling === 'pass').map((insert) => insert.token)).toContain(
    token,
  )
  proxy.release()
  await poll('the late ones are through', () => proxy.inserts.every(({ done }) => done))
  await drainAndAudit('orphaned', book)
})
