import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startTestEngine } from '../support/engine.ts'
import { testSeed } from '../support/seed.ts'
import { audit, leftInSpool, NOTHING_WRONG } from './support/audit.ts'
import { ClickHouseProxy, type Handling } from './support/clickhouse-proxy.ts'
import { ExportClient } from './support/export-client.ts'
import { Load } from './support/load.ts'
import { randomOf } from './support/random.ts'
import { Rounds } from './support/rounds.ts'
import { RequestBook } from './support/sent-requests.ts'
import { clickhouseAt, gatewayIdOf, originOf } from './support/server.ts'

/**
 * Scenario: two gateways on one ClickHouse, begun together on an empty database, killed again and again, over a
 * network that cuts and delays a part of their inserts; ClickHouse itself is killed too. Guarantee: each gateway's
 * acknowledged records are stored exactly once, and neither counts the other's rows for its own.
 */
const ROUNDS = 4
const NAMES = ['one', 'two'] as const
const HANDLINGS: ReadonlyArray<Handling> = [
  ...Array<Handling>(10).fill('pass'),
  'lose request',
  'halve request',
  'cut answer',
  'cut answer',
  'hold answer',
]

test('two gateways on one ClickHouse, all killed at random instants: every acknowledged record once', {
  timeout: 180_000,
}, async ({ onTestFailed, onTestFinished }) => {
  const random = randomOf(testSeed())
  const engine = await startTestEngine()
  const proxy = await ClickHouseProxy.start(() => originOf(engine))
  proxy.handle = () => random.pick(HANDLINGS)
  const releasing = setInterval(() => proxy.release(), 1500)
  const sides = await Promise.all(
    NAMES.map(async (name) => {
      const dataDir = await mkdtemp(join(tmpdir(), `weir-crash-${name}-`))
      const inserter = { attemptTimeoutMs: 1000 }
      const rounds = new Rounds({ dataDir, clickhouse: clickhouseAt(proxy.origin), inserter }, random)
      const book = new RequestBook(name, random)
      const client = new ExportClient(() => rounds.address)
      return { name, dataDir, rounds, book, client, load: new Load(book, client, random) }
    }),
  )
  onTestFinished(async () => {
    clearInterval(releasing)
    for (const { load, client, rounds, dataDir } of sides) {
      load.abort()
      client.close()
      await rounds.destroy()
      await rm(dataDir, { recursive: true, force: true })
    }
    await proxy.stop()
    await engine.stop()
  })
  onTestFailed(() => {
    process.stderr.write(`WEIR_TEST_SEED=${random.seed}\n`)
    for (const { rounds } of sides) process.stderr.write(`${rounds.gateway?.lastLines()}\n`)
  })

  for (const { load } of sides) load.start(3)
  // Not oftener: the engine waits longer after each of its deaths.
  const killEngine = async (): Promise<void> => {
    await delay(random.between(0, 5000))
    if (engine.engine.pid !== undefined) process.kill(engine.engine.pid, 'SIGKILL')
  }
  await Promise.all([
    killEngine(),
    ...sides.map(({ rounds }) => rounds.run(ROUNDS, ['gateway', 'gateway', 'stop', 'twice'])),
  ])
  await Promise.all(sides.map(({ load }) => load.stop()))
  proxy.handle = () => 'pass'
  for (const { name, dataDir, rounds, book, load } of sides) {
    expect(await rounds.drain()).toBe(0)
    expect(load.complaints).toEqual([])
    expect(await leftInSpool(dataDir)).toEqual([])
    const found = await audit(engine.engine.writer, name, book, await gatewayIdOf(dataDir))
    expect(found).toEqual(NOTHING_WRONG)
  }
})
