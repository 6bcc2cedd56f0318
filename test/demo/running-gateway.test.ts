import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { accountsOf, demoYaml, type Scratch, scratch, startDemo, storedSeries } from './support/demo.ts'

/**
 * Scenario: the demo against a gateway that runs already, with the demo's rules or without any.
 * Guarantees: what it prints is true, by what ClickHouse itself says afterwards; its rules drop what their comments
 * say; and it may run as often as one likes.
 */

const listenOf = ({ urls }: TestGateway): string =>
  `listen: {grpc: "${urls.grpc}", http: off, api: "${new URL(urls.api).host}"}\n`

let temporary: Scratch
beforeEach(async () => {
  temporary = await scratch()
})
afterEach(() => temporary.remove())

/** Runs the demo, which must succeed. */
async function demo(gateway: TestGateway): Promise<{ readonly text: string; readonly pod: string }> {
  const { code, text } = await startDemo('--config', await temporary.config(listenOf(gateway))).ended
  expect(text).toContain('ran already')
  expect(code, text).toBe(0)
  return { text, pod: /pod (shop-\w+)/.exec(text)![1]! }
}

/** The ledger of everything that the gateway received, as the demo prints it: without what it generated itself. */
async function ledgerOf(database: Database): Promise<Record<string, Record<string, number>>> {
  const rows = await database.rows<{ signal: string; what: string; records: string }>(
    `SELECT Signal AS signal, if(Kind = 'dropped', Reason, toString(Kind)) AS what, toString(sum(Records)) AS records
     FROM ${database.name}.ledger WHERE Records > 0 GROUP BY signal, what`,
  )
  const signals = Object.groupBy(rows, ({ signal }) => signal)
  return Object.fromEntries(
    Object.entries(signals).map(([signal, entries]) => {
      const counts = Object.fromEntries(entries!.map(({ what, records }) => [what, Number(records)]))
      const { generated = 0, stored = 0, ...others } = counts
      return [signal, { ...others, stored: stored - generated }]
    }),
  )
}

/** Points that senders sent. */
async function pointsOf(database: Database): Promise<string> {
  const sent = `countIf(NOT match(MetricName, '^(traces|weir|process|nodejs)[._]'))`
  const [row] = await database.rows<{ points: string }>(
    `SELECT toString((SELECT ${sent} FROM ${database.name}.samples) + (SELECT ${sent} FROM ${database.name}.histogram_samples)) AS points`,
  )
  return row!.points
}

async function seriesOf(database: Database, pod: string): Promise<Record<string, number>> {
  const rows = await database.rows<{ metric: string; series: string }>(
    `SELECT MetricName AS metric, toString(uniqExact(SeriesFingerprint)) AS series
     FROM ${database.name}.metric_series WHERE Pod = {pod:String} GROUP BY metric`,
    { pod },
  )
  return Object.fromEntries(rows.map(({ metric, series }) => [metric, Number(series)]))
}

/** The trace that the report shows beside the line of an error is the one that ClickHouse has. */
async function expectTrace(database: Database, text: string, pod: string): Promise<void> {
  const [, traceId, count, lines] = /trace (\w{32}): (\d+) spans, (\d+) log lines/.exec(text)!
  const names = [...text.matchAll(/^ {2}[│├└─ ]*(\S.*?) +(?:server|client|internal) +[\d.]+ ms/gm)]
  const spans = await database.rows<{ name: string }>(
    `SELECT SpanName AS name FROM ${database.name}.spans
     WHERE TraceId = unhex({traceId:String}) AND Pod = {pod:String}`,
    { traceId: traceId!, pod },
  )
  expect(names.map(([, name]) => name!).toSorted()).toEqual(spans.map(({ name }) => name).toSorted())
  expect(spans).toHaveLength(Number(count))
  const [logs] = await database.rows(
    `SELECT toString(count()) AS lines, countIf(SeverityText = 'ERROR') AS errors
     FROM ${database.name}.logs WHERE TraceId = unhex({traceId:String})`,
    { traceId: traceId! },
  )
  expect(logs).toEqual({ lines, errors: '1' })
  expect(text).toMatch(
    /^ {2}├─ reserve stock .*\n.*✗ RangeError: no shelf for 'lamp'\n {2}│ {2}└─ SELECT shelves /m,
  )
}

it('reports what ClickHouse holds', async () => {
  const gateway = await startTestGateway(await demoYaml())
  const { text, pod } = await demo(gateway)
  expect(text).toMatch(/ERROR {5}POST \/checkout failed: no shelf for 'lamp'/)
  await gateway.readBack(async (database) => {
    const [lines] = await database.rows<Record<string, unknown>>(
      `SELECT toString(count()) AS lines,
         countIf(SeverityNumber < 9) AS noise,
         countIf(LogAttributes['http.route'] = '/healthz') AS probes,
         countIf(startsWith(Body, 'GET /static/')) AS files,
         countIf(SeverityText = 'ERROR' AND LogAttributes['exception.stacktrace'] LIKE 'RangeError: no shelf%') AS stacks,
         countIf(TraceId = unhex(repeat('0', 32)) AND Body != 'the shop has closed') AS withoutTrace,
         groupUniqArray(RetentionDays) AS days
       FROM ${database.name}.logs WHERE Pod = {pod:String}`,
      { pod },
    )
    const shown = accountsOf(text)
    expect(lines).toMatchObject({
      lines: String(shown.logs!.stored),
      noise: '0',
      probes: '0',
      files: '0',
      stacks: '3',
      withoutTrace: '0',
      days: [3],
    })
    const [spans] = await database.rows<Record<string, unknown>>(
      `SELECT toString(count()) AS spans,
         countIf(SpanAttributes['http.route'] IN ('/healthz', '/static/:file')) AS dropped,
         countIf(StatusCode = 2 AND ParentSpanId = unhex(repeat('0', 16))) AS failedRequests
       FROM ${database.name}.spans WHERE Pod = {pod:String}`,
      { pod },
    )
    expect(spans).toEqual({ spans: String(shown.traces!.stored), dropped: '0', failedRequests: '3' })
    expect(await pointsOf(database)).toBe(String(shown.metrics!.stored))

    await expectTrace(database, text, pod)
    expect(shown).toEqual(await ledgerOf(database))
    const series = await seriesOf(database, pod)
    expect(storedSeries(text)).toEqual(series)
    expect(series['shop.session.pages']).toBe(20)
    expect(shown.metrics!.cardinality_limit).toBeGreaterThan(100)
  })
})

it('runs again at once, where sessions of the first run have the room', async () => {
  const gateway = await startTestGateway(await demoYaml())
  await demo(gateway)
  const { text, pod } = await demo(gateway)
  expect(storedSeries(text)['shop.session.pages']).toBeUndefined()
  expect(text).toContain('Other pods, such as those of earlier runs, have room there until they go idle')
  await gateway.readBack(async (database) =>
    expect(await seriesOf(database, pod)).toEqual(storedSeries(text)),
  )
})

it('runs without any rules: nothing is dropped', async () => {
  const gateway = await startTestGateway()
  const { text, pod } = await demo(gateway)
  const { logs, traces, metrics } = accountsOf(text)
  for (const account of [logs, traces, metrics])
    expect(account).toEqual({ received: account!.stored, stored: account!.stored })
  await gateway.readBack(async (database) =>
    expect(await seriesOf(database, pod)).toEqual(storedSeries(text)),
  )
  expect(storedSeries(text)['shop.session.pages']).toBeGreaterThan(100)
})
