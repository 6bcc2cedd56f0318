import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestEngine, TEST_SECRETS, type TestEngine } from '../../support/engine.ts'
import { basic, openRaw, type Raw } from './support/raw.ts'

/** Guarantees: without a password the embedded ClickHouse gives nothing away and does nothing; `reader` only reads Weir's tables. */

let test: TestEngine
let raw: Raw

const MARKER = 'marker-5e1f'

beforeAll(async () => {
  test = await startTestEngine()
  raw = await openRaw(test.engine)
  await test.engine.writer.command('CREATE TABLE secrets (text String) ENGINE = MergeTree ORDER BY text')
  await raw.ask(`INSERT INTO secrets VALUES ('${MARKER}')`)
  await raw.ask('CREATE DATABASE elsewhere')
  await raw.ask('CREATE TABLE elsewhere.t (a UInt8) ENGINE = MergeTree ORDER BY a')
  await raw.ask(`INSERT INTO FUNCTION file('inside.txt', 'LineAsString') VALUES ('${MARKER}')`)
})
afterAll(() => test.stop())

/** Each of these works for the user `weir`, so that a refusal below is one of rights and not of spelling. */
const READS = [
  'SELECT * FROM weir.secrets',
  'SELECT name FROM system.tables',
  'SELECT query FROM system.processes',
  "SELECT * FROM file('inside.txt', 'LineAsString')",
  'SELECT * FROM elsewhere.t',
  'SELECT name FROM system.users',
  'SELECT * FROM system.numbers LIMIT 1',
  "SELECT file('inside.txt')",
  "DESCRIBE file('inside.txt', 'LineAsString')",
  'SHOW CREATE TABLE weir.secrets',
  'EXISTS TABLE weir.secrets',
  'EXPLAIN SELECT * FROM weir.secrets',
]
const WRITES = [
  'CREATE TABLE weir.mine (a UInt8) ENGINE = MergeTree ORDER BY a',
  'CREATE DATABASE mine',
  'CREATE TEMPORARY TABLE mine (a UInt8)',
  "INSERT INTO weir.secrets VALUES ('x')",
  'ALTER TABLE weir.secrets ADD COLUMN b UInt8',
  'TRUNCATE TABLE weir.secrets',
  "INSERT INTO FUNCTION file('out.txt', 'LineAsString') VALUES ('x')",
]
const NETWORK = [
  "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
  "SELECT * FROM remote('127.0.0.1:1', system.one)",
]
const ADMIN = [
  'KILL QUERY WHERE 1 ASYNC',
  'SYSTEM STOP LISTEN HTTP',
  'SYSTEM STOP MERGES weir.secrets',
  'SYSTEM SHUTDOWN',
  'CREATE USER mine',
  'GRANT ALL ON *.* TO reader',
  'DROP TABLE weir.secrets',
]

const WEIR = basic('weir', TEST_SECRETS.writer)
const WAYS_IN: ReadonlyArray<readonly [string, string, Record<string, string>]> = [
  ['no credentials', '/', {}],
  ['default without a password', '/', basic('default', '')],
  ['default in the URL', '/?user=default', {}],
  ['default in headers', '/', { 'X-ClickHouse-User': 'default' }],
  ['even the password, at the usual path', '/', WEIR],
  ['even the password, at another path', '/query', WEIR],
  ['even the password, at a beginning of the path', `/${TEST_SECRETS.path.slice(0, -1)}`, WEIR],
  ['even the password, below the path', `/${TEST_SECRETS.path}/x`, WEIR],
  ['a web page (cross-origin POST)', '/', { Origin: 'https://evil.example', 'Content-Type': 'text/plain' }],
  ['the path, but no password', `/${TEST_SECRETS.path}`, basic('weir', '')],
  ['the path, but a wrong password', `/${TEST_SECRETS.path}`, basic('weir', 'guess')],
  ['the path, but a wrong password in the URL', `/${TEST_SECRETS.path}?user=reader&password=guess`, {}],
]

describe.each(WAYS_IN)('a local process with %s', (_, path, headers) => {
  it.each([...READS, ...WRITES, ...NETWORK, ...ADMIN])('is refused: %s', async (sql) => {
    const { status, text } = await raw.post(raw.origin + path, sql, headers)
    expect(text).toMatch(/^There is no handle|^Code: 516\. /)
    expect([403, 404]).toContain(status)
    expect(text).not.toContain(MARKER)
  })
})

it('lets no web page read an answer', async () => {
  const query = `${raw.url}?query=SELECT+1&user=weir&password=${TEST_SECRETS.writer}`
  const response = await fetch(query, { headers: { Origin: 'https://evil.example' } })
  expect((await response.text()).trim()).toBe('1')
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
})

it.each(['/', '/ping', '/play', '/dashboard', '/metrics', '/replicas_status'])(
  'GET %s is not served',
  async (path) => {
    const response = await fetch(raw.origin + path)
    await response.arrayBuffer()
    expect(response.status).toBe(404)
  },
)

describe('the statements above', () => {
  it.each(READS)('read something for the user weir: %s', async (sql) => {
    expect((await raw.ask(sql)).status).toBe(200)
  })

  it('left everything as it was', async () => {
    expect((await raw.ask('SELECT text FROM weir.secrets FORMAT TSV')).text.trim()).toBe(MARKER)
    const { text } = await raw.ask("SELECT name FROM system.databases WHERE name = 'mine'")
    expect(text).toBe('')
    expect(test.engine.state).toBe('up')
  })
})

describe('the user reader', () => {
  const as = (sql: string) => raw.post(raw.url, sql, basic('reader', TEST_SECRETS.reader))

  it("reads Weir's tables", async () => {
    expect(await test.engine.reader.rows('SELECT text FROM secrets')).toEqual([{ text: MARKER }])
  })

  it.each([
    ...WRITES,
    ...NETWORK,
    ...ADMIN.filter((sql) => !sql.startsWith('KILL')),
    "SELECT * FROM file('inside.txt', 'LineAsString')",
    'SELECT * FROM elsewhere.t',
    'SELECT name FROM system.users',
    "SELECT * FROM python('x')",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
  ])('is refused: %s', async (sql) => {
    const { status, text } = await as(sql)
    expect(text).toMatch(/Code: (497|164|46)\. /)
    expect(status).toBeGreaterThanOrEqual(400)
  })

  it('sees none of another database in the system tables', async () => {
    const { status, text } = await as("SELECT database, name FROM system.tables WHERE database = 'elsewhere'")
    expect([status, text]).toEqual([200, ''])
  })

  it("can't leave read-only mode", async () => {
    expect((await as('SET readonly = 0')).text).toContain('Code: 164')
  })
})

describe('what another local user could reach', () => {
  it.each(['config.xml', 'users.xml', 'engine.pid'])('%s is readable by its owner only', (name) => {
    expect(statSync(join(test.directory, name)).mode & 0o777).toBe(0o600)
  })

  it('the directory is closed', () => {
    expect(statSync(test.directory).mode & 0o777).toBe(0o700)
  })

  // Native TCP above all: there, a wrong password ends this build of ClickHouse.
  it('nothing but HTTP listens, on loopback', () => {
    expect(listeningSockets(test.engine.pid!)).toEqual([raw.origin.replace('http://', '')])
  })
})

/** `address:port` of each TCP socket that the process listens on, as the kernel tells. */
function listeningSockets(pid: number): string[] {
  const own = new Set<string>()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
    if (inode !== undefined) own.add(inode)
  }
  const found: string[] = []
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      if (state !== LISTEN || !own.has(inode)) continue
      const [address = '', port = ''] = local.split(':')
      const bytes = Buffer.from(address, 'hex').reverse()
      found.push(`${table === 'tcp' ? bytes.join('.') : address}:${Number.parseInt(port, 16)}`)
    }
  }
  return found
}

const LISTEN = '0A'
