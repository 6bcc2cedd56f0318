import type { Expr } from '../ast.ts'
import { PromqlEvaluationError, PromqlLimitError } from '../error.ts'
import { evaluateCall } from '../functions/calls.ts'
import { mergedSeries, withNamesDropped } from '../functions/labels.ts'
import { ABSENT, FLOAT, type Grid, type GridVector } from '../grid.ts'
import { scaled } from '../histogram/arithmetic.ts'
import { DEFAULT_LIMITS, type EvaluationLimits } from '../limits.ts'
import { type Annotations, Notes } from '../notes.ts'
import { combine } from '../operators/binary.ts'
import type { SeriesSource, StoredSeries } from '../source.ts'
import { rangeTypeProblem, unwrapped } from '../types.ts'
import { evaluateAggregation } from './aggregation.ts'
import { Breaths } from './breaths.ts'
import { Budget, type Context, NO_HINTS, type QueryTimes, type Scope } from './context.ts'
import { instantVector } from './instant.ts'
import { pushedDown } from './pushdown.ts'
import { rangeSamples } from './range-samples.ts'
import { constant, SeriesWriter, type Value } from './value.ts'

export type EvaluationOptions = {
  /** The text that was parsed: notes name places in it. */
  readonly query: string
  readonly startMs: number
  /** The same as `startMs` of an instant query. */
  readonly endMs: number
  /** 0 of an instant query. */
  readonly stepMs: number
  /** How old a sample may be; 5 minutes in Prometheus. */
  readonly lookbackMs: number
  /** Step of subqueries that name none; 1 minute in Prometheus. */
  readonly subqueryStepMs: number
  readonly limits?: EvaluationLimits
  /** Aborted where nobody waits for the result any more: the evaluation ends with its reason. */
  readonly signal?: AbortSignal
}

/**
 * What a query gives. Names that functions drop are gone, and series of equal labels are one. Of an instant query, series
 * are in the order that sort and topk made; of a range, in that of their labels.
 */
export type EvaluationResult = { readonly annotations: Annotations; readonly grid: Grid } & (
  | { readonly kind: 'scalar'; readonly values: Float64Array }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'vector'; readonly series: GridVector }
  /** Of an instant query for a range vector: the samples themselves. */
  | { readonly kind: 'matrix'; readonly series: ReadonlyArray<StoredSeries> }
)

/** Evaluates a query over its grid. Throws {@link PromqlEvaluationError}, of limits {@link PromqlLimitError}. */
export async function evaluate(
  expr: Expr,
  options: EvaluationOptions,
  source: SeriesSource,
): Promise<EvaluationResult> {
  const limits = options.limits ?? DEFAULT_LIMITS
  const grid = gridOf(options, limits)
  const times: QueryTimes = options
  const notes = new Notes(options.query)
  const context: Context = {
    query: options.query,
    times,
    source,
    notes,
    limits,
    budget: new Budget(limits),
    breaths: new Breaths(options.signal),
    evaluate: (inner, scope) => evaluateExpr(inner, scope, context),
  }
  const problem = options.stepMs > 0 ? rangeTypeProblem(expr) : undefined
  if (problem !== undefined) throw new PromqlEvaluationError(problem)
  const scope: Scope = { grid, hints: NO_HINTS }
  const inner = unwrapped(expr)
  if (inner.kind === 'matrix' || inner.kind === 'subquery') {
    const series = await rangeSamples(inner, scope, context)
    return { kind: 'matrix', series, grid, annotations: notes.annotations }
  }
  const value = await context.evaluate(expr, scope)
  const annotations = notes.annotations
  if (value.kind === 'string') return { ...value, grid, annotations }
  if (value.kind === 'scalar') return { ...value, grid, annotations }
  const series = withNamesDropped(mergedSeries(value.series))
  if (options.stepMs > 0) series.sort((a, b) => (a.series.key < b.series.key ? -1 : 1))
  return { kind: 'vector', series, grid, annotations: notes.annotations }
}

function gridOf({ startMs, endMs, stepMs }: EvaluationOptions, limits: EvaluationLimits): Grid {
  if (stepMs <= 0) return { startMs, stepMs: 0, count: 1 }
  const count = Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1)
  if (count > limits.pointsMax)
    throw new PromqlLimitError(
      `exceeded maximum resolution of ${limits.pointsMax} points per timeseries: this range has ${count}. Try decreasing the query resolution (?step=XX), or take a shorter range`,
    )
  return { startMs, stepMs, count }
}

async function evaluateExpr(expr: Expr, scope: Scope, context: Context): Promise<Value> {
  switch (expr.kind) {
    case 'number':
      return constant(expr.value, scope.grid)
    case 'string':
      return { kind: 'string', value: expr.value }
    case 'paren':
      return evaluateExpr(expr.operand, scope, context)
    case 'selector':
      return (await pushedDown(expr, scope, context)) ?? instantVector(expr, scope, context)
    case 'call':
      return (await pushedDown(expr, scope, context)) ?? evaluateCall(expr, scope, context)
    case 'aggregation':
      return (await pushedDown(expr, scope, context)) ?? evaluateAggregation(expr, scope, context)
    case 'unary': {
      const value = await evaluateExpr(expr.operand, scope, context)
      return expr.op === '-' ? negated(value) : value
    }
    case 'binary': {
      const plain: Scope = { ...scope, hints: NO_HINTS }
      const left = await evaluateExpr(expr.left, plain, context)
      const right = await evaluateExpr(expr.right, plain, context)
      return combine(expr, left, right, scope, context)
    }
    case 'matrix':
    case 'subquery':
      throw new Error('BUG: a range vector outside of a function')
  }
}

function negated(value: Value): Value {
  if (value.kind === 'string') return value
  if (value.kind === 'scalar') return { kind: 'scalar', values: value.values.map((one) => -one) }
  const series = value.series.map((from) => {
    const writer = new SeriesWriter(from.series, from.kinds.length, true)
    for (let step = 0; step < from.kinds.length; step++) {
      if (from.kinds[step] === FLOAT) writer.float(step, -from.values[step]!)
      else if (from.kinds[step] !== ABSENT) writer.histogram(step, scaled(from.histograms![step]!, -1))
    }
    return writer
  })
  return { kind: 'vector', series }
}
