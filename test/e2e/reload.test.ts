import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/load.ts'
import { encodeLogsRequest } from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { postProtobuf } from './support/post-protobuf.ts'

/**
 * Scenario: rules are swapped a hundred times while requests come in, good and bad files in turns. Guarantees: every record
 * is decided once, by the rules of one configuration; the ledger balances and agrees with what is stored; a bad file
 * changes nothing; every configuration that was applied is in ClickHouse, in order.
 */

const BODIES = ['red', 'green', 'blue'] as const
const rule = (body: string): string => `body == "${body}"`
const yamlOf = (...bodies: ReadonlyArray<string>): string =>
  `processors: {filter/colours: {logs: {log_record: [${bodies.map((body) => `'${rule(body)}'`).join(', ')}]}}}\n`

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway(yamlOf('red'))
})
afterAll(() => gateway.stop())

let sent = 0
/** A request with a record of each body; no two are the same. */
async function send(): Promise<void> {
  const timeUnixNano = String(BigInt(Date.now()) * 1_000_000n)
  const logRecords = BODIES.map((stringValue) => ({
    timeUnixNano,
    body: { stringValue },
    attributes: [{ key: 'request', value: { intValue: sent } }],
  }))
  sent++
  await postProtobuf(
    gateway.urls.http,
    'logs',
    encodeLogsRequest({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
  )
}

async function asked(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${gateway.urls.api}${path}`, init)
  return { status: answer.status, body: await answer.json() }
}

type Shown = {
  received: [{ records: number }]
  rules: { condition: string; matched: number; removed: { records: number }[] }[]
}

it('a reload by the API says what it changed, and what needs a restart', async () => {
  await send()
  gateway.rewrite(`${yamlOf('green', 'red')}spool: {dedupWindowMs: 700000}\n`)
  const reloaded = await asked('/api/v1/config/reload', { method: 'POST' })
  expect(reloaded).toMatchObject({
    status: 200,
    body: {
      status: 'applied',
      changes: {
        ...{ added: [], removed: [], reordered: false, needsRestart: ['spool.dedupWindowMs'] },
        changed: [
          {
            processor: 'filter/colours',
            changes: [{ path: 'logs.log_record[0]', after: JSON.stringify(rule('green')) }],
          },
        ],
      },
    },
  })
  expect(await asked('/api/v1/config/reload', { method: 'POST' })).toMatchObject({
    body: { status: 'unchanged' },
  })
  await send()
})

it('a bad file changes nothing, and tells each error with its place', async () => {
  const before = await asked('/api/v1/config')
  gateway.rewrite(
    `processors:\n  filter/colours:\n    logs:\n      log_record: ['bodi == "red"']\n  filtr: {}\n`,
  )
  const refused = await asked('/api/v1/config/reload', { method: 'POST' })
  expect(refused).toMatchObject({
    status: 422,
    body: {
      error: { code: 'invalid_config', requestId: expect.any(String) },
      issues: [
        {
          path: 'processors["filter/colours"].logs.log_record[0]',
          line: expect.any(Number),
          column: expect.any(Number),
          message: expect.stringContaining('did you mean body?'),
        },
        { path: 'processors.filtr', message: expect.stringContaining('did you mean filter?') },
      ],
    },
  })
  expect(() => gateway.gateway.reload('test')).toThrow(ConfigError)
  expect(await asked('/api/v1/config')).toEqual(before)
  await send()
})

it('a hundred swaps under load: nothing is lost, nothing is decided twice', async () => {
  let isOver = false
  const senders = Array.from({ length: 4 }, async () => {
    while (!isOver) await send()
  })
  for (let i = 0; i < 100; i++) {
    gateway.rewrite(yamlOf(BODIES[i % 3]!, BODIES[(i + 1) % 3]!))
    gateway.gateway.reload('test')
    await new Promise((resolve) => setImmediate(resolve))
    const target = sent + 1
    while (sent < target) await new Promise((resolve) => setImmediate(resolve))
  }
  isOver = true
  await Promise.all(senders)
  expect(sent).toBeGreaterThan(100)
  await expect
    .poll(async () => ((await asked('/api/v1/rules')).body as Shown).received[0]?.records, {
      timeout: 20_000,
    })
    .toBe(3 * sent)

  const { rules } = (await asked('/api/v1/rules')).body as Shown
  // The last configuration has two of the three; the counts of a rule that went and came back began anew.
  const [first] = rules
  expect(first).toMatchObject({ condition: rule('red'), inForce: true })
  expect(first!.matched).toBeLessThanOrEqual(first!.removed[0]!.records)
  expect(rules).toHaveLength(3)

  const newest = async (): Promise<unknown[]> =>
    ((await asked('/api/v1/config/versions?limit=100')).body as { versions: unknown[] }).versions
  await expect
    .poll(newest, { timeout: 20_000 })
    .toEqual(Array(100).fill(expect.objectContaining({ appliedBy: 'test' })))

  await gateway.readBack(async (database) => {
    const counts = await database.rows<{ kind: string; what: string; n: string }>(
      'SELECT Kind AS kind, RuleId AS what, sum(Records) AS n FROM ledger GROUP BY kind, what',
    )
    const sum = (kind: string): number =>
      counts.filter((row) => row.kind === kind).reduce((all, { n }) => all + Number(n), 0)
    expect(sum('received')).toBe(3 * sent)
    expect(sum('stored') + sum('dropped')).toBe(3 * sent)
    const stored = await database.rows<{ n: string; each: string }>(
      "SELECT count() AS n, uniqExact(Body, LogAttributes['request']) AS each FROM logs",
    )
    expect(stored).toEqual([{ n: String(sum('stored')), each: String(sum('stored')) }])
    // Each request was decided by one configuration: all of those have one or two colours.
    const perRequest = await database.rows(
      "SELECT LogAttributes['request'] AS request, count() AS n FROM logs GROUP BY request HAVING n > 2",
    )
    expect(perRequest).toEqual([])
    const versions = await database.rows<{ by: string; n: string }>(
      'SELECT AppliedBy AS by, count() AS n FROM config_versions GROUP BY by ORDER BY by',
    )
    expect(versions).toEqual([
      { by: 'anonymous', n: '1' },
      { by: 'start', n: '1' },
      { by: 'test', n: '100' },
    ])
    const diffs = await database.rows<{ diff: string }>(
      "SELECT Diff AS diff FROM config_versions WHERE AppliedBy = 'anonymous'",
    )
    expect(diffs[0]!.diff).toContain(`+        - body == "green"`)
  })
  gateway = await startTestGateway(yamlOf('red'))
})
