import { ApiError } from '../../errors.ts'
import type { Expr } from '../../promql/ast.ts'
import { PromqlError, PromqlEvaluationError, PromqlLimitError } from '../../promql/error.ts'
import { parse, parseSelector } from '../../promql/parse.ts'
import type { LabelMatcher } from '../../promql/source.ts'
import { rangeTypeProblem } from '../../promql/types.ts'

function readable<T>(parameter: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof PromqlError)
      throw new ApiError('invalid_query', `invalid parameter "${parameter}": ${error.message}`)
    throw error
  }
}

/** A query that can't be read is its author's mistake: line, column and what was expected. Throws {@link ApiError}. */
export function readQuery(text: string): Expr {
  return readable('query', () => parse(text))
}

/** A query at the steps of a range: what has no value per step is none. Throws {@link ApiError}. */
export function readRangeQuery(text: string): Expr {
  const expr = readQuery(text)
  const problem = rangeTypeProblem(expr)
  if (problem !== undefined) throw new ApiError('invalid_query', `invalid parameter "query": ${problem}`)
  return expr
}

/** `match[]`. Throws {@link ApiError}. */
export function readSelectors(texts: ReadonlyArray<string>): Array<ReadonlyArray<LabelMatcher>> {
  return texts.map((text) => readable('match[]', () => parseSelector(text)).matchers)
}

/** What an evaluation refuses, its user can cure. Throws {@link ApiError}. */
export async function answered<Value>(evaluate: () => Promise<Value>): Promise<Value> {
  try {
    return await evaluate()
  } catch (error) {
    if (error instanceof PromqlLimitError) throw new ApiError('query_too_large', error.message)
    if (error instanceof PromqlEvaluationError) throw new ApiError('evaluation_failed', error.message)
    throw error
  }
}
