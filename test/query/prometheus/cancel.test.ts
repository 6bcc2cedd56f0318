import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoredPoints } from '../../../conformance/promql/stored-points.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { slowed, untilRunning } from '../slowed-reader.ts'
import { startTestApi, type TestApi } from '../support.ts'

/** Fifteen parts of samples, over which every statement needs half a minute. */
const PARTS = 15
const SAMPLES = 1000
const END_S = PARTS * SAMPLES

let engine: TestEngine
let api: TestApi
beforeAll(async () => {
  engine = await startTestEngine()
  const { writer, reader } = engine.engine
  await migrate(writer)
  await writer.command('SYSTEM STOP MERGES weir.samples')
  const points = new StoredPoints(writer)
  for (let part = 0; part < PARTS; part++) {
    const samples = Array.from({ length: SAMPLES }, (_, i) => ({
      timeMs: (part * SAMPLES + i) * 1000,
      value: i,
    }))
    await points.add([{ labels: new Map([['__name__', 'x']]), samples }])
  }
  api = await startTestApi({
    reader: slowed(reader, 'samples'),
    query: { translationStrategy: 'NoTranslation' },
    nowMs: () => 0,
  })
}, 60_000)
afterAll(async () => {
  await api?.stop(0)
  await engine?.stop()
})

const RANGE = { start: '0', end: String(END_S), step: '100' }
const QUERIES = [
  ['query', 'samples as they are', { query: `x[${END_S}s]`, time: String(END_S) }],
  ['query_range', 'an aggregation that ClickHouse computes', { query: 'sum(rate(x[5m]))', ...RANGE }],
  ['query_range', 'what is computed here', { query: 'quantile(0.5, deriv(x[5m]))', ...RANGE }],
] as const

const pathOf = (endpoint: string, form: Readonly<Record<string, string>>): string =>
  `/prometheus/api/v1/${endpoint}?${new URLSearchParams(form)}`

describe.each(QUERIES)('%s: %s', (endpoint, _what, form) => {
  it('leaves no statement running when its client leaves', async () => {
    const { writer } = engine.engine
    const outgoing = httpRequest({ host: '127.0.0.1', port: api.port, path: pathOf(endpoint, form) })
    const failed = once(outgoing, 'error')
    outgoing.end()
    await untilRunning(writer, 1)
    outgoing.destroy()
    await failed
    await untilRunning(writer, 0)
  })

  it('leaves none when it takes longer than it may', async () => {
    const answer = await api.get(pathOf(endpoint, { ...form, timeout: '200ms' }))
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      504,
      { status: 'error', errorType: 'timeout', error: expect.stringContaining('query timed out') },
    ])
    await untilRunning(engine.engine.writer, 0)
  })
})
