import type { Aggregation, Call, Expr, MatrixSelector, VectorSelector } from '../ast.ts'
import { KEEPS_NAME, noteNames, RANGE_FUNCTIONS } from '../functions/range.ts'
import type { GridSeries } from '../grid.ts'
import type { GridAggregation, GridAnswer, GridFunction, GridRequest } from '../source.ts'
import { unwrapped } from '../types.ts'
import { type Context, durationMs, lengthMs, type Scope } from './context.ts'
import type { VectorValue } from './value.ts'

/** What a source may be asked for, by the function of PromQL. */
const GRID_FUNCTIONS: ReadonlySet<string> = new Set<GridFunction>([
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'changes',
  'resets',
  'deriv',
  'predict_linear',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'last_over_time',
  'first_over_time',
  'present_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'quantile_over_time',
])
const GRID_AGGREGATIONS: ReadonlySet<string> = new Set<GridAggregation>([
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
])

function isGridFunction(func: string): func is GridFunction {
  return GRID_FUNCTIONS.has(func)
}

function isGridAggregation(op: string): op is GridAggregation {
  return GRID_AGGREGATIONS.has(op)
}

type Windowed = Pick<GridRequest, 'func' | 'parameter' | 'rangeMs' | 'offsetMs' | 'matchers'> & {
  /** Notes about the metrics' names are put here. */
  readonly at: Expr
}

/** The part of a query as the source computes it; undefined where it can't, or is not asked. */
export async function pushedDown(
  expr: Aggregation | Call | VectorSelector,
  scope: Scope,
  context: Context,
): Promise<VectorValue | undefined> {
  const { source, limits, notes, budget } = context
  if (source.grid === undefined) return undefined
  const inner = expr.kind === 'aggregation' ? unwrapped(expr.operand) : expr
  const windowed = windowedOf(inner, context)
  if (windowed === undefined) return undefined
  let aggregation: GridRequest['aggregation']
  if (expr.kind === 'aggregation') {
    if (!isGridAggregation(expr.op)) return undefined
    aggregation = { op: expr.op, grouping: expr.grouping ?? { without: false, labels: [] } }
  }
  const { at, ...request } = windowed
  const { grid } = scope
  const answer = await source.grid({ ...request, aggregation, grid, seriesMax: limits.seriesMax })
  if (answer === undefined) return undefined
  budget.vector(answer.series.length, grid)
  noteNames(windowed.func, answer.metricNames, at, notes)
  return { kind: 'vector', series: withDroppedNames(answer, windowed.func) }
}

function withDroppedNames({ series }: GridAnswer, func: GridFunction): GridSeries[] {
  const dropName = func !== 'last' && !KEEPS_NAME.has(func)
  return series.map((one) => ({ ...one, dropName }))
}

function windowedOf(expr: Expr, context: Context): Windowed | undefined {
  if (expr.kind === 'selector')
    return ofSelector(expr, 'last', context.times.lookbackMs, undefined, expr, context)
  if (expr.kind !== 'call' || !isGridFunction(expr.func)) return undefined
  const index = RANGE_FUNCTIONS.get(expr.func)!.matrix
  const argument = expr.args[index]!
  const matrix = unwrapped(argument)
  if (matrix.kind !== 'matrix') return undefined
  const parameter = constantParameter(expr, index)
  if (parameter === 'unknown') return undefined
  return ofMatrix(matrix, expr.func, parameter, argument, context)
}

function ofMatrix(
  { selector, range }: MatrixSelector,
  func: GridFunction,
  parameter: number | undefined,
  at: Expr,
  context: Context,
): Windowed | undefined {
  return ofSelector(selector, func, lengthMs(range, context.times), parameter, at, context)
}

function ofSelector(
  { matchers, modifiers, extension }: VectorSelector,
  func: GridFunction,
  rangeMs: number,
  parameter: number | undefined,
  at: Expr,
  { times }: Context,
): Windowed | undefined {
  if (modifiers.at !== undefined || extension !== undefined) return undefined
  const offsetMs = modifiers.offset === undefined ? 0 : durationMs(modifiers.offset, times)
  return { matchers, func, parameter, rangeMs, offsetMs, at }
}

/** The number beside the range, if the function has one and it is written as one. φ out of its bounds is left to the evaluator, which notes it. */
function constantParameter({ args }: Call, matrixIndex: number): number | undefined | 'unknown' {
  if (args.length === 1) return undefined
  const other = unwrapped(args[matrixIndex === 0 ? 1 : 0]!)
  if (other.kind !== 'number') return 'unknown'
  return matrixIndex === 0 || (other.value >= 0 && other.value <= 1) ? other.value : 'unknown'
}
