import { request as httpRequest } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../../src/config/schema.ts'
import { type LogEntry, timeWords } from '../../../src/query/logql/record.ts'
import type {
  Entry,
  LogsQuery,
  LokiExecutor,
  QueryRun,
  QueryStats,
} from '../../../src/query/loki/execute/types.ts'
import { NO_STATS } from '../../../src/query/loki/response/stats.ts'
import { createLokiRoutes } from '../../../src/query/loki/routes/index.ts'
import { DatabaseError } from '../../../src/store/database.ts'
import { startTestApi, type TestApi } from '../support.ts'

/** How Loki's endpoints treat what runs their queries: an executor that answers on command. */

let api: TestApi | undefined
afterEach(async () => {
  await api?.stop(0)
  api = undefined
})

const unused = (): never => {
  throw new Error('not asked for here')
}
async function start(executor: Partial<LokiExecutor>, query = {}): Promise<TestApi> {
  const limits = { ...defaultConfig().query, ...query }
  const whole = { runLogs: unused, runInstant: unused, runRange: unused, streams: unused, ...executor }
  const routes = createLokiRoutes({ executor: whole, limits, nowMs: () => 1_769_860_800_000, version: '0' })
  api = await startTestApi({ routes, query })
  return api
}

const STATS: QueryStats = NO_STATS
const SELECTOR = encodeURIComponent('{a="b"}')

function entryAt(ns: bigint, line: string): Entry {
  const entry: LogEntry = {
    ...timeWords(ns),
    line,
    stream: new Map([['a', 'b']]),
    metadata: new Map(),
    parsed: new Map(),
  }
  return {
    ...entry,
    tenantId: 'default',
    position: { timestamp: ns, seq: 1n, gatewayId: 'gw' },
    row: undefined,
  }
}

/** Entries in batches of seven, as many as are taken, and what became of the reading. */
function endless() {
  const seen = { queries: [] as LogsQuery[], runs: [] as QueryRun[], given: 0, ended: false }
  async function* entries() {
    try {
      for (;;) {
        const from = seen.given
        seen.given += 7
        yield Array.from({ length: 7 }, (_, i) =>
          entryAt(BigInt(1e18 + (from + i) * 1000), `line ${from + i}`),
        )
      }
    } finally {
      seen.ended = true
    }
  }
  const runLogs: LokiExecutor['runLogs'] = (query, run) => {
    seen.queries.push(query)
    seen.runs.push(run)
    return { stats: () => STATS, [Symbol.asyncIterator]: () => entries() }
  }
  return { seen, runLogs }
}

describe('log queries', () => {
  it('take their limit of entries, and leave the rest unread', async () => {
    const { seen, runLogs } = endless()
    const { get } = await start({ runLogs })
    const { text } = await get(`/loki/api/v1/query_range?query=${SELECTOR}&limit=10`)
    const { data } = JSON.parse(text) as { data: { result: [{ values: unknown[] }] } }
    expect(data.result[0].values).toHaveLength(10)
    expect([seen.given, seen.ended, seen.queries[0]!.limit]).toEqual([14, true, 10])
  })

  it('have Loki’s defaults: an hour, a hundred lines, the newest first', async () => {
    const { seen, runLogs } = endless()
    const { get } = await start({ runLogs })
    await get(`/loki/api/v1/query_range?query=${SELECTOR}`)
    const [{ startNs, endNs, limit, direction, tenantIds }] = seen.queries as [LogsQuery]
    const now = 1_769_860_800_001_000_000n
    expect({ startNs, endNs, limit, direction, tenantIds }).toEqual({
      startNs: now - 3_600_000_000_000n,
      endNs: now,
      limit: 100,
      direction: 'backward',
      tenantIds: ['default'],
    })
  })

  it('run within the limits of their request, under its id', async () => {
    const { seen, runLogs } = endless()
    const { get } = await start({ runLogs }, { rowsToReadMax: 12_345 })
    await get(`/loki/api/v1/query_range?query=${SELECTOR}`, { 'x-request-id': 'mine' })
    expect([seen.runs[0]!.requestId, seen.runs[0]!.limits.rowsToReadMax]).toEqual(['mine', 12_345])
  })

  it('an answer of more bytes than may be is refused, and reading ends', async () => {
    const { seen, runLogs } = endless()
    const { get } = await start({ runLogs }, { resultBytesMax: 2 ** 20, limitMax: 1_000_000 })
    const answer = await get(`/loki/api/v1/query_range?query=${SELECTOR}&limit=1000000`)
    expect([answer.status, answer.text]).toEqual([
      422,
      expect.stringContaining('more than 1048576 bytes: lower the limit'),
    ])
    expect(seen.ended).toBe(true)
  })
})

describe('a client that leaves', () => {
  it.each([
    ['query_range', '{a="b"}'],
    ['query_range', 'rate({a="b"}[1m])'],
    ['query', 'rate({a="b"}[1m])'],
    ['labels', '{a="b"}'],
  ])('%s: takes its work with it: %s', async (path, query) => {
    let began: () => void = () => {}
    let aborted: () => void = () => {}
    const hasBegun = new Promise<void>((resolve) => {
      began = resolve
    })
    const isAborted = new Promise<void>((resolve) => {
      aborted = resolve
    })
    const until = ({ signal }: QueryRun) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted()
          reject(signal.reason)
        })
        began()
      })
    async function* waiting(run: QueryRun) {
      yield await until(run)
    }
    const { port } = await start({
      runLogs: (_query, run) => ({ stats: () => STATS, [Symbol.asyncIterator]: () => waiting(run) }),
      runRange: (_query, run) => until(run),
      runInstant: (_query, run) => until(run),
      streams: (_query, run) => until(run),
    })
    const outgoing = httpRequest({
      host: '127.0.0.1',
      port,
      path: `/loki/api/v1/${path}?query=${encodeURIComponent(query)}`,
    })
    outgoing.on('error', () => {})
    outgoing.end()
    await hasBegun
    outgoing.destroy()
    await isAborted
  })
})

describe('what fails inside', () => {
  it.each([
    [new DatabaseError('refused', 62, 'SELECT secret FROM weir.logs'), 500],
    [new DatabaseError('busy', 202, 'too many queries at ch.internal'), 503],
    [new DatabaseError('unknown', 159, 'timeout at ch.internal'), 504],
    [new DatabaseError('unknown', 158, 'limit of weir.logs'), 422],
    [new TypeError('BUG: x is not a function'), 500],
  ])('%s is %i, with a sentence and the id that finds the reason', async (error, status) => {
    const { get, logLines } = await start({ streams: () => Promise.reject(error) })
    const answer = await get('/loki/api/v1/labels', { 'x-request-id': 'find-me' })
    expect([answer.status, answer.headers['content-type'], answer.headers['x-request-id']]).toEqual([
      status,
      'text/plain; charset=utf-8',
      'find-me',
    ])
    expect(answer.text).not.toMatch(/SELECT|weir\.|ch\.internal|BUG|\.ts/)
    expect(answer.text).toMatch(/^[A-Z].*\.( \(request id find-me\))?$/)
    if (status >= 500) expect(answer.text).toContain('find-me')
    expect(
      logLines.some((line) => line.includes('find-me') && line.includes(error.message.slice(0, 12))),
    ).toBe(true)
  })
})
