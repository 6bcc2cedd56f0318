import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../../src/config/schema.ts'
import { SeriesTracker } from '../../../src/processors/cardinality-limit/series-tracker.ts'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { type Answer, startTestApi, type TestApi } from '../support.ts'

const NOW = Date.now()
const [TODAY, YESTERDAY, BEFORE] = [0, 1, 2].map((days) =>
  new Date(NOW - days * 86_400_000).toISOString().slice(0, 10),
)

let engine: TestEngine
let api: TestApi

const tracker = new SeriesTracker({ seriesMax: 1000, metricsMax: 100, idleAfterMs: 60_000, nowMs: () => NOW })

/** Active series as a batch would bring them. */
function seen(tenant: string, metric: string, count: number): void {
  const name = Buffer.from(metric)
  const number = tracker.registry.number(tenant, name, 0, name.length)
  for (let i = 0; i < count; i++) tracker.admit(i, number, number, 0)
  tracker.settle()
}

/** Stored series, written by plain SQL: `count` of them, each with the attributes that `attributes` makes of `number`. */
async function store(
  writer: Database,
  { tenant = 'acme', metric, day = TODAY!, count, attributes }: Stored,
): Promise<void> {
  await writer.command(
    `INSERT INTO ${writer.name}.metric_series (TenantId, MetricName, Day, RetentionDays, SeriesFingerprint, Attributes)
     SELECT '${tenant}', '${metric}', '${day}', 365, cityHash64('${day}', number), ${attributes} FROM numbers(${count})`,
  )
}
type Stored = {
  readonly tenant?: string
  readonly metric: string
  readonly day?: string
  readonly count: number
  readonly attributes: string
}

beforeAll(async () => {
  engine = await startTestEngine()
  const { writer, reader } = engine.engine
  await migrate(writer)
  const attributes = "map('id', toString(number), 'method', ['GET', 'PUT', 'PATCH'][number % 3 + 1])"
  await store(writer, { metric: 'requests', count: 2000, attributes })
  await store(writer, { metric: 'requests', count: 100, attributes: "map('pod', toString(number % 7))" })
  await store(writer, {
    metric: 'requests',
    day: YESTERDAY!,
    count: 30,
    attributes: "map('old', toString(number))",
  })
  await store(writer, {
    metric: 'requests',
    day: BEFORE!,
    count: 9,
    attributes: "map('older', toString(number))",
  })
  await store(writer, { metric: 'other', count: 5, attributes: "map('mine', toString(number))" })
  await store(writer, { tenant: 'globex', metric: 'requests', count: 50, attributes: "map('secret', 's')" })
  seen('acme', 'requests', 20)
  seen('acme', 'other', 5)
  seen('acme', "it's.{p0:String}", 1)
  seen('globex', 'requests', 3)
  api = await startTestApi({
    reader,
    series: tracker,
    nowMs: () => NOW,
    config: { tenancy: { ...defaultConfig().tenancy, mode: 'multi' } },
  })
}, 60_000)
afterAll(async () => {
  await api?.stop()
  await engine?.stop()
})

/** What a metric has of which no points are stored. */
const NONE = { lastHour: 0, hourBefore: 0, dayBefore: 0 }
const IDLE = { series: NONE, samples: NONE, samplesPerDay: 0, bytesPerDay: 0 }

function ask(query: string, tenant = 'acme'): Promise<Answer> {
  return api.get(`/api/v1/cardinality${query}`, { 'x-scope-orgid': tenant })
}

describe('GET /api/v1/cardinality', () => {
  it("shows the tenant's metrics with most active series", async () => {
    const answer = await ask('')
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({
      active: 26,
      metrics: [
        { metric: 'requests', active: 20, new: 20, ...IDLE },
        { metric: 'other', active: 5, new: 5, ...IDLE },
        { metric: "it's.{p0:String}", active: 1, new: 1, ...IDLE },
      ],
    })
    expect(JSON.parse((await ask('?limit=1')).text).metrics).toHaveLength(1)
    expect(JSON.parse((await ask('', 'globex')).text)).toEqual({
      active: 3,
      metrics: [{ metric: 'requests', active: 3, new: 3, ...IDLE }],
    })
    expect(JSON.parse((await ask('', 'nobody')).text)).toEqual({ active: 0, metrics: [] })
  })

  it('shows the labels of a metric, of yesterday and today, most values first', async () => {
    const answer = await ask('?metric=requests')
    expect(answer.status).toBe(200)
    const { labels, ...metric } = JSON.parse(answer.text)
    // The hundred have the fingerprints of others of that day.
    expect(metric).toMatchObject({ metric: 'requests', active: 20, new: 20, stored: 2030, ...IDLE })
    expect(labels).toMatchObject([
      { label: 'id', values: 2000, series: 2000 },
      { label: 'old', values: 30, series: 30 },
      { label: 'pod', values: 7, series: 100 },
      { label: 'method', values: 3, series: 2000 },
    ])
    expect(JSON.parse((await ask('?metric=requests&limit=2')).text).labels).toHaveLength(2)
  })

  it.each(['nothing', "it's.{p0:String}", "' OR 1=1 --"])('knows no labels of %s', async (metric) => {
    const answer = await ask(`?metric=${encodeURIComponent(metric)}`)
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({ metric, stored: 0, labels: [], fixes: [] })
  })

  it.each([
    ['?limit=0', 'limit="0" is out of range: expected a whole number from 1 to 1000.'],
    ['?limit=1001', 'limit="1001" is out of range: expected a whole number from 1 to 1000.'],
    ['?by=size', 'by="size" is no order: expected series, samples or bytes.'],
    [
      '?metric=x&seriesLimit=0',
      'seriesLimit="0" is out of range: expected a whole number from 1 to 100000000.',
    ],
    ['?metric=', 'metric is empty: leave it out to ask for everything.'],
    ['?metrics=x', 'There is no parameter "metrics": did you mean metric?'],
    [`?metric=${'x'.repeat(1025)}`, 'is longer than 1024 characters.'],
  ])('refuses %s', async (query, sentence) => {
    const answer = await ask(query)
    expect(answer.status).toBe(400)
    expect(answer.json.error.message).toContain(sentence)
  })
})
