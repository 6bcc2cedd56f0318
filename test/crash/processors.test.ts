import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KIND_NAMES } from '../../src/processors/registry.ts'
import type { Database } from '../../src/store/database.ts'
import { startTestEngine } from '../support/engine.ts'
import { testSeed } from '../support/seed.ts'
import { ExportClient } from './support/export-client.ts'
import { Load } from './support/load.ts'
import { randomOf } from './support/random.ts'
import { Rounds } from './support/rounds.ts'
import { RequestBook } from './support/sent-requests.ts'
import { SIGNALS } from './support/signals/index.ts'

/**
 * Scenario: a processor of every kind, those that fold, thin and generate among them, in a gateway that is killed, stopped and
 * started again at random instants under load. Guarantees: received + generated = stored + dropped + rejected, by signal, after all of it;
 * what the ledger calls stored is what ClickHouse holds, and each row that was dropped has its rule.
 *
 * WEIR_CRASH_ROUNDS and WEIR_TEST_SEED as in sigkill.test.ts.
 */
const ROUNDS = Number(process.env.WEIR_CRASH_ROUNDS ?? 5)
const SENDERS = 4

const PROCESSORS = {
  filter: { logs: { log_record: ['severity_number < SEVERITY_NUMBER_INFO'] } },
  select_logs: { exclude: [{ attributes: 'service.name=mail' }] },
  severity: {},
  span_metrics: {},
  service_graph: {},
  attributes: { actions: [{ key: 'seen', value: 'yes', action: 'upsert' }] },
  resource: { attributes: [{ key: 'cluster', value: 'one', action: 'upsert' }] },
  redact: {},
  sample: { sampling_percentage: 60 },
  throttle: { recordsPerSecond: 500, by: ['service.name'], signals: ['logs', 'traces'] },
  // No log has the attribute: those of a service and severity are the same.
  dedup: { interval: '1s', include_fields: ['attributes.none'] },
  cardinality_limit: {
    limits: [
      { metric: '*.samples', limit: 4, policy: 'overflow' },
      { metric: '*.histogram_samples', limit: 4, policy: 'strip' },
      { metric: '*', limit: 6, policy: 'drop' },
    ],
  },
  aggregate: { metrics: [{ metric: '*', remove: ['route'] }] },
  interval: { interval: '2s' },
}

test(`${ROUNDS} kills at random instants: the ledger balances, and is what is stored`, {
  timeout: 90_000 + ROUNDS * 15_000,
}, async ({ onTestFailed, onTestFinished }) => {
  expect(Object.keys(PROCESSORS).sort()).toEqual([...KIND_NAMES].sort())
  const random = randomOf(testSeed())
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-crash-processors-'))
  const rounds = new Rounds({ dataDir, processors: PROCESSORS }, random)
  const book = new RequestBook('mix', random)
  const client = new ExportClient(() => rounds.address)
  const load = new Load(book, client, random)
  onTestFinished(async () => {
    load.abort()
    client.close()
    await rounds.destroy()
    await rm(dataDir, { recursive: true, force: true })
  })
  onTestFailed(() => {
    const { endings, gateway } = rounds
    process.stderr.write(
      `${JSON.stringify({ seed: random.seed, endings, ...load.stats })}\n${gateway?.lastLines()}\n`,
    )
  })

  load.start(SENDERS)
  await rounds.run(ROUNDS)
  await load.stop()
  expect(await rounds.drain()).toBe(0)
  // A rule may drop what would have been too old: then no sender is told.
  expect(load.complaints.filter((text) => !text.includes('too old'))).toEqual([])

  const engine = await startTestEngine({ directory: join(dataDir, 'clickhouse') })
  try {
    await auditBalance(engine.engine.writer, book)
  } finally {
    await engine.stop()
  }
})

type Sum = { signal: string; kind: string; reason: string; rule: string; records: number }

const ROWS = {
  logs: ['logs'],
  traces: ['spans'],
  metrics: ['samples', 'histogram_samples', 'exp_histogram_samples', 'summary_samples'],
}
/** These say why a point has no place in its fold, whichever rule gave it to the fold. */
const FOLD_REASON = /^fold_/

async function auditBalance(database: Database, book: RequestBook): Promise<void> {
  const sums = await database.rows<Sum>(
    `SELECT Signal AS signal, Kind AS kind, Reason AS reason, RuleId AS rule, toUInt32(sum(Records)) AS records
     FROM ledger GROUP BY signal, kind, reason, rule`,
  )
  for (const signal of SIGNALS) {
    const of = (kind: string): number =>
      sums.reduce((sum, row) => sum + (row.signal === signal && row.kind === kind ? row.records : 0), 0)
    expect(of('received') + of('generated'), signal).toBe(of('stored') + of('dropped') + of('rejected'))
    const counts = ROWS[signal].map((table) => `SELECT count() AS n FROM ${table}`).join(' UNION ALL ')
    const [rows] = await database.rows<{ n: number }>(`SELECT toUInt32(sum(n)) AS n FROM (${counts})`)
    expect(rows!.n, signal).toBe(of('stored'))

    const requests = book.requests.filter((request) => request.signal === signal)
    const recordsOf = (some: typeof requests): number =>
      some.reduce((sum, { records }) => sum + records.length, 0)
    const acknowledged = requests.filter(({ answer }) => answer !== undefined)
    // Of requests without an answer nobody knows whether they were taken.
    expect(of('received'), signal).toBeGreaterThanOrEqual(recordsOf(acknowledged))
    expect(of('received'), signal).toBeLessThanOrEqual(recordsOf(requests))
  }
  const dropped = sums.filter(({ kind }) => kind === 'dropped')
  expect(dropped.filter(({ reason, rule }) => rule === '' && !FOLD_REASON.test(reason))).toEqual([])
  const reasons = new Set(dropped.map(({ reason }) => reason.split(' ', 1)[0]))
  for (const name of DROPPING) expect(reasons, name).toContain(name)
  expect(sums.some(({ kind, records }) => kind === 'generated' && records > 0)).toBe(true)
}

/** The others change records. */
const DROPPING = [
  ...['filter', 'select_logs', 'sample', 'dedup'],
  ...['cardinality_limit', 'aggregate', 'interval'],
]
