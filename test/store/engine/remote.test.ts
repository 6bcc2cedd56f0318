import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Secret } from '../../../src/config/secret.ts'
import { createEngine } from '../../../src/store/engine/create.ts'
import type { ManagedEngine } from '../../../src/store/engine/engine.ts'
import { createRemoteEngine, type RemoteOptions } from '../../../src/store/engine/remote.ts'
import { startTestEngine, TEST_SECRETS, type TestEngine } from '../../support/engine.ts'
import { openRaw, type Raw } from './support/raw.ts'

/** Guarantees: a server that somebody else runs is used through the same `Engine`. */

const log = pino({ level: 'silent' })
let server: TestEngine
let raw: Raw
beforeAll(async () => {
  server = await startTestEngine()
  raw = await openRaw(server.engine)
})
afterAll(() => server.stop())

const open: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

function remote(options: Partial<RemoteOptions> = {}): ManagedEngine {
  const engine = createRemoteEngine({
    endpoint: { url: raw.url, username: 'weir', password: TEST_SECRETS.writer },
    database: 'elsewhere',
    log,
    ...options,
  })
  open.push(() => engine.stop())
  engine.start()
  return engine
}

async function listen(listener: Server, port = 0): Promise<number> {
  listener.listen(port, '127.0.0.1')
  await once(listener, 'listening')
  open.push(async () => listener.close())
  return (listener.address() as AddressInfo).port
}

const upstream = () => connect(Number(new URL(raw.origin).port), '127.0.0.1')

it('makes the database, writes and reads', async () => {
  const engine = remote({ database: 'made here' })
  expect(engine.state).toBe('starting')
  await engine.ready()
  expect([engine.state, engine.pid]).toEqual(['up', undefined])
  await engine.writer.command('CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a')
  await engine.writer.command('INSERT INTO t VALUES (7)')
  expect(await engine.reader.rows('SELECT a FROM `made here`.t')).toEqual([{ a: 7 }])
  await engine.stop()
  await engine.stop()
  expect(engine.state).toBe('down')
})

it('without a reader of its own the writer reads, and may nothing else', async () => {
  const engine = remote()
  await engine.ready()
  await expect(
    engine.reader.command('CREATE TABLE u (a UInt8) ENGINE = MergeTree ORDER BY a'),
  ).rejects.toMatchObject({
    code: 164,
  })
  expect(await engine.reader.rows('SELECT currentUser() AS u')).toEqual([{ u: 'weir' }])
})

it('a reader that is not let in counts as down: rows go in, but nothing can be read', async () => {
  const engine = remote({ reader: { username: 'reader', password: 'wrong' } })
  await engine.ready()
  await new Promise<void>((resolve) => engine.onState((state) => state === 'down' && resolve()))
  await engine.writer.ping()
  await expect(engine.reader.ping()).rejects.toMatchObject({ failure: 'busy', code: 516 })
})

it('with a reader every read is made as that user', async () => {
  const engine = remote({ database: 'weir', reader: { username: 'reader', password: TEST_SECRETS.reader } })
  await engine.ready()
  expect(await engine.reader.rows('SELECT currentUser() AS u')).toEqual([{ u: 'reader' }])
  expect(await engine.writer.rows('SELECT currentUser() AS u')).toEqual([{ u: 'weir' }])
})

it('is up as soon as the server is there', async () => {
  const proxy = createServer((client) => {
    client
      .on('error', () => {})
      .pipe(upstream().on('error', () => {}))
      .pipe(client)
  })
  const port = await listen(createServer())
  for (const close of open.splice(0)) await close()
  const engine = remote({
    endpoint: {
      url: `http://127.0.0.1:${port}/${TEST_SECRETS.path}`,
      username: 'weir',
      password: TEST_SECRETS.writer,
    },
  })
  await expect(engine.writer.ping()).rejects.toMatchObject({ failure: 'unknown' })
  expect(engine.state).toBe('starting')
  await listen(proxy, port)
  await engine.ready()
  expect(engine.state).toBe('up')
})

it('with a wrong password it waits, and says why once', async () => {
  const lines: string[] = []
  const engine = createRemoteEngine({
    endpoint: { url: raw.url, username: 'weir', password: 'guess-9f3' },
    database: 'weir',
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
  })
  open.push(() => engine.stop())
  const asked = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (lines.length === 0) return
      clearInterval(timer)
      resolve()
    }, 20)
  })
  engine.start()
  await asked
  expect(engine.state).toBe('starting')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('Authentication failed')
  expect(lines[0]).not.toContain('guess-9f3')
})

const pem = (name: string) => readFileSync(new URL(`../../ingest/fixtures/${name}`, import.meta.url), 'utf8')

function tlsProxy(): Server {
  const options = {
    cert: pem('server.pem'),
    key: pem('server.key'),
    ca: pem('ca.pem'),
    requestCert: true,
    rejectUnauthorized: true,
  }
  return createTlsServer(options, (client) => {
    client
      .on('error', () => {})
      .pipe(upstream().on('error', () => {}))
      .pipe(client)
  })
}

it('over TLS with a CA and a client certificate, from the config', async () => {
  const port = await listen(tlsProxy())
  const secret = (text: string) => new Secret(text)
  const engine = createEngine(
    {
      mode: 'server',
      url: `https://localhost:${port}/${TEST_SECRETS.path}`,
      username: 'weir',
      password: secret(TEST_SECRETS.writer),
      database: 'weir',
      reader: { username: 'reader', password: secret(TEST_SECRETS.reader) },
      tls: { ca: secret(pem('ca.pem')), cert: secret(pem('client.pem')), key: secret(pem('client.key')) },
    },
    { directory: 'unused', log },
  )
  open.push(() => engine.stop())
  engine.start()
  await engine.ready()
  await engine.writer.command('CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = MergeTree ORDER BY a')
  const { bytes } = await raw.ask('SELECT 9::UInt8 AS a FORMAT Native')
  await engine.writer.insert({
    table: 't',
    columns: ['a'],
    body: bytes,
    byteLength: bytes.length,
    queryId: 'tls',
    timeoutMs: 10_000,
  })
  expect(await engine.reader.rows('SELECT a FROM t')).toEqual([{ a: 9 }])
})

it.each([
  ['an authority we do not know', { cert: pem('client.pem'), key: pem('client.key') }],
  ['no client certificate', { ca: pem('ca.pem') }],
])('not over TLS with %s', async (_, tls) => {
  const port = await listen(tlsProxy())
  const engine = remote({
    endpoint: {
      url: `https://localhost:${port}/${TEST_SECRETS.path}`,
      username: 'weir',
      password: TEST_SECRETS.writer,
      tls,
    },
  })
  await expect(engine.writer.ping()).rejects.toMatchObject({ failure: 'unknown', code: 0 })
  const body = Buffer.of(1)
  const insert = engine.writer.insert({
    table: 't',
    columns: ['a'],
    body,
    byteLength: 1,
    queryId: 'q',
    timeoutMs: 5000,
  })
  await expect(insert).rejects.toMatchObject({ failure: 'unknown', code: 0 })
})

it('skips the check of the server where it is told to', async () => {
  const port = await listen(tlsProxy())
  const tls = { cert: pem('client.pem'), key: pem('client.key'), insecureSkipVerify: true }
  const engine = remote({
    endpoint: {
      url: `https://localhost:${port}/${TEST_SECRETS.path}`,
      username: 'weir',
      password: TEST_SECRETS.writer,
      tls,
    },
  })
  await engine.ready()
  expect(engine.state).toBe('up')
})
