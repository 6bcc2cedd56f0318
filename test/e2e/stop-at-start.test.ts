import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDirectory } from '../../src/store/engine/lock.ts'
import { startTestGateway } from '../support/gateway.ts'

/**
 * Scenario: a ClickHouse that is there, says that it has the database, and answers nothing else: its statements hang.
 * Guarantees: a gateway can be stopped all the same, while it starts and after, and leaves nothing behind.
 */

const ANSWERS: ReadonlyArray<[statement: RegExp, row: string]> = [
  [/FROM system\.databases/, '{"n":"1"}\n'],
  [/SELECT 1\b/, '{"1":1}\n'],
]
const HUNG = 'FROM system.tables'

const hung = Promise.withResolvers<void>()
const clickhouse = createServer(async (request: IncomingMessage, response: ServerResponse) => {
  const statement = (await request.setEncoding('utf8').toArray()).join('')
  const answer = ANSWERS.find(([pattern]) => pattern.test(statement))
  if (answer !== undefined) response.end(answer[1])
  else if (statement.includes(HUNG)) hung.resolve()
})

let dataDir: string
let yaml: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weir-stop-at-start-'))
  clickhouse.listen(0, '127.0.0.1')
  await once(clickhouse, 'listening')
  const { port } = clickhouse.address() as AddressInfo
  yaml = `clickhouse: {url: "http://127.0.0.1:${port}"}\nlogs: {textIndex: false}\n`
})

afterEach(async () => {
  clickhouse.closeAllConnections()
  const closed = once(clickhouse, 'close')
  clickhouse.close()
  await closed
  await rm(dataDir, { recursive: true, force: true })
})

async function expectNothingLeft(): Promise<void> {
  const lock = await lockDirectory(dataDir)
  await lock.release()
  const connections = () =>
    new Promise((resolve) => clickhouse.getConnections((_error, count) => resolve(count)))
  await expect.poll(connections).toBe(0)
}

test('while it waits for the schema', async () => {
  const stop = new AbortController()
  const starting = startTestGateway(yaml, { dataDir, storeGraceMs: 3_600_000, signal: stop.signal })
  const ended = expect(starting).rejects.toThrow('enough')
  await hung.promise
  stop.abort(new Error('enough'))
  await ended
  await expectNothingLeft()
})

test('once it takes requests without the schema', async () => {
  const { gateway } = await startTestGateway(yaml, { dataDir, storeGraceMs: 0 })
  await hung.promise
  await gateway.stop()
  await expectNothingLeft()
})
