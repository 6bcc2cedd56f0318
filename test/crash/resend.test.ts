import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { totalOf } from '../e2e/support/metrics.ts'
import { startTestEngine } from '../support/engine.ts'
import { testSeed } from '../support/seed.ts'
import { audit, leftInSpool, NOTHING_WRONG } from './support/audit.ts'
import { ExportClient } from './support/export-client.ts'
import { GatewayProcess, untilGone } from './support/gateway-process.ts'
import { poll } from './support/poll.ts'
import { randomOf } from './support/random.ts'
import { RequestBook, type SentRequest } from './support/sent-requests.ts'

/**
 * Scenario: a sender that never heard the answer and sends again, at the moments that are hard: before the commit,
 * over kills, after the rows have left the spool. Guarantee: the same answer, and every record once.
 */
let dataDir: string
let gateway: GatewayProcess | undefined
let client: ExportClient
let book: RequestBook

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weir-crash-'))
  client = new ExportClient(() => gateway?.grpc)
  book = new RequestBook('again', randomOf(testSeed()))
  return async () => {
    client.close()
    const engine = await gateway?.enginePid()
    await gateway?.kill()
    if (engine !== undefined) await untilGone(engine)
    gateway = undefined
    await rm(dataDir, { recursive: true, force: true })
  }
})

async function acknowledged(count: number): Promise<SentRequest[]> {
  const requests = Array.from({ length: count }, () => book.next())
  await Promise.all(
    requests.map(async (request) => {
      request.answer = await client.export(request, 10_000)
    }),
  )
  return requests
}

async function expectSameAnswers(requests: ReadonlyArray<SentRequest>): Promise<void> {
  for (const request of requests) expect(await client.export(request, 10_000)).toEqual(request.answer)
}

/** Stops the gateway and compares what is stored with what was sent. */
async function drainAndAudit(): Promise<void> {
  await gateway!.untilInserted()
  expect(await gateway!.terminate()).toBe(0)
  expect(await leftInSpool(dataDir)).toEqual([])
  const engine = await startTestEngine({ directory: join(dataDir, 'clickhouse') })
  try {
    expect(await audit(engine.engine.writer, 'again', book)).toEqual(NOTHING_WRONG)
  } finally {
    await engine.stop()
  }
}

test('senders give up after a moment and send again while the first request is in an open commit', async () => {
  gateway = await GatewayProcess.start({ dataDir, spool: { commitIntervalMs: 100 } })
  let timeouts = 0
  for (let i = 0; i < 20; i++) {
    const request = book.next()
    const patienceMs = [5, 20, 40, 60][i % 4]!
    const hasty = client.export(request, patienceMs).catch(() => {
      timeouts++
    })
    await hasty
    request.answer = await client.export(request, 10_000)
    await expectSameAnswers([request])
  }
  expect(timeouts).toBeGreaterThan(0)
  const samples = await gateway.metrics()
  // At least each last one; and the hasty ones that had reached the open commit.
  expect(totalOf(samples!, 'weir_requests_repeated_total')).toBeGreaterThan(20)
  await drainAndAudit()
})

test('kill, replay, spool file deleted, second kill, sent again: the same answers, stored once', async () => {
  gateway = await GatewayProcess.start({ dataDir })
  const requests = await acknowledged(30)
  await gateway.killWithEngine()
  gateway = await GatewayProcess.start({ dataDir })
  const replayed = (await leftInSpool(dataDir)).filter((file) => file.startsWith('segments/'))
  await gateway.untilInserted()
  await poll('the replayed segments are deleted', async () => {
    const left = await leftInSpool(dataDir)
    return !replayed.some((file) => left.includes(file))
  })
  await gateway.killWithEngine()
  gateway = await GatewayProcess.start({ dataDir })
  await expectSameAnswers(requests)
  await drainAndAudit()
})

test.each([11, -9])(
  'a commit of which %i bytes were written when the kill came is cut off; all before it is stored',
  async (bytes) => {
    gateway = await GatewayProcess.start({
      dataDir,
      inserter: { groupAgeMs: 60_000, thinGroupAgeMs: 60_000 },
    })
    const requests = await acknowledged(5)
    await acknowledged(1)
    await gateway.killWithEngine()
    // The beginning of one more commit, as the disk has it when a write is cut short.
    const segments = join(dataDir, 'spool', 'segments')
    const [name] = await readdir(segments)
    const whole = await readFile(join(segments, name!))
    await appendFile(join(segments, name!), whole.subarray(0, firstFrameBytes(whole)).subarray(0, bytes))

    gateway = await GatewayProcess.start({ dataDir })
    await expectSameAnswers(requests)
    await drainAndAudit()
  },
)

/** Magic, kind, length, payload, checksum, end (docs/adr/0001-commit-is-not-insert.md). */
function firstFrameBytes(segment: Buffer): number {
  return 12 + segment.readUInt32LE(8) + 8
}
