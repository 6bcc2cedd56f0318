import type { Duration, Expr } from '../ast.ts'
import { PromqlEvaluationError, PromqlLimitError } from '../error.ts'
import type { Grid } from '../grid.ts'
import type { EvaluationLimits } from '../limits.ts'
import type { Notes } from '../notes.ts'
import { calculate } from '../operators/arithmetic.ts'
import type { SelectHints, SeriesSource } from '../source.ts'
import type { Breaths } from './breaths.ts'
import type { Value } from './value.ts'

/** The grid a part of the query is evaluated on: the query's own, or that of a subquery. */
export type Scope = { readonly grid: Grid; readonly hints: Pick<SelectHints, 'func' | 'by'> }

export type QueryTimes = {
  readonly startMs: number
  readonly endMs: number
  /** 0 of an instant query. */
  readonly stepMs: number
  readonly lookbackMs: number
  /** Step of subqueries that name none. */
  readonly subqueryStepMs: number
}

/** What one evaluation shares among all its parts. */
export type Context = {
  readonly query: string
  readonly times: QueryTimes
  readonly source: SeriesSource
  readonly notes: Notes
  readonly limits: EvaluationLimits
  readonly budget: Budget
  readonly breaths: Breaths
  /** Evaluates a part of the query: what functions are given to ask for their arguments. */
  readonly evaluate: (expr: Expr, scope: Scope) => Promise<Value>
}

export const NO_HINTS: Scope['hints'] = { func: '', by: undefined }

export function instantOf({ startMs, stepMs }: Grid, step: number): number {
  return startMs + step * stepMs
}

/** Counts what a query holds. */
export class Budget {
  readonly #limits: EvaluationLimits
  #samples = 0

  constructor(limits: EvaluationLimits) {
    this.#limits = limits
  }

  get samplesLeft(): number {
    return this.#limits.samplesMax - this.#samples
  }

  samples(count: number): void {
    this.#samples += count
    if (this.#samples > this.#limits.samplesMax)
      throw new PromqlLimitError(
        `the query needs more than ${this.#limits.samplesMax} samples: select fewer series, aggregate by fewer labels, or take a shorter range or a larger step`,
      )
  }

  /** A vector of so many series on a grid. */
  vector(series: number, { count }: Grid): void {
    if (series > this.#limits.seriesMax)
      throw new PromqlLimitError(
        `a vector of the query has ${series} series; at most ${this.#limits.seriesMax} are allowed: select fewer, or aggregate by fewer labels`,
      )
    this.samples(series * count)
  }
}

/** Milliseconds of a duration, its arithmetic done in seconds. Throws where it is not finite. */
export function durationMs(duration: Duration, times: QueryTimes): number {
  const exact = duration.kind === 'length' ? duration.ms : seconds(duration, times) * 1000
  // Seconds are rarely exact: 1.001 s are 1000.9999999999999 ms.
  const rounded = Math.round(exact)
  const ms = Math.abs(exact - rounded) < 1e-6 ? rounded : Math.trunc(exact)
  if (!Number.isSafeInteger(ms)) throw new PromqlEvaluationError('duration out of range')
  return ms
}

/** As {@link durationMs}; it must be longer than 0. */
export function lengthMs(duration: Duration, times: QueryTimes): number {
  const ms = durationMs(duration, times)
  if (ms <= 0) throw new PromqlEvaluationError('duration must be greater than 0')
  return ms
}

function seconds(duration: Duration, times: QueryTimes): number {
  switch (duration.kind) {
    case 'length':
      return duration.ms / 1000
    case 'step':
      return times.stepMs / 1000
    case 'range':
      return (times.endMs - times.startMs) / 1000
    case 'least':
      return Math.min(seconds(duration.left, times), seconds(duration.right, times))
    case 'greatest':
      return Math.max(seconds(duration.left, times), seconds(duration.right, times))
    case 'sign':
      return (duration.negative ? -1 : 1) * seconds(duration.operand, times)
    case 'group':
      return seconds(duration.operand, times)
    case 'arithmetic': {
      const left = seconds(duration.left, times)
      const right = seconds(duration.right, times)
      if (right === 0 && duration.op === '/') throw new PromqlEvaluationError('division by zero')
      if (right === 0 && duration.op === '%') throw new PromqlEvaluationError('modulo by zero')
      return calculate(duration.op, left, right)
    }
  }
}
