import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { readParameters } from '../http/parameters.ts'
import type { LogExpr, MetricExpr } from '../logql/ast.ts'
import { parse } from '../logql/parse.ts'
import { LEVEL_LABEL } from '../loki/execute/labels.ts'
import { detectedLevelSql } from '../loki/execute/level.ts'
import type { LokiExecutor, QueryRun } from '../loki/execute/types.ts'
import { readLogQuery } from '../loki/parameters/query.ts'
import { parseLokiDuration } from '../loki/parameters/time.ts'
import { parsed, rangeParameters } from '../parameters/fields.ts'
import { rangeOf, type TimeRange } from '../parameters/range.ts'
import { json, type Route } from '../route.ts'
import { bind, sql } from '../sql/fragment.ts'
import { select } from '../sql/select.ts'
import { formatNanos } from '../time.ts'
import type { LogsStore } from './page.ts'
import { filterConditions } from './page-statement.ts'
import { assertAlone, filterParameters, type LogFilter } from './parameters.ts'
import { histogramSchema } from './schemas.ts'

const BUCKETS_MAX = 2000n
const BUCKETS_DEFAULT = 60n
const MS_NS = 1_000_000n
/** Levels of a bucket: their names come from a fixed list, unless a query makes others. */
const LEVELS_MAX = 100
const UNKNOWN = 'unknown'

/** Records of one level in one bucket; buckets count from the start of the range. */
type Count = { readonly bucket: number; readonly level: string; readonly count: number }

const histogramParameters = z.object({
  ...rangeParameters,
  ...filterParameters,
  step: parsed((text) => {
    const step = parseLokiDuration(text)
    return typeof step === 'bigint' && step % MS_NS !== 0n
      ? { problem: 'is no whole number of milliseconds: expected 250ms, 1s, 5m, …' }
      : step
  })
    .optional()
    .describe('Length of a bucket: 250ms, 30s, 5m; default: what makes about 60'),
})

function stepOf({ start, end }: TimeRange, given: bigint | undefined): bigint {
  const length = end - start
  const suitable = ((length / BUCKETS_DEFAULT + MS_NS - 1n) / MS_NS) * MS_NS
  const step = given ?? (suitable > MS_NS ? suitable : MS_NS)
  if (length / step < BUCKETS_MAX) return step
  throw new ApiError(
    'invalid_parameter',
    `The range has more than ${BUCKETS_MAX} steps: take a step of at least ${length / BUCKETS_MAX / MS_NS + 1n}ms, or a shorter range.`,
  )
}

async function countRows(
  { logs, queries }: LogsStore,
  tenantId: string,
  filter: LogFilter,
  { range, step }: { readonly range: TimeRange; readonly step: bigint },
  run: QueryRun,
): Promise<Count[]> {
  const sinceStart = sql`toUnixTimestamp64Nano(${logs.column('Timestamp')}) - ${bind('Int64', range.start)}`
  const statement = select({
    from: logs,
    tenantId,
    columns: {
      bucket: sql`toUInt32(intDiv(${sinceStart}, ${bind('Int64', step)}))`,
      level: detectedLevelSql(logs),
      count: sql`toUInt32(count())`,
    },
    where: filterConditions(logs, filter, range),
    groupBy: [sql`bucket`, sql`level`],
    limit: Number(BUCKETS_MAX) * LEVELS_MAX,
  })
  return queries.rows<Count>(statement, run)
}

/** `sum by (detected_level) (count_over_time(… [step]))` of a log query. */
function countingOf(expr: LogExpr, step: bigint): MetricExpr {
  const counting = parse(`sum by (${LEVEL_LABEL}) (count_over_time({a="b"}[1s]))`)
  if (counting.kind !== 'vector-aggregation' || counting.operand.kind !== 'range-aggregation')
    throw new TypeError('BUG: no counting query')
  const { operand } = counting
  const { selector, stages } = expr
  return {
    ...counting,
    operand: { ...operand, range: { ...operand.range, selector, stages, rangeNs: Number(step) } },
  }
}

async function countEntries(
  executor: LokiExecutor,
  tenantId: string,
  expr: LogExpr,
  { range, step }: { readonly range: TimeRange; readonly step: bigint },
  run: QueryRun,
): Promise<Count[]> {
  const steps = (range.end - range.start + step - 1n) / step
  // A window has its end and not its start; a bucket is the other way round.
  const startNs = range.start + step - 1n
  const grid = { startNs, endNs: startNs + (steps - 1n) * step, stepNs: step }
  const { value } = await executor.runRange(
    { tenantIds: [tenantId], expr: countingOf(expr, step), ...grid },
    run,
  )
  return value.flatMap(({ labels, points }) =>
    points.map((point) => ({
      bucket: point.step,
      level: labels.get(LEVEL_LABEL) ?? UNKNOWN,
      count: point.value,
    })),
  )
}

function bucketsOf(counts: ReadonlyArray<Count>, start: bigint, step: bigint) {
  const buckets = new Map<number, Record<string, number>>()
  for (const { bucket, level, count } of counts) {
    const levels = buckets.get(bucket) ?? {}
    levels[level] = (levels[level] ?? 0) + count
    buckets.set(bucket, levels)
  }
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([bucket, levels]) => ({
      start: formatNanos(String(start + BigInt(bucket) * step)),
      total: Object.values(levels).reduce((sum, count) => sum + count, 0),
      levels,
    }))
}

export type HistogramParts = {
  readonly store: LogsStore
  readonly executor: LokiExecutor
  readonly nowMs: () => number
}

/** `GET /api/v1/logs/histogram`: how many records there are per step and level. */
export function histogramRoute({ store, executor, nowMs }: HistogramParts): Route {
  return {
    path: '/api/v1/logs/histogram',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary: 'Log records per step and level',
      parameters: histogramParameters,
      answer: histogramSchema,
    },
    async handle(request) {
      const { tenantId, query } = request
      const { start, end, step: givenStep, ...filter } = readParameters(histogramParameters, query)
      assertAlone(filter)
      const range = rangeOf({ start, end }, nowMs())
      const step = stepOf(range, givenStep)
      const grid = { range, step }
      const counts =
        filter.query === undefined
          ? await countRows(store, tenantId, filter, grid, request)
          : await countEntries(executor, tenantId, readLogQuery(filter.query, 'This endpoint'), grid, request)
      return json({
        start: formatNanos(String(range.start)),
        end: formatNanos(String(range.end)),
        stepMs: Number(step / MS_NS),
        buckets: bucketsOf(counts, range.start, step),
      })
    },
  }
}
