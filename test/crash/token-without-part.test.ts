import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startTestEngine } from '../support/engine.ts'
import { testSeed } from '../support/seed.ts'
import { audit, NOTHING_WRONG } from './support/audit.ts'
import { ClickHouseProxy } from './support/clickhouse-proxy.ts'
import { ExportClient } from './support/export-client.ts'
import { GatewayProcess, untilGone } from './support/gateway-process.ts'
import { poll } from './support/poll.ts'
import { randomOf } from './support/random.ts'
import { RequestBook } from './support/sent-requests.ts'
import { clickhouseAt, originOf } from './support/server.ts'

/**
 * Scenario: MergeTree logs an insert's token before it renames the part, and a kill hits between the two. Made here
 * out of a real kill: the insert is stored, its answer cut, gateway and engine are killed, and the part is taken off
 * the disk, with its token left in the log. Guarantee: the next gateway does not believe the 200 that ClickHouse
 * answers to the known token.
 */
test('ClickHouse killed after it logged the token and before it had the part: stored once all the same', async ({
  onTestFinished,
}) => {
  const root = await mkdtemp(join(tmpdir(), 'weir-crash-'))
  const directory = join(root, 'clickhouse')
  let engine = await startTestEngine({ directory })
  const proxy = await ClickHouseProxy.start(() => originOf(engine))
  const config = { dataDir: join(root, 'gateway'), clickhouse: clickhouseAt(proxy.origin) }
  let gateway = await GatewayProcess.start(config)
  const client = new ExportClient(() => gateway.grpc)
  onTestFinished(async () => {
    client.close()
    await gateway.kill()
    await proxy.stop()
    await engine.stop()
    await rm(root, { recursive: true, force: true })
  })

  proxy.handle = () => 'cut answer'
  const book = new RequestBook('token', randomOf(testSeed()), ['logs'])
  const request = book.next()
  request.answer = await client.export(request, 10_000)
  const partitions = new Set(request.records.map(({ fate }) => fate).filter((fate) => /day$/.test(fate)))
  const tokens = (): number =>
    new Set(proxy.inserts.filter(({ done }) => done).map(({ token }) => token)).size
  await poll('each partition was inserted and not answered', () => tokens() === partitions.size)
  const parts = await engine.engine.writer.rows<{ path: string }>(
    "SELECT path FROM system.parts WHERE database = 'weir' AND table = 'logs' AND active",
  )
  expect(parts).toHaveLength(partitions.size)
  await gateway.kill()
  const { pid } = engine.engine
  process.kill(pid!, 'SIGKILL')
  await Promise.all([engine.engine.stop(), untilGone(pid!)])
  for (const { path } of parts) {
    await access(path)
    await rm(path, { recursive: true })
  }

  engine = await startTestEngine({ directory })
  proxy.forget()
  expect(await engine.engine.writer.rows('SELECT Seq FROM logs')).toEqual([])
  proxy.handle = () => 'pass'
  gateway = await GatewayProcess.start(config)
  await gateway.untilInserted()
  const samples = await gateway.metrics()
  expect(samples?.get('weir_inserter_presence_checks_total{result="none"}')).toBe(partitions.size)
  expect(await gateway.terminate()).toBe(0)
  expect(await audit(engine.engine.writer, 'token', book)).toEqual(NOTHING_WRONG)
})
