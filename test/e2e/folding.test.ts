import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { encodeMetricsRequest, stringAttributes } from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

/**
 * Scenario: counters of many users, taken together by aggregate or past a limit, over a restart of the whole gateway. Guarantees: what
 * ClickHouse has of the folded series rises by what all users together rose by, and the ledger adds up.
 */

const USERS = 20
const YAML = `
processors:
  aggregate: {metrics: [{metric: orders, remove: [user]}]}
  cardinality_limit: {limits: [{metric: visits, limit: 5, policy: overflow}]}
`

/** The n-th export of all users; each count rises by the user's number each time. */
async function send(gateway: TestGateway, startMs: number, n: number): Promise<void> {
  const dataPoints = Array.from({ length: USERS }, (_, user) => ({
    startTimeUnixNano: String(BigInt(startMs) * 1_000_000n),
    timeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    attributes: stringAttributes({ user: `user-${user}`, route: '/' }),
    asInt: String(n * user),
  }))
  const sum = { dataPoints, isMonotonic: true, aggregationTemporality: 2 }
  const metrics = ['orders', 'visits'].map((name) => ({ name, sum }))
  const body = encodeMetricsRequest({
    resourceMetrics: [
      { resource: { attributes: stringAttributes({ 'service.name': 'shop' }) }, scopeMetrics: [{ metrics }] },
    ],
  })
  const answer = await fetch(`${gateway.urls.http}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  })
  expect([answer.status, await answer.text()]).toEqual([200, ''])
}

const FOLDED = `
  SELECT MetricName AS metric, toUInt32(count()) AS points, toUInt32(uniqExact(StartTimeUnix)) AS starts,
    toUInt32(argMax(Value, TimeUnix)) AS value, toUInt32(uniqExact(SeriesFingerprint)) AS series,
    toUInt32(arraySort(groupArray(Value)) = groupArray(Value)) AS rises
  FROM (SELECT * FROM samples WHERE SeriesFingerprint IN (
    SELECT SeriesFingerprint FROM metric_series WHERE mapContains(Attributes, 'weir.instance')) ORDER BY TimeUnix)
  GROUP BY metric ORDER BY metric`
const LEDGER = `SELECT trimRight(concat(Kind, ' ', Reason)) AS what, toUInt32(sum(Records)) AS records FROM ledger GROUP BY what ORDER BY what`

it('many series become one that rises as all of them, over a restart', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-folding-'))
  let gateway = await startTestGateway(YAML, { dataDir })
  // Later than the folds, which begin with the first request.
  const startMs = Date.now() + 60_000
  for (let n = 1; n <= 3; n++) await send(gateway, startMs, n)
  await gateway.gateway.stop()
  gateway = await startTestGateway(YAML, { dataDir })
  for (let n = 4; n <= 5; n++) await send(gateway, startMs, n)
  await gateway.readBack(async (database) => {
    const all = (USERS * (USERS - 1)) / 2
    // Of visits, users 0 to 4 have series of their own.
    expect(await database.rows(FOLDED)).toEqual([
      { metric: 'orders', points: 5, starts: 1, value: 5 * all, series: 1, rises: 1 },
      { metric: 'visits', points: 5, starts: 1, value: 5 * (all - 10), series: 1, rises: 1 },
    ])
    const stored = 5 * (1 + 5 + 1)
    const overflow = 5 * (USERS - 5 - 1)
    expect(await database.rows(LEDGER)).toEqual([
      { what: 'dropped aggregate', records: 5 * (USERS - 1) },
      { what: 'dropped cardinality_limit', records: overflow },
      { what: 'received', records: 5 * 2 * USERS },
      { what: 'stored', records: stored },
    ])
  })
})
