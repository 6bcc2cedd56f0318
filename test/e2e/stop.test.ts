import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestEngine } from '../support/engine.ts'
import { startTestGateway } from '../support/gateway.ts'
import { holdRequest } from './support/held-request.ts'
import { metricsOf } from './support/metrics.ts'
import { numbered, requestOfBodies } from './support/records.ts'
import { openSenders, type Senders, TAKEN, TRANSPORTS } from './support/senders.ts'
import { type Urls, WeirProcess } from './support/weir-process.ts'

/** Guarantees of a stop by signal, seen from outside the process. */

const STOPS = 'stops; a second signal ends at once'
/** Groups that wait for minutes: what a stop does not insert stays in the spool. */
const YAML = `
listen: {grpc: 127.0.0.1:0, http: 127.0.0.1:0, api: 127.0.0.1:0}
inserter: {groupAgeMs: 600000, thinGroupAgeMs: 600000}
`

let dataDir: string
let gateway: WeirProcess
let urls: Urls
let senders: Senders

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weir-stop-'))
  gateway = await WeirProcess.spawn(dataDir, YAML)
  urls = await gateway.ready
  senders = openSenders(urls)
})

afterEach(async () => {
  gateway.kill('SIGKILL')
  await gateway.exited
  await rm(dataDir, { recursive: true, force: true })
  senders.close()
})

async function sendAll(prefix: string): Promise<string[]> {
  const bodies: string[] = []
  for (const transport of TRANSPORTS) {
    const some = numbered(`${prefix} ${transport}`, 50)
    const { status } = await senders.send(transport, requestOfBodies(some))
    expect(status).toBe(TAKEN[transport])
    bodies.push(...some)
  }
  return bodies
}

/** Half-sent requests over both transports, once the gateway has let them in. */
async function holdBoth() {
  const bodies = numbered('in flight', 2)
  const held = TRANSPORTS.map((transport, i) =>
    holdRequest(transport, { http: urls.http, raw: senders.raw }, requestOfBodies([bodies[i]!])),
  )
  const inFlight = async () => (await metricsOf(urls.api)).get('weir_requests_in_flight')
  await expect.poll(inFlight, { timeout: 10_000 }).toBe(2)
  return { bodies, held }
}

test('SIGTERM: requests in flight are answered, all that was acknowledged is inserted, exit code 0', async () => {
  const acknowledged = await sendAll('before')
  const { bodies, held } = await holdBoth()
  gateway.kill('SIGTERM')
  await gateway.logged(STOPS)
  const verdicts = await Promise.all(held.map((request) => request.finish()))
  expect(verdicts.map(({ status }) => status)).toEqual(TRANSPORTS.map((transport) => TAKEN[transport]))
  acknowledged.push(...bodies)
  expect(await gateway.exited).toBe(0)

  expect(await readdir(join(dataDir, 'spool', 'segments'))).toEqual([])
  const { engine, stop } = await startTestEngine({ directory: join(dataDir, 'clickhouse') })
  const rows = await engine.writer.rows<{ Body: string }>('SELECT Body FROM logs ORDER BY Body')
  await stop()
  expect(rows.map(({ Body }) => Body)).toEqual(acknowledged.sort())
})

test('a second SIGTERM ends at once; what was acknowledged is inserted after the next start', async () => {
  const acknowledged = await sendAll('before')
  await holdBoth()
  gateway.kill('SIGTERM')
  await gateway.logged(STOPS)
  gateway.kill('SIGTERM')
  expect(await gateway.exited).toBe(143)
  expect(await readdir(join(dataDir, 'spool', 'segments'))).not.toEqual([])

  const next = await startTestGateway('', { dataDir })
  await next.readBack(async (database) => {
    const rows = await database.rows<{ Body: string }>('SELECT Body FROM logs ORDER BY Body')
    expect(rows.map(({ Body }) => Body)).toEqual(acknowledged.sort())
  })
})
