import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultConfig } from '../../../../src/config/schema.ts'
import { ApiError } from '../../../../src/query/errors.ts'
import type { LogExpr, MetricExpr } from '../../../../src/query/logql/ast.ts'
import { EvaluationError, LogqlError } from '../../../../src/query/logql/error.ts'
import type { MatrixSeries } from '../../../../src/query/logql/metrics/evaluate.ts'
import { parse } from '../../../../src/query/logql/parse.ts'
import type { Labels, LogEntry } from '../../../../src/query/logql/record.ts'
import { createLokiExecutor } from '../../../../src/query/loki/execute/executor.ts'
import type { LokiExecutor } from '../../../../src/query/loki/execute/types.ts'
import type { Database } from '../../../../src/store/database.ts'
import { migrate } from '../../../../src/store/migrations/migrate.ts'
import { logs } from '../../../../src/store/tables/logs.ts'
import { resources } from '../../../../src/store/tables/resources.ts'
import { startTestEngine, type TestEngine } from '../../../support/engine.ts'
import { LOG_CORPUS, METRIC_CORPUS } from './corpus.ts'
import { store, type TestRecord, Truth, testRun } from './data.ts'
import { grid, logQuery, metricQuery } from './query-generator.ts'
import { records, SPAN_SECONDS, START } from './record-generator.ts'

/**
 * Random records, random queries: what ClickHouse and the evaluator make of stored rows together is what the evaluator alone
 * makes of the records. A few data sets; with WEIR_FUZZ_SECONDS as many as fit into that time, for each of both.
 */
const SECONDS = Number(process.env.WEIR_FUZZ_SECONDS ?? 0)
const QUERIES = { minLength: 1, maxLength: 40, size: 'max' } as const
const PARAMETERS = {
  ...(SECONDS === 0
    ? { numRuns: 5 }
    : { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: SECONDS * 1000 }),
}
const TIMEOUT_MS = SECONDS * 1000 + 120_000
const SECOND = 1_000_000_000n
const { query: options } = defaultConfig()
const TENANTS = [['t'], ['t', 'u']] as const

let engine: TestEngine
let writer: Database
const inSql = { whole: 0, partly: 0, not: 0 }

beforeAll(async () => {
  engine = await startTestEngine()
  writer = engine.engine.writer
  await migrate(writer)
})
afterAll(() => engine?.stop())

/** Of its own for each data set: resources of days long over are remembered for a moment. */
function newExecutor(): LokiExecutor {
  const { reader } = engine.engine
  return createLokiExecutor({ reader, tables: { logs, resources }, limits: options, nowMs: Date.now })
}

/** A run that is interrupted goes on for a moment, and the tables are one. */
let working: Promise<void> = Promise.resolve()
function alone(work: () => Promise<void>): Promise<void> {
  const done = working.then(work)
  working = done.catch(() => {})
  return done
}

const labelsOf = (labels: Labels): Array<[string, string]> => [...labels].sort(([a], [b]) => (a < b ? -1 : 1))
const entryOf = ({ timeHigh, timeLow, line, stream, metadata, parsed }: LogEntry) => ({
  timeHigh,
  timeLow,
  line,
  stream: labelsOf(stream),
  metadata: labelsOf(metadata),
  parsed: labelsOf(parsed),
})

/** To 12 digits: SQL adds in another order. */
function rounded(value: number): string {
  return Number.isFinite(value) ? (value === 0 ? '0' : value.toPrecision(12)) : String(value)
}
const seriesOf = (series: ReadonlyArray<MatrixSeries>) =>
  series.map(({ labels, points }) => ({
    labels: labelsOf(labels),
    points: points.map(({ step, value }) => `${step}: ${rounded(value)}`),
  }))

type Outcome = { readonly value?: unknown; readonly refused?: string }

async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await run() }
  } catch (error) {
    // Which of several records or series that are refused is met first, is not said.
    if (error instanceof EvaluationError || (error instanceof ApiError && error.code === 'bad_request'))
      return { refused: error.message.replace(/['{].*$/s, '') }
    throw error
  }
}

function parsed(query: string): LogExpr | MetricExpr | undefined {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof LogqlError) return undefined
    throw error
  }
}

const logsAsked = fc.record({
  query: logQuery,
  direction: fc.constantFrom('forward' as const, 'backward' as const),
  limit: fc.constantFrom(1, 3, 1000, undefined),
  tenants: fc.constantFrom(...TENANTS),
  from: fc.integer({ min: -5, max: 60 }),
})
const seriesAsked = fc.record({ query: metricQuery, grid, tenants: fc.constantFrom(...TENANTS) })
type Value<Arbitrary> = Arbitrary extends fc.Arbitrary<infer T> ? T : never

async function checkLogs(
  data: ReadonlyArray<TestRecord>,
  list: ReadonlyArray<Value<typeof logsAsked>>,
): Promise<void> {
  await store(writer, data)
  const executor = newExecutor()
  for (const { query, direction, limit, tenants, from } of list) {
    const expr = parsed(query)
    if (expr?.kind !== 'log') continue
    const startNs = START + BigInt(from) * SECOND
    const endNs = START + BigInt(SPAN_SECONDS + 1) * SECOND
    const asked = { tenantIds: tenants, expr, startNs, endNs, direction, limit }
    const result = executor.runLogs(asked, testRun())
    const found: LogEntry[] = []
    for await (const batch of result) found.push(...batch)
    count(result.stats().plan)
    const truth = await new Truth(data, tenants, options).logs(asked)
    expect(found.map(entryOf), query).toEqual(truth.map(entryOf))
  }
}

async function checkSeries(
  data: ReadonlyArray<TestRecord>,
  list: ReadonlyArray<Value<typeof seriesAsked>>,
): Promise<void> {
  await store(writer, data)
  const executor = newExecutor()
  for (const { query, grid: at, tenants } of list) {
    const expr = parsed(query)
    if (expr === undefined || expr.kind === 'log') continue
    const startNs = START + BigInt(at.start) * SECOND
    const stepNs = BigInt(at.step) * SECOND
    const endNs = startNs + stepNs * BigInt(at.count - 1)
    const truth = new Truth(data, tenants, options)
    const wanted = await outcomeOf(async () =>
      seriesOf(await truth.range(expr, { startNs, stepNs: Number(stepNs), count: at.count })),
    )
    const found = await outcomeOf(async () => {
      const asked = { tenantIds: tenants, expr, startNs, endNs, stepNs }
      const { value, stats } = await executor.runRange(asked, testRun())
      count(stats.plan)
      return seriesOf(value)
    })
    expect(found, `${query} ${JSON.stringify(at)} ${tenants}`).toEqual(wanted)
  }
}

describe('execution on ClickHouse', () => {
  it(
    'gives the entries that the evaluator gives, for queries that reach each condition',
    async () => {
      const [data] = fc.sample(records, { seed: 1, numRuns: 1 })
      const both = TENANTS[1]
      const asked = LOG_CORPUS.map((query) => ({ query, limit: undefined, tenants: both, from: -1 }))
      await alone(() =>
        checkLogs(
          data!,
          asked.map((one) => ({ ...one, direction: 'forward' as const })),
        ),
      )
    },
    TIMEOUT_MS,
  )

  it(
    'gives the series that the evaluator gives, for queries that reach each aggregation',
    async () => {
      const [data] = fc.sample(records, { seed: 1, numRuns: 1 })
      // Windows that touch, overlap and leave gaps, with records on their edges.
      const grids = [
        { start: 10, step: 10, count: 9 },
        { start: 5, step: 5, count: 20 },
        { start: 15, step: 30, count: 4 },
      ] as const
      const asked = METRIC_CORPUS.flatMap((query, i) =>
        (/^sum\(/.test(query) ? grids : [grids[i % grids.length]!]).map((one) => ({
          query,
          grid: one,
          tenants: TENANTS[0],
        })),
      )
      await alone(() => checkSeries(data!, asked))
    },
    TIMEOUT_MS,
  )

  it(
    'gives the entries that the evaluator gives, whatever is asked',
    () =>
      fc.assert(
        fc.asyncProperty(records, fc.array(logsAsked, QUERIES), (data, list) =>
          alone(() => checkLogs(data, list)),
        ),
        PARAMETERS,
      ),
    TIMEOUT_MS,
  )

  it(
    'gives the series that the evaluator gives, whatever is asked',
    () =>
      fc.assert(
        fc.asyncProperty(records, fc.array(seriesAsked, QUERIES), (data, list) =>
          alone(() => checkSeries(data, list)),
        ),
        PARAMETERS,
      ),
    TIMEOUT_MS,
  )

  it('used all ways of executing', () => {
    expect(
      Object.values(inSql).every((times) => times > 0),
      JSON.stringify(inSql),
    ).toBe(true)
  })
})

function count(
  plan: ReadonlyArray<{ readonly where: string; readonly stagesInSql: number; readonly stages: number }>,
): void {
  for (const { where, stagesInSql, stages } of plan)
    inSql[where === 'sql' ? 'whole' : stagesInSql > 0 && stages > 0 ? 'partly' : 'not']++
}
