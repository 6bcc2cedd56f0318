import { readdir, readFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { freePort } from '../../src/store/engine/ports.ts'
import { openRaw } from '../store/engine/support/raw.ts'
import { startTestEngine, TEST_SECRETS } from '../support/engine.ts'
import { startTestGateway } from '../support/gateway.ts'
import { Door } from './support/door.ts'
import { metricsOf, totalOf } from './support/metrics.ts'
import { numbered, requestOfBodies } from './support/records.ts'
import { openSenders, portOf, type Senders, TAKEN, TRANSPORTS } from './support/senders.ts'

/**
 * Scenario: ClickHouse is not there, at the start or later. Guarantees: senders get their OK from the spool, /readyz
 * tells how things are in sentences of ours, and everything is inserted once when ClickHouse is back.
 */

const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Report = {
  ready: boolean
  allUp: boolean
  reason?: string
  parts: Array<{ name: string; state: string; detail?: string }>
}

async function readyz(api: string, query = ''): Promise<{ status: number; report: Report; text: string }> {
  const response = await fetch(`${api}/readyz${query}`)
  const text = await response.text()
  return { status: response.status, report: JSON.parse(text) as Report, text }
}

const partOf = ({ parts }: Report, name: string) => parts.find((part) => part.name === name)

/** A gateway's config for a ClickHouse behind a door of which nobody knows yet when it opens. */
async function doorAndConfig(apiPort = 0): Promise<{ door: Door; yaml: string }> {
  const door = await Door.start()
  cleanups.push(() => door.stop())
  const yaml = `
listen: {grpc: 127.0.0.1:0, http: 127.0.0.1:0, api: 127.0.0.1:${apiPort}}
clickhouse:
  url: ${door.origin}/${TEST_SECRETS.path}
  username: weir
  password: ${TEST_SECRETS.writer}
  reader: {username: reader, password: ${TEST_SECRETS.reader}}
`
  return { door, yaml }
}

async function openTo(door: Door): Promise<Database> {
  const { engine, stop } = await startTestEngine()
  cleanups.push(stop)
  door.open(portOf((await openRaw(engine)).origin))
  return engine.writer
}

async function sendAll(senders: Senders, prefix: string): Promise<string[]> {
  const bodies: string[] = []
  for (const transport of TRANSPORTS)
    for (let i = 0; i < 5; i++) {
      const some = numbered(`${prefix} ${transport} ${i}:`, 20)
      const { status, rejected } = await senders.send(transport, requestOfBodies(some))
      expect({ status, rejected }).toEqual({ status: TAKEN[transport], rejected: 0 })
      bodies.push(...some)
    }
  return bodies.sort()
}

async function bodiesIn(database: Database): Promise<string[]> {
  const rows = await database.rows<{ Body: string }>('SELECT Body FROM logs ORDER BY Body')
  return rows.map(({ Body }) => Body)
}

async function untilInserted(api: string): Promise<void> {
  await expect
    .poll(async () => (await metricsOf(api)).get('weir_spool_oldest_seconds'), { timeout: 30_000 })
    .toBe(0)
}

test('at the start, within the grace: not ready and not listening, until ClickHouse answers', async () => {
  const apiPort = await freePort()
  const api = `http://127.0.0.1:${apiPort}`
  const { door, yaml } = await doorAndConfig(apiPort)
  let isListening = false
  const starting = startTestGateway(yaml, { storeGraceMs: 3_600_000 }).then((gateway) => {
    isListening = true
    cleanups.push(gateway.stop)
    return gateway
  })
  const answer = await expect
    .poll(() => readyz(api).catch(() => undefined), { timeout: 20_000 })
    .toMatchObject({
      status: 503,
      report: { ready: false, allUp: false, reason: 'Waiting for the first answer of ClickHouse.' },
    })
    .then(() => readyz(api))
  expect(partOf(answer.report, 'ingest')).toEqual({ name: 'ingest', state: 'starting' })
  expect(partOf(answer.report, 'clickhouse')).toEqual({ name: 'clickhouse', state: 'starting' })
  expect(await fetch(`${api}/healthz`).then(({ status }) => status)).toBe(200)
  expect(isListening).toBe(false)

  await openTo(door)
  await starting
  await expect.poll(() => readyz(api, '?all'), { timeout: 20_000 }).toMatchObject({ status: 200 })
})

test('at the start, past the grace: the spool accepts, and all of it is inserted once', async () => {
  const { door, yaml } = await doorAndConfig()
  const { urls, stop } = await startTestGateway(yaml, { storeGraceMs: 100 })
  cleanups.push(stop)
  const senders = openSenders(urls)
  cleanups.push(senders.close)
  const sent = await sendAll(senders, 'early')

  const { status, report, text } = await readyz(urls.api)
  expect({ status, ready: report.ready, allUp: report.allUp }).toEqual({
    status: 200,
    ready: true,
    allUp: false,
  })
  expect(partOf(report, 'ingest')?.state).toBe('up')
  expect(partOf(report, 'clickhouse')).toEqual({
    name: 'clickhouse',
    state: 'down',
    detail: 'ClickHouse does not answer; the spool keeps what comes in.',
  })
  expect((await readyz(urls.api, '?all')).status).toBe(503)
  const read = await fetch(`${urls.api}/api/v1/logs`)
  const told = (await read.json()) as { error: { code: string; message: string } }
  expect({ status: read.status, code: told.error.code }).toEqual({
    status: 503,
    code: 'database_unavailable',
  })
  const internal = new RegExp(`${portOf(door.origin)}|${TEST_SECRETS.path}|ECONN|socket|SELECT`, 'i')
  expect(text).not.toMatch(internal)
  expect(told.error.message).not.toMatch(internal)
  const before = await metricsOf(urls.api)
  expect(before.get('weir_engine_up')).toBe(0)
  expect(before.get('weir_records_stored_total{signal="logs"}')).toBe(sent.length)
  expect(totalOf(before, 'weir_inserter_rows_total')).toBe(0)

  const database = await openTo(door)
  await expect.poll(() => readyz(urls.api, '?all'), { timeout: 20_000 }).toMatchObject({ status: 200 })
  await untilInserted(urls.api)
  expect(await bodiesIn(database)).toEqual(sent)
  expect((await metricsOf(urls.api)).get('weir_engine_up')).toBe(1)
})

/** The embedded ClickHouse of a gateway in this process: the child that was given its directory. */
async function enginePidOf(dataDir: string): Promise<number> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (line.includes('store/engine/child.ts') && line.includes(dataDir)) return Number(entry)
  }
  throw new Error(`no ClickHouse runs in ${dataDir}`)
}

test('killed while the gateway runs: nothing is refused, and all of it is inserted once', async () => {
  const { urls, dataDir, readBack } = await startTestGateway()
  const senders = openSenders(urls)
  cleanups.push(senders.close)
  const sent = await sendAll(senders, 'before')
  await untilInserted(urls.api)

  process.kill(await enginePidOf(dataDir), 'SIGKILL')
  sent.push(...(await sendAll(senders, 'after')))
  const isBack = async () => (await metricsOf(urls.api)).get('weir_engine_restarts_total') === 1
  await expect.poll(isBack, { timeout: 30_000 }).toBe(true)
  await expect.poll(() => readyz(urls.api, '?all'), { timeout: 20_000 }).toMatchObject({ status: 200 })
  sent.push(...(await sendAll(senders, 'restarted')))
  await untilInserted(urls.api)
  const samples = await metricsOf(urls.api)
  expect(samples.get('weir_records_stored_total{signal="logs"}')).toBe(sent.length)
  expect(samples.get('weir_requests_total{signal="logs",transport="grpc",outcome="ok"}')).toBe(15)
  expect(samples.get('weir_requests_total{signal="logs",transport="http",outcome="ok"}')).toBe(15)
  await readBack(async (database) => expect(await bodiesIn(database)).toEqual(sent.sort()))
})
