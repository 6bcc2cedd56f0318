import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { startTestEngine } from '../support/engine.ts'
import { startTestGateway } from '../support/gateway.ts'
import { type Known, KnownSpans } from './support/known-spans.ts'
import { postProtobuf } from './support/post-protobuf.ts'
import { WeirProcess } from './support/weir-process.ts'

/**
 * Scenario: span metrics of spans whose truth is known, in front of a sampler, in a gateway that is stopped or killed in mid load. Guarantee: what the counters
 * grew by in ClickHouse is the truth: nothing is lost, nothing counted twice. Growth is added up as PromQL does: a drop is a reset.
 */

const YAML = `
processors:
  span_metrics: {metrics_flush_interval: 1s, histogram: {explicit: {buckets: [10ms, 100ms, 1s]}}}
  sample: {sampling_percentage: 30, signals: [traces]}
`

type Labels = Readonly<Record<string, string>>
type Row = { readonly labels: Labels; readonly fingerprint: string; readonly values: number[][] }

const KINDS = ['', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const STATUSES = ['UNSET', 'OK', 'ERROR']

/** What each operation's counters grew by: per column of `select`, over the points of each series in order of time. */
async function growth(
  database: Database,
  table: string,
  metric: string,
  select: string,
): Promise<Map<string, number[]>> {
  const rows = await database.rows<Row>(
    `SELECT any(s.Attributes) AS labels, toString(p.SeriesFingerprint) AS fingerprint,
       arrayMap(x -> x.2, arraySort(groupArray((p.TimeUnix, ${select})))) AS values
     FROM ${table} AS p ANY LEFT JOIN metric_series AS s USING (TenantId, SeriesFingerprint)
     WHERE p.MetricName = '${metric}' GROUP BY p.SeriesFingerprint`,
  )
  const sums = new Map<string, number[]>()
  for (const { labels, values } of rows) {
    const kind = KINDS.indexOf(labels['span.kind']!.replace('SPAN_KIND_', ''))
    const status = STATUSES.indexOf(labels['status.code']!.replace('STATUS_CODE_', ''))
    const key = `${labels['service.name']} ${labels['span.name']} ${kind} ${status}`
    const sum = sums.get(key) ?? values[0]!.map(() => 0)
    values[0]!.forEach((_, column) => {
      for (let i = 1; i < values.length; i++) {
        const [before, after] = [values[i - 1]![column]!, values[i]![column]!]
        sum[column]! += after < before ? after : after - before
      }
    })
    sums.set(key, sum)
  }
  return sums
}

async function isTrue(database: Database, truth: ReadonlyMap<string, Known>): Promise<void> {
  const calls = await growth(database, 'samples', 'traces.span.metrics.calls', '[toFloat64(p.Value)]')
  expect(new Map([...calls].sort())).toEqual(
    new Map([...truth].map(([key, known]): [string, number[]] => [key, [known.calls]]).sort()),
  )
  const buckets = await growth(
    database,
    'histogram_samples',
    'traces.span.metrics.duration',
    'arrayMap(n -> toFloat64(n), arrayConcat(p.BucketCounts, [p.Count]))',
  )
  expect(new Map([...buckets].sort())).toEqual(
    new Map(
      [...truth].map(([key, known]): [string, number[]] => [key, [...known.buckets, known.calls]]).sort(),
    ),
  )
  const seconds = await growth(
    database,
    'histogram_samples',
    'traces.span.metrics.duration',
    '[toFloat64(p.Sum)]',
  )
  for (const [key, known] of truth) expect(seconds.get(key)![0], key).toBeCloseTo(known.seconds, 6)
}

/** The ledger balances, and is what was sent. */
async function balances(database: Database, spans: number): Promise<void> {
  const rows = await database.rows<{ signal: string; kind: string; records: number }>(
    'SELECT Signal AS signal, Kind AS kind, toUInt32(sum(Records)) AS records FROM ledger GROUP BY signal, kind',
  )
  const of = (signal: string, kind: string): number =>
    rows.find((row) => row.signal === signal && row.kind === kind)?.records ?? 0
  expect(of('traces', 'received')).toBe(spans)
  expect(of('traces', 'stored') + of('traces', 'dropped')).toBe(spans)
  expect(of('traces', 'dropped')).toBeGreaterThan(spans / 2)
  expect(of('metrics', 'stored')).toBe(of('metrics', 'generated'))
}

test('counts what a sampler behind it drops, over clean restarts', { timeout: 60_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-span-metrics-'))
  const known = new KnownSpans()
  const first = await startTestGateway(YAML, { dataDir })
  for (let i = 0; i < 5; i++) await postProtobuf(first.urls.http, 'traces', known.request(100))
  await first.gateway.stop()
  const { urls, readBack } = await startTestGateway(YAML, { dataDir })
  for (let i = 0; i < 5; i++) await postProtobuf(urls.http, 'traces', known.request(100))
  await readBack(async (database) => {
    await isTrue(database, known.truth)
    await balances(database, known.spans)
  })
})

const KILLS = Number(process.env.WEIR_CRASH_ROUNDS ?? 4)
const SENDERS = 3
const LIFE_MS_MAX = 2500

test('counts what was acknowledged, over kills in mid load', {
  timeout: 60_000 + KILLS * 10_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-span-metrics-kill-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  // Segments go young, so that notes outlive the segments that they came in.
  const yaml = `listen: {grpc: off, http: 127.0.0.1:0, api: off}
ingest: {requestBytesMax: 1MiB}
spool: {segmentBytesMax: 1MiB, commitBytesMax: 1MiB, commitIntervalMs: 20}
inserter: {groupAgeMs: 50, thinGroupAgeMs: 50}${YAML}`
  const known = new KnownSpans()
  const unanswered: Buffer[] = []
  const until = async (url: string, ended: () => boolean): Promise<void> => {
    while (!ended()) {
      const request = unanswered.pop() ?? known.request(300)
      try {
        await postProtobuf(url, 'traces', request)
      } catch (error) {
        unanswered.push(request)
        if (!(error instanceof TypeError)) throw error
      }
    }
  }
  for (let life = 0; life <= KILLS; life++) {
    const weir = await WeirProcess.spawn(folder, yaml)
    const { http } = await weir.ready
    let ended = false
    const isLast = life === KILLS
    const senders = Array.from({ length: isLast ? 1 : SENDERS }, () =>
      until(http, () => ended || (isLast && unanswered.length === 0)),
    )
    if (isLast) await Promise.all(senders)
    else await delay(300 + Math.random() * LIFE_MS_MAX)
    ended = true
    weir.kill(isLast ? 'SIGTERM' : 'SIGKILL')
    await weir.exited
    await Promise.all(senders)
  }
  const { engine, stop } = await startTestEngine({ directory: join(folder, 'clickhouse') })
  try {
    await isTrue(engine.writer, known.truth)
    await balances(engine.writer, known.spans)
  } finally {
    await stop()
  }
})
