import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { openRaw } from '../store/engine/support/raw.ts'
import { startTestEngine, TEST_SECRETS } from '../support/engine.ts'
import { metricsOf } from './support/metrics.ts'
import { requestOfBodies } from './support/records.ts'
import {
  openSenders,
  type Senders,
  TAKEN,
  TRANSPORTS,
  type Transport,
  type Verdict,
} from './support/senders.ts'
import { WeirProcess } from './support/weir-process.ts'

/**
 * Scenario: a gateway whose disk (a small tmpfs in a mount namespace of its own, which ends with it) is filled by
 * somebody else. Guarantees: senders are refused in a form that makes them try again, the gateway lives on, takes
 * again when there is room, and what it acknowledged is in ClickHouse once.
 * Does not prove: a disk that fails between any two writes (test/store/commit-failures.test.ts).
 */

const NAMESPACE = ['unshare', '--map-root-user', '--mount']
const MOUNT = 'mount -t tmpfs -o size=64m none "$0" && exec "$@"'
const MiB = 1024 * 1024

/** Some kernels and containers allow nobody a file system of his own. */
const canMount =
  spawnSync(NAMESPACE[0]!, [...NAMESPACE.slice(1), 'sh', '-c', MOUNT, tmpdir(), 'true']).status === 0

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Site = { gateway: WeirProcess; api: string; senders: Senders; database: Database; disk: string }

async function startOnSmallDisk(freeBytesMin: string): Promise<Site> {
  const { engine, stop } = await startTestEngine()
  cleanups.push(stop)
  const { url } = await openRaw(engine)
  const folder = await mkdtemp(join(tmpdir(), 'weir-full-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  const dataDir = join(folder, 'disk')
  await mkdir(dataDir)
  const yaml = `
listen: {grpc: 127.0.0.1:0, http: 127.0.0.1:0, api: 127.0.0.1:0}
clickhouse: {url: '${url}', username: weir, password: ${TEST_SECRETS.writer}}
spool: {freeBytesMin: ${freeBytesMin}}
inserter: {groupAgeMs: 50, thinGroupAgeMs: 50}
`
  const command = [...NAMESPACE, 'sh', '-c', MOUNT, dataDir]
  const gateway = await WeirProcess.spawn(folder, yaml, { dataDir, command })
  cleanups.push(async () => {
    gateway.kill('SIGKILL')
    await gateway.exited
  })
  const urls = await gateway.ready
  const senders = openSenders(urls)
  cleanups.push(senders.close)
  // The file system as the gateway sees it.
  return {
    gateway,
    api: urls.api,
    senders,
    database: engine.writer,
    disk: `/proc/${gateway.pid}/root${dataDir}`,
  }
}

/** Takes all that is free, down to the last page, or until it holds `bytesMax`. */
async function fill(disk: string, bytesMax: number): Promise<void> {
  const file = await open(join(disk, 'filler'), 'a')
  try {
    for (let bytes = (await file.stat()).size; bytes < bytesMax; bytes += 4096)
      await file.write(Buffer.alloc(4096, 1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    await file.close()
  }
}

/** 64 KiB that nothing compresses into the rest of a page. */
const bodyOf = (name: string): string => `${name} ${randomBytes(32_768).toString('hex')}`

function expectRetryable(transport: Transport, verdict: Verdict): void {
  expect(transport === 'grpc' ? [8, 14] : [429, 503]).toContain(verdict.status)
  expect(verdict.retryDelayMs).toBeGreaterThan(0)
  if (transport === 'http') expect(Number(verdict.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(verdict.message).toMatch(/send this request again/)
  expect(verdict.message).not.toMatch(/ENOSPC|EIO|spool\/|weir-full/)
}

test.runIf(canMount).each([
  ['to the reserve for the inserter', '24MiB', 48 * MiB],
  ['to the last byte', '0', 64 * MiB],
] as const)('a disk that is full %s', async (_, freeBytesMin, fillBytes) => {
  const { gateway, api, senders, database, disk } = await startOnSmallDisk(freeBytesMin)
  const acknowledged: string[] = []
  const offer = async (transport: Transport, body: string): Promise<Verdict> => {
    const verdict = await senders.send(transport, requestOf(body))
    if (verdict.status === TAKEN[transport]) acknowledged.push(body)
    return verdict
  }
  // A sender sends the same bytes again, time stamps included.
  const requests = new Map<string, Buffer>()
  const requestOf = (body: string): Buffer => {
    const known = requests.get(body) ?? requestOfBodies([body])
    requests.set(body, known)
    return known
  }
  const isRoom = async () => (await fetch(`${api}/readyz`)).status === 200

  for (const transport of TRANSPORTS) await offer(transport, bodyOf(`before, ${transport}`))
  expect(acknowledged).toHaveLength(2)

  await fill(disk, fillBytes)
  if (freeBytesMin !== '0') await expect.poll(isRoom, { timeout: 10_000 }).toBe(false)
  const refused: Array<[Transport, string]> = []
  for (let i = 0; refused.length < 6; i++) {
    expect(i).toBeLessThan(30)
    const transport = TRANSPORTS[i % TRANSPORTS.length]!
    const body = bodyOf(`full ${i}`)
    const verdict = await offer(transport, body)
    // A segment of which everything is in ClickHouse was deleted: that is room, for one or two.
    if (verdict.status === TAKEN[transport]) await fill(disk, fillBytes)
    else {
      expectRetryable(transport, verdict)
      refused.push([transport, body])
    }
  }
  expect(new Set(refused.map(([transport]) => transport))).toEqual(new Set(TRANSPORTS))

  await rm(join(disk, 'filler'))
  for (const [transport, body] of refused) {
    const isTaken = async () => (await offer(transport, body)).status === TAKEN[transport]
    await expect.poll(isTaken, { timeout: 20_000 }).toBe(true)
  }
  expect(await isRoom()).toBe(true)
  const samples = await metricsOf(api)
  expect(samples.get('weir_records_received_total{signal="logs"}')).toBe(acknowledged.length)
  expect(samples.get('weir_records_stored_total{signal="logs"}')).toBe(acknowledged.length)

  gateway.kill('SIGTERM')
  expect(await gateway.exited).toBe(0)
  const rows = await database.rows<{ Body: string }>('SELECT Body FROM logs')
  expect(rows.map(({ Body }) => Body).sort()).toEqual(acknowledged.sort())
})
