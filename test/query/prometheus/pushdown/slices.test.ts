import { availableParallelism } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StoredPoints } from '../../../../conformance/promql/stored-points.ts'
import { defaultConfig } from '../../../../src/config/schema.ts'
import { createPrometheusExecutor } from '../../../../src/query/prometheus/execute/executor.ts'
import { parse } from '../../../../src/query/promql/parse.ts'
import { READ_TABLES } from '../../../../src/query/tables.ts'
import type { Database, Parameters, QueryOptions } from '../../../../src/store/database.ts'
import { migrate } from '../../../../src/store/migrations/migrate.ts'
import { startTestEngine, type TestEngine } from '../../../support/engine.ts'

/**
 * Guarantees: a lane is cut into as many statements as its samples need, which share the server's threads; how many samples those
 * are, ClickHouse says by its index where that is near enough.
 */

const SERIES = 40
const SAMPLES = 50
const limits = { ...defaultConfig().query, translationStrategy: 'NoTranslation' as const }
/** The embedded server gives a statement a thread per core. */
const AT_ONCE = Math.min(4, availableParallelism())

type Asked = {
  readonly sql: string
  readonly parameters: Parameters | undefined
  readonly settings: QueryOptions['settings']
}
const asked: Asked[] = []
let running = 0
let most = 0

function logged(reader: Database): Database {
  return {
    name: reader.name,
    insert: (options) => reader.insert(options),
    rows: (sql, parameters, options) => {
      asked.push({ sql, parameters, settings: options?.settings })
      return reader.rows(sql, parameters, options)
    },
    async *stream<Row>(sql: string, parameters?: Parameters, options?: QueryOptions) {
      asked.push({ sql, parameters, settings: options?.settings })
      const isGrid = sql.includes('ToGrid(')
      if (isGrid) most = Math.max(most, ++running)
      try {
        yield* reader.stream<Row>(sql, parameters, options)
      } finally {
        if (isGrid) running--
      }
    },
    command: (sql, parameters, options) => reader.command(sql, parameters, options),
    ping: () => reader.ping(),
    close: () => reader.close(),
  }
}

let engine: TestEngine
beforeAll(async () => {
  engine = await startTestEngine()
  await migrate(engine.engine.writer)
  await new StoredPoints(engine.engine.writer).add(
    Array.from({ length: SERIES }, (_, i) => ({
      labels: new Map([
        ['__name__', 'cut_total'],
        ['n', String(i)],
      ]),
      samples: Array.from({ length: SAMPLES }, (_, k) => ({ timeMs: (k + 1) * 15_000, value: k })),
    })),
  )
})
afterAll(() => engine?.stop())

const ALL = { startMs: 0, endMs: 900_000, stepMs: 60_000 }

async function grids(sliceSamples: number, selector: string, times = ALL): Promise<Asked[]> {
  asked.length = 0
  most = 0
  const executor = createPrometheusExecutor({
    reader: logged(engine.engine.reader),
    tables: READ_TABLES,
    limits,
    nowMs: () => 0,
    sliceSamples,
  })
  const query = `sum(rate(${selector}[2m]))`
  const run = { requestId: 'test', signal: new AbortController().signal, limits }
  await executor.run({ tenantIds: ['default'], query, expr: parse(query), ...times }, run)
  return asked.filter(({ sql }) => sql.includes('ToGrid(') && !sql.startsWith('SELECT isNull'))
}
const counts = (): Asked[] => asked.filter(({ sql }) => / AS samples /.test(sql))

describe('slices', () => {
  it.each([
    {
      what: 'few samples: one, uncounted',
      sliceSamples: 100_000,
      selector: 'cut_total',
      slices: 1,
      counted: 0,
    },
    {
      what: 'as many as run at once',
      sliceSamples: 1_500,
      selector: 'cut_total',
      slices: Math.max(2, Math.min(AT_ONCE, 5)),
      counted: 1,
    },
    { what: 'as many as memory wants', sliceSamples: 101, selector: 'cut_total', slices: 20, counted: 1 },
    { what: 'no more than series', sliceSamples: 10, selector: 'cut_total', slices: SERIES, counted: 1 },
    {
      what: 'one series of many, counted itself',
      sliceSamples: 60,
      selector: 'cut_total{n="7"}',
      slices: 1,
      counted: 2,
    },
    {
      what: 'a tenth of the series, counted themselves',
      sliceSamples: 60,
      selector: 'cut_total{n=~"1|2|3|4"}',
      slices: 4,
      counted: 2,
    },
  ])('are $what', async ({ sliceSamples, selector, slices, counted }) => {
    const statements = await grids(sliceSamples, selector)
    expect(statements).toHaveLength(slices)
    expect(counts()).toHaveLength(counted)
    const threads = slices === 1 ? undefined : Math.floor(availableParallelism() / AT_ONCE)
    expect(new Set(statements.map(({ settings }) => settings?.max_threads))).toEqual(new Set([threads]))
    expect(most).toBeLessThanOrEqual(AT_ONCE)
  })

  it('are counted by the index also where they begin and end within a day', async () => {
    await grids(101, 'cut_total', { startMs: 300_000, endMs: 600_000, stepMs: 60_000 })
    const [count] = counts()
    const plan = await engine.engine.writer.rows<{ explain: string }>(
      `EXPLAIN ${count!.sql}`,
      count!.parameters,
    )
    expect(plan.map(({ explain }) => explain).join('\n')).toContain('_exact_count_projection')
  })
})
