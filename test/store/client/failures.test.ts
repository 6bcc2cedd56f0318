import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOfCode } from '../../../src/store/client/failure.ts'
import { HttpDatabase } from '../../../src/store/client/http-database.ts'
import type { InsertOptions } from '../../../src/store/database.ts'
import { startTestEngine, TEST_SECRETS, type TestEngine } from '../../support/engine.ts'
import { openRaw, type Raw } from '../engine/support/raw.ts'
import { nativeBlock } from './support/blocks.ts'

/** Guarantees: what ClickHouse says is sorted by what may be done next; what it did not say in full is unknown. */

let test: TestEngine
let raw: Raw
let good: Buffer

beforeAll(async () => {
  test = await startTestEngine()
  raw = await openRaw(test.engine)
  await raw.ask('CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a')
  await raw.ask(
    'CREATE TABLE full (a UInt64, s String) ENGINE = MergeTree ORDER BY a SETTINGS parts_to_throw_insert = 1, parts_to_delay_insert = 1',
  )
  await raw.ask('SYSTEM STOP MERGES full')
  await raw.ask("INSERT INTO full VALUES (1, 'x')")
  await raw.ask(
    'CREATE TABLE strict (a UInt64, s String, CONSTRAINT c CHECK a > 100) ENGINE = MergeTree ORDER BY a',
  )
  good = await nativeBlock(raw, "SELECT number AS a, 'x' AS s FROM numbers(10)")
})
afterAll(() => test.stop())

function into(database: HttpDatabase, body: Buffer, options: Partial<InsertOptions> = {}): Promise<void> {
  return database.insert({
    table: 't',
    columns: ['a', 's'],
    body,
    byteLength: body.length,
    queryId: randomUUID(),
    timeoutMs: 20_000,
    ...options,
  })
}

async function database<T>(
  options: { url?: string; username?: string; password?: string },
  use: (database: HttpDatabase) => Promise<T>,
): Promise<T> {
  const made = new HttpDatabase('weir', { readonly: false })
  made.connect({ url: raw.url, username: 'weir', password: TEST_SECRETS.writer, ...options })
  try {
    return await use(made)
  } finally {
    await made.close()
  }
}

const writer = () => test.engine.writer as HttpDatabase
const garbage = () => Buffer.concat([Buffer.alloc(64, 0xff), Buffer.alloc(30_000_000)])

describe('an insert that ClickHouse answers', () => {
  const cases: ReadonlyArray<readonly [string, string, number, () => Promise<void>]> = [
    ['of garbage, 30 MB of it', 'refused', 128, () => into(writer(), garbage())],
    ['of a block cut short', 'refused', 33, () => into(writer(), good.subarray(0, good.length - 5))],
    [
      'of a value that its column cannot hold',
      'refused',
      6,
      async () => into(writer(), await nativeBlock(raw, "SELECT 'no number' AS a, 's' AS s")),
    ],
    ['into an unknown column', 'refused', 16, () => into(writer(), good, { columns: ['a', 'nope'] })],
    ['against a constraint', 'refused', 469, () => into(writer(), good, { table: 'strict' })],
    ['into an unknown table', 'busy', 60, () => into(writer(), good, { table: 'nope' })],
    ['into a table with too many parts', 'busy', 252, () => into(writer(), good, { table: 'full' })],
    ['with a wrong password', 'busy', 516, () => database({ password: 'guess' }, (db) => into(db, good))],
    [
      'by a user who may only read',
      'busy',
      497,
      () => database({ username: 'reader', password: TEST_SECRETS.reader }, (db) => into(db, good)),
    ],
  ]
  it.each(cases)('%s: %s, code %i', async (_, failure, code, run) => {
    await expect(run()).rejects.toMatchObject({ name: 'DatabaseError', failure, code })
  })

  it('into an unknown database: busy, code 81', async () => {
    const nowhere = new HttpDatabase('nowhere', { readonly: false })
    nowhere.connect({ url: raw.url, username: 'weir', password: TEST_SECRETS.writer })
    await expect(into(nowhere, good)).rejects.toMatchObject({ failure: 'busy', code: 81 })
    await nowhere.close()
  })

  it('stored nothing by any of these', async () => {
    expect((await raw.ask('SELECT count() FROM t FORMAT TSV')).text).toBe('0\n')
  })
})

it('every code in the tables has the name that ClickHouse gives it', async () => {
  const source = readFileSync(new URL('../../../src/store/client/failure.ts', import.meta.url), 'utf8')
  const listed = [...source.matchAll(/\[(\d+), '([A-Z_0-9]+)/g)].map(([, code, name]) => ({
    code: Number(code),
    name,
  }))
  const names = await test.engine.writer.rows<{ name: string }>(
    'SELECT errorCodeToName(arrayJoin({codes:Array(UInt32)})) AS name',
    { codes: listed.map(({ code }) => code) },
  )
  expect(listed.map(({ name }) => name)).toEqual(names.map(({ name }) => name))
  expect(new Set(listed.map(({ code }) => code)).size).toBe(listed.length)
  expect(listed.length).toBeGreaterThan(50)
})

it('a statement that the server does not understand is no fault of the block', () => {
  expect([failureOfCode(115, 'insert'), failureOfCode(115, 'query')]).toEqual(['busy', 'refused'])
  expect([failureOfCode(27, 'insert'), failureOfCode(27, 'query')]).toEqual(['refused', 'refused'])
  expect(failureOfCode(99_999, 'insert')).toBe('unknown')
})

describe('a query that ClickHouse answers', () => {
  it.each([
    ['SELECT * FROM nope', 60, 'busy'],
    ['SELEC 1', 62, 'refused'],
    ['SELECT nope FROM t', 47, 'refused'],
    ['SELECT {x:UInt8}', 456, 'refused'],
    ['SELECT count() FROM system.numbers SETTINGS max_execution_time = 0.1', 159, 'unknown'],
    [
      "SELECT arrayJoin(range(100000)), repeat('x', 100000) ORDER BY 1, 2 SETTINGS max_memory_usage = 10000000",
      241,
      'busy',
    ],
  ])('%s: code %i, %s', async (sql, code, failure) => {
    await expect(test.engine.writer.rows(sql)).rejects.toMatchObject({ name: 'DatabaseError', code, failure })
  })

  it('an error in the middle of the rows is not the end of them', async () => {
    const read = async () => {
      let rows = 0
      const sql = "SELECT number, throwIf(number = 500000, 'in the middle') FROM system.numbers LIMIT 1000000"
      for await (const chunk of test.engine.writer.stream(sql, undefined, {
        settings: { max_block_size: 1000 },
      }))
        rows += chunk.length
      return rows
    }
    await expect(read()).rejects.toMatchObject({ name: 'DatabaseError', code: 395 })
  })

  it('a command: code and sort', async () => {
    await expect(test.engine.writer.command('DROP TABLE nope')).rejects.toMatchObject({
      code: 60,
      failure: 'busy',
    })
    await expect(test.engine.reader.command('DROP TABLE t')).rejects.toMatchObject({ code: 497 })
  })
})

/** How a server or what stands before it can fail to answer. `bytes` of the request have come in when it acts. */
const CUTS: ReadonlyArray<readonly [string, (client: Socket) => void]> = [
  ['hangs up without a word', (client) => client.end()],
  ['resets the connection', (client) => client.resetAndDestroy()],
  ['cuts the answer in its head', (client) => client.end('HTTP/1.1 200 OK\r\nContent-Le')],
  ['cuts the answer in its body', (client) => client.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n')],
  [
    'cuts an error in its body',
    (client) =>
      client.end(
        'HTTP/1.1 400 Bad Request\r\nX-ClickHouse-Exception-Code: 27\r\nContent-Length: 100\r\n\r\nCode: 27. DB::Exc',
      ),
  ],
  [
    'cuts a chunked answer',
    (client) => client.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
  ],
  ["answers with a proxy's page", (client) => client.end(page('502 Bad Gateway', '<h1>Bad gateway</h1>'))],
  [
    "answers with a proxy's page that quotes an error of ClickHouse",
    (client) =>
      client.end(
        page('502 Bad Gateway', 'Code: 27. DB::Exception: quoted (CANNOT_PARSE_INPUT_ASSERTION_FAILED)'),
      ),
  ],
  ['answers 200 with a page (a captive portal)', (client) => client.end(page('200 OK', 'Welcome'))],
  [
    'redirects',
    (client) =>
      client.end('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
  ],
  ['speaks no HTTP', (client) => client.end('SSH-2.0-OpenSSH_9.6\r\n')],
  ['says nothing for longer than the timeout', () => {}],
]

function page(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: text/html\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

describe('without a complete answer an insert is unknown: the server', () => {
  it.each(CUTS)('%s', async (_, act) => {
    await served(act, async (url) => {
      const failed = database({ url }, (db) => into(db, good, { timeoutMs: 500 }))
      await expect(failed).rejects.toMatchObject({ name: 'DatabaseError', failure: 'unknown', code: 0 })
    })
  })

  it('is not there', async () => {
    const url = await served(
      () => {},
      async (gone) => gone,
    )
    await expect(database({ url }, (db) => into(db, good))).rejects.toMatchObject({
      failure: 'unknown',
      code: 0,
    })
    await expect(database({ url }, (db) => db.ping())).rejects.toMatchObject({ failure: 'unknown', code: 0 })
    await expect(database({ url }, (db) => db.command('X'))).rejects.toMatchObject({
      failure: 'unknown',
      code: 0,
    })
  })

  it('has not been named yet', async () => {
    const unconnected = new HttpDatabase('weir', { readonly: false })
    await expect(into(unconnected, good)).rejects.toMatchObject({ failure: 'unknown', code: 0 })
    await expect(unconnected.ping()).rejects.toMatchObject({ failure: 'unknown', code: 0 })
  })
})

it('a kept connection that the server has closed gives "unknown" at worst, and the next insert a new one', async () => {
  const clients = new Set<Socket>()
  const proxy = createServer((client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
    const upstream = connect(Number(new URL(raw.origin).port), '127.0.0.1')
    client.on('error', () => {}).pipe(upstream)
    upstream.on('error', () => {}).pipe(client)
  })
  const url = await listen(proxy)
  let accepted = 0
  proxy.on('connection', () => accepted++)
  await database({ url: `${url}/${TEST_SECRETS.path}` }, async (db) => {
    await into(db, good)
    await into(db, good)
    expect(accepted).toBe(1)
    for (let round = 0; round < 10; round++) {
      for (const client of clients) client.resetAndDestroy()
      const failed = await into(db, good).catch((error: unknown) => error)
      if (failed === undefined) continue
      expect(failed).toMatchObject({ failure: 'unknown', code: 0 })
      await into(db, good)
    }
    expect(accepted).toBe(11)
  })
  proxy.close()
})

async function served<T>(act: (client: Socket) => void, use: (url: string) => Promise<T>): Promise<T> {
  const clients = new Set<Socket>()
  const server = createServer((client) => {
    clients.add(client)
    client.on('error', () => {})
    // The request's last bytes are the block's: the answer comes after them, as a server's would.
    client.on('data', (chunk) => {
      if (chunk.subarray(-4).equals(good.subarray(-4)) || chunk.includes('GET')) act(client)
    })
  })
  const url = await listen(server)
  try {
    return await use(url)
  } finally {
    for (const client of clients) client.destroy()
    server.close()
    await once(server, 'close')
  }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
