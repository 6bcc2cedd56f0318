import { ApiError } from '../../errors.ts'
import type { MetricExpr, Selector } from '../../logql/ast.ts'
import { EvaluationError } from '../../logql/error.ts'
import { ALIASES, TENANT_LABEL } from './labels.ts'
import type { Meter } from './meter.ts'
import type { Query } from './query.ts'
import type { Answer } from './types.ts'

/** What the evaluator refuses, its user can cure. */
export async function answered<Value>(meter: Meter, evaluate: () => Promise<Value>): Promise<Answer<Value>> {
  try {
    const value = await evaluate()
    return { value, stats: meter.stats() }
  } catch (error) {
    throw error instanceof EvaluationError ? new ApiError('bad_request', error.message) : error
  }
}

const SHORT_NAMES: ReadonlySet<string> = new Set(ALIASES)

/**
 * The query with selectors as the evaluator may test them again: streams have no labels of the short names, and what those
 * mean was decided when the streams were chosen.
 */
export function withoutAliases(expr: MetricExpr, query: Query): MetricExpr {
  switch (expr.kind) {
    case 'range-aggregation': {
      const { range } = expr
      return { ...expr, range: { ...range, selector: testable(range.selector, query) } }
    }
    case 'vector-aggregation':
    case 'label-replace':
      return { ...expr, operand: withoutAliases(expr.operand, query) }
    case 'binary':
      return { ...expr, left: withoutAliases(expr.left, query), right: withoutAliases(expr.right, query) }
    case 'vector':
    case 'literal':
      return expr
  }
}

function testable(selector: Selector, query: Query): Selector {
  const { labelAliases } = query.store.labels.options
  const isDecided = (name: string): boolean =>
    name === TENANT_LABEL || (labelAliases && SHORT_NAMES.has(name))
  const matchers = selector.matchers.filter(({ name }) => !isDecided(name))
  if (matchers.length === selector.matchers.length) return selector
  const shortened = { ...selector, matchers }
  query.written.set(shortened, selector)
  return shortened
}
