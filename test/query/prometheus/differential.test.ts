import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemorySource } from '../../../conformance/promql/memory-source.ts'
import type { LoadedSample, LoadedSeries } from '../../../conformance/promql/script.ts'
import { StoredPoints } from '../../../conformance/promql/stored-points.ts'
import { defaultConfig } from '../../../src/config/schema.ts'
import {
  createPrometheusExecutor,
  type PrometheusExecutor,
} from '../../../src/query/prometheus/execute/executor.ts'
import { parse } from '../../../src/query/promql/parse.ts'
import { READ_TABLES } from '../../../src/query/tables.ts'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'
import { ask, pointsOf, type Times } from '../promql/support.ts'

/**
 * Guarantees: what ClickHouse computes, by its own functions or by SQL that every server has, is what the evaluator gives over
 * the same samples in memory, to 1e-12 of the value.
 */

const RELATIVE_MAX = 1e-12
const limits = { ...defaultConfig().query, translationStrategy: 'NoTranslation' as const }

/** What ClickHouse was asked. */
const statements: string[] = []
function logged(reader: Database): Database {
  return {
    name: reader.name,
    insert: (options) => reader.insert(options),
    rows: (sql, parameters, options) => reader.rows(sql, parameters, options),
    stream: (sql, parameters, options) => {
      statements.push(sql)
      return reader.stream(sql, parameters, options)
    },
    command: (sql, parameters, options) => reader.command(sql, parameters, options),
    ping: () => reader.ping(),
    close: () => reader.close(),
  }
}

let engine: TestEngine
let points: StoredPoints
let executors: Record<'native' | 'portable' | 'sliced' | 'evaluator', PrometheusExecutor>
beforeAll(async () => {
  engine = await startTestEngine()
  await migrate(engine.engine.writer)
  points = new StoredPoints(engine.engine.writer)
  const reader = logged(engine.engine.reader)
  const common = { reader, tables: READ_TABLES, limits, nowMs: () => 0 }
  executors = {
    native: createPrometheusExecutor(common),
    portable: createPrometheusExecutor({ ...common, gridFunctions: new Set() }),
    sliced: createPrometheusExecutor({ ...common, sliceSamples: 50 }),
    evaluator: createPrometheusExecutor({ ...common, pushdown: false }),
  }
})
afterAll(() => engine?.stop())

/** A counter with resets, or a gauge; scraped at times that are late and left out, and stale now and then. */
const samples: fc.Arbitrary<LoadedSample[]> = fc
  .record({
    everyMs: fc.constantFrom(5_000, 15_000, 37_000),
    first: fc.integer({ min: 0, max: 300_000 }),
    counter: fc.boolean(),
    steps: fc.array(
      fc.record({
        lateMs: fc.integer({ min: 0, max: 3_000 }),
        kind: fc.constantFrom('value', 'value', 'value', 'value', 'value', 'gap', 'reset', 'stale'),
        by: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0, max: 1e6, noNaN: true })),
      }),
      { minLength: 1, maxLength: 120 },
    ),
  })
  .map(({ everyMs, first, counter, steps }) => {
    let total = 0
    return steps.flatMap(({ lateMs, kind, by }, i): LoadedSample[] => {
      if (kind === 'gap') return []
      total = kind === 'reset' ? by : total + by
      const timeMs = first + i * everyMs + lateMs
      const value = kind === 'stale' ? 'stale' : counter ? total : by - 300
      return [{ timeMs, value }]
    })
  })

const NATIVE = new Set(['last', 'last_over_time', 'rate', 'increase', 'delta', 'irate', 'idelta'])
/** Counters with a reset each, a gap and a staleness marker. */
const FIXED = (name: string): LoadedSeries[] =>
  [0, 1, 2].map((n) => ({
    labels: new Map([
      ['__name__', `fixed_${name}_total`],
      ['pod', `p${n % 2}`],
      ['n', String(n)],
    ]),
    samples: Array.from({ length: 40 }, (_, i) => ({
      timeMs: i * 15_000 + 1000 * n,
      value: i === 17 ? ('stale' as const) : ((i * (7 + n)) % 131) + 0.5,
    })).filter((_, i) => i < 20 || i > 22),
  }))

const PODS = ['a', 'b', 'c', 'd']
const ZONES = ['x', 'y']
let metrics = 0
/** Of a metric of its own: what earlier runs stored is no matter. */
const data: fc.Arbitrary<LoadedSeries[]> = fc
  .array(samples, { minLength: 1, maxLength: 6 })
  .map((all) => {
    const name = `m${metrics++}_total`
    return all.map((own, i) => ({
      labels: new Map([
        ['__name__', name],
        ['pod', PODS[i % 4]!],
        ['zone', ZONES[i % 2]!],
        ['n', String(i)],
      ]),
      samples: own,
    }))
  })
  .filter((series) => series.some((one) => one.samples.some(({ value }) => value !== 'stale')))

const times: fc.Arbitrary<Times> = fc
  .record({
    startMs: fc.integer({ min: 0, max: 600_000 }),
    stepMs: fc.constantFrom(7_000, 15_000, 60_000, 300_000),
    steps: fc.integer({ min: 0, max: 40 }),
  })
  .map(({ startMs, stepMs, steps }) => ({ startMs, stepMs, endMs: startMs + steps * stepMs }))

const FUNCTIONS = [
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'changes',
  'resets',
  'last_over_time',
  'first_over_time',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'present_over_time',
  'stddev_over_time',
]
const windowed = (name: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...FUNCTIONS),
      fc.constantFrom('30s', '1m', '5m'),
      fc.constantFrom('', ' offset 1m', ' offset -30s'),
    )
    .map(([func, range, offset]) => `${func}(${name}{pod!="d"}[${range}]${offset})`)
const aggregated = (name: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('', 'sum', 'avg', 'min', 'max', 'count', 'group', 'stddev'),
      fc.constantFrom(' by (pod)', ' without (n)', '', ' by (zone, missing)'),
      fc.oneof(windowed(name), fc.constant(name), fc.constant(`${name}{zone="x"} offset 20s`)),
    )
    .map(([op, grouping, inner]) => (op === '' ? inner : `${op}${grouping} (${inner})`))

const cases = data.chain((series) =>
  fc.record({
    series: fc.constant(series),
    queries: fc.array(aggregated(series[0]!.labels.get('__name__')!), { minLength: 4, maxLength: 4 }),
    range: times,
  }),
)

async function answer(executor: PrometheusExecutor, query: string, range: Times) {
  const run = { requestId: 'test', signal: new AbortController().signal, limits }
  return pointsOf(await executor.run({ tenantIds: ['default'], query, expr: parse(query), ...range }, run))
}

function expectSame(
  got: Awaited<ReturnType<typeof answer>>,
  wanted: Awaited<ReturnType<typeof answer>>,
  what: string,
): void {
  expect([...got.keys()].sort(), what).toEqual([...wanted.keys()].sort())
  for (const [key, row] of wanted)
    row.forEach((point, step) => {
      const found = got.get(key)![step]
      const near =
        typeof found === 'number' &&
        typeof point === 'number' &&
        Math.abs(found - point) <= RELATIVE_MAX * Math.abs(point)
      if (!near) expect(found, `${what}: ${key} at step ${step}`).toEqual(point)
    })
}

describe('what ClickHouse computes', () => {
  it('is what the evaluator gives over the samples in memory', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ series, queries, range }) => {
        await points.add(series)
        const memory = new MemorySource()
        memory.add(series)
        for (const query of queries) {
          const wanted = pointsOf(await ask(query, memory, range))
          for (const [name, executor] of Object.entries(executors))
            expectSame(await answer(executor, query, range), wanted, `${name}: ${query}`)
        }
      }),
      { numRuns: 12, endOnFailure: true },
    )
  }, 60_000)

  it.each(['native', 'portable', 'sliced'] as const)(
    'is the same of every function: %s',
    async (name) => {
      const series = FIXED(name)
      await points.add(series)
      const memory = new MemorySource()
      memory.add(series)
      const range = { startMs: 60_000, endMs: 600_000, stepMs: 45_000 }
      const metric = series[0]!.labels.get('__name__')!
      for (const func of ['last', ...FUNCTIONS]) {
        const inner = func === 'last' ? metric : `${func}(${metric}[2m])`
        for (const query of [inner, `sum by (pod) (${inner})`]) {
          const wanted = pointsOf(await ask(query, memory, range))
          expect([...wanted.values()].flat().some((point) => point !== undefined && point !== 0)).toBe(true)
          statements.length = 0
          expectSame(await answer(executors[name], query, range), wanted, `${name}: ${query}`)
          const own = statements.some((text) => text.includes('ToGrid('))
          expect(own, query).toBe(name !== 'portable' && NATIVE.has(func))
          // What is not computed there is read: samples by series.
          expect(
            statements.some((text) => text.includes('groupArray((')),
            query,
          ).toBe(func === 'stddev_over_time')
        }
      }
    },
    30_000,
  )

  it('is the same where a metric is read in several statements', async () => {
    const series = Array.from({ length: 40 }, (_, i) => ({
      labels: new Map([
        ['__name__', 'sliced_total'],
        ['pod', `p${i % 3}`],
        ['n', String(i)],
      ]),
      samples: Array.from({ length: 50 }, (_, k) => ({ timeMs: k * 15_000 + i, value: (k * (i + 1)) % 97 })),
    }))
    await points.add(series)
    const memory = new MemorySource()
    memory.add(series)
    const range = { startMs: 0, endMs: 900_000, stepMs: 60_000 }
    for (const op of ['sum', 'avg', 'min', 'max', 'count']) {
      const query = `${op} by (pod) (rate(sliced_total[2m]))`
      expectSame(
        await answer(executors.sliced, query, range),
        pointsOf(await ask(query, memory, range)),
        query,
      )
    }
  })

  it.each([
    ['that overflow', [1e308, 1e308, 1.5e308]],
    ['that cancel out', [1, 1e100, 1, -1e100]],
    ['that are no numbers', [1, Number.NaN, Number.POSITIVE_INFINITY]],
    ['that are none of all', [Number.NaN, Number.NaN]],
  ])('is the same of values %s', async (_, values) => {
    const name = `odd${metrics++}`
    const series = values.map((value, i) => ({
      labels: new Map([
        ['__name__', name],
        ['n', String(i)],
      ]),
      samples: [{ timeMs: 1000, value }],
    }))
    const lined = [
      {
        labels: new Map([['__name__', `${name}_line`]]),
        samples: values.map((value, i) => ({ timeMs: i * 1000, value })),
      },
    ]
    await points.add([...series, ...lined])
    const memory = new MemorySource()
    memory.add([...series, ...lined])
    const range = { startMs: 60_000, endMs: 60_000, stepMs: 0 }
    const queries = ['sum', 'avg', 'min', 'max', 'count'].flatMap((op) => [
      `${op}(${name})`,
      `${op}_over_time(${name}_line[5m])`,
    ])
    for (const query of queries)
      for (const executor of Object.values(executors))
        expectSame(await answer(executor, query, range), pointsOf(await ask(query, memory, range)), query)
  })
})
