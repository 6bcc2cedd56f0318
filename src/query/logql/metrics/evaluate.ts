import type { MetricExpr } from '../ast.ts'
import { EvaluationError } from '../error.ts'
import type { Labels } from '../record.ts'
import type { Value } from './node.ts'
import { plan } from './plan.ts'
import { bySeries, NO_SERIES, type Sample, type Series } from './series.ts'
import { DEFAULT_LIMITS, type EvaluationLimits, type Grid, type LogSource } from './source.ts'

export type InstantResult =
  | { readonly kind: 'scalar'; readonly value: number }
  | {
      readonly kind: 'vector'
      readonly samples: ReadonlyArray<{ readonly labels: Labels; readonly value: number }>
    }

/** A point per instant that has one; `step` counts the instants from 0. */
export type Point = { readonly step: number; readonly value: number }
export type MatrixSeries = { readonly labels: Labels; readonly points: ReadonlyArray<Point> }

/**
 * The value at one instant. Samples are in the order of their labels, those of sort, sort_desc, topk and bottomk in the
 * order of their values. Throws {@link EvaluationError}.
 */
export async function evaluateInstant(
  expr: MetricExpr,
  timeNs: bigint,
  source: LogSource,
  limits: EvaluationLimits = DEFAULT_LIMITS,
): Promise<InstantResult> {
  const node = plan(expr, { startNs: timeNs, stepNs: 1, count: 1 }, source, limits)
  try {
    const value = await node.at(0)
    if (typeof value === 'number') return { kind: 'scalar', value }
    checkResult(value.length, limits)
    const samples = isOrdered(expr) ? value : [...value].sort(bySeries)
    return {
      kind: 'vector',
      samples: samples.map(({ series, value: v }) => ({ labels: series.labels, value: v })),
    }
  } finally {
    await node.close()
  }
}

function isOrdered(expr: MetricExpr): boolean {
  return expr.kind === 'vector-aggregation' && ORDERED.has(expr.op)
}

const ORDERED: ReadonlySet<string> = new Set(['sort', 'sort_desc', 'topk', 'bottomk', 'approx_topk'])

/** The values at each instant of a grid, series in the order of their labels. Throws {@link EvaluationError}. */
export async function evaluateRange(
  expr: MetricExpr,
  grid: Grid,
  source: LogSource,
  limits: EvaluationLimits = DEFAULT_LIMITS,
): Promise<MatrixSeries[]> {
  if (grid.count > limits.pointsMax)
    throw new EvaluationError(
      `the range has ${grid.count} steps; at most ${limits.pointsMax} are allowed: take a larger step or a shorter range`,
    )
  refuseInRanges(expr)
  const node = plan(expr, grid, source, limits)
  const found = new Map<string, { readonly series: Series; readonly points: Point[] }>()
  try {
    for (let step = 0; step < grid.count; step++) {
      for (const { series, value } of asVector(await node.at(step))) {
        const known = found.get(series.key)
        if (known !== undefined) known.points.push({ step, value })
        else {
          found.set(series.key, { series, points: [{ step, value }] })
          checkResult(found.size, limits)
        }
      }
    }
  } finally {
    await node.close()
  }
  return [...found.values()].sort(bySeries).map(({ series, points }) => ({ labels: series.labels, points }))
}

function asVector(value: Value): ReadonlyArray<Sample> {
  return typeof value === 'number' ? [{ series: NO_SERIES, value }] : value
}

function checkResult(count: number, { seriesMax }: EvaluationLimits): void {
  if (count > seriesMax)
    throw new EvaluationError(
      `maximum of series (${seriesMax}) reached for a single query: aggregate by fewer labels, or filter more`,
    )
}

function refuseInRanges(expr: MetricExpr): void {
  if (expr.kind === 'vector-aggregation') {
    if (expr.op === 'approx_topk')
      throw new EvaluationError('approx_topk is only supported on instant queries: use topk in ranges')
    refuseInRanges(expr.operand)
  } else if (expr.kind === 'label-replace') refuseInRanges(expr.operand)
  else if (expr.kind === 'binary') {
    refuseInRanges(expr.left)
    refuseInRanges(expr.right)
  }
}
