import type { Expr, VectorSelector } from '../../../src/query/promql/ast.ts'
import { parse } from '../../../src/query/promql/parse.ts'

/** A metric that a query reads, and the labels that the query needs it to have. */
export type Use = { readonly metric: string; readonly labels: ReadonlyArray<string> }

/** The metrics of a PromQL query, each with the labels of its matchers and of the groupings around it. */
export function usesOf(query: string): Use[] {
  const uses: Use[] = []
  walk(parse(query), [], uses)
  return uses
}

function walk(expr: Expr, labels: ReadonlyArray<string>, uses: Use[]): void {
  switch (expr.kind) {
    case 'selector':
      uses.push(...useOf(expr, labels))
      return
    case 'matrix':
      uses.push(...useOf(expr.selector, labels))
      return
    case 'aggregation':
      walk(expr.operand, [...labels, ...(expr.grouping?.labels ?? [])], uses)
      return
    case 'call':
      for (const argument of expr.args) walk(argument, labels, uses)
      return
    case 'binary':
      walk(expr.left, labels, uses)
      walk(expr.right, labels, uses)
      return
    case 'paren':
    case 'unary':
    case 'subquery':
      walk(expr.operand, labels, uses)
      return
    case 'number':
    case 'string':
      return
  }
}

function useOf({ name, matchers }: VectorSelector, labels: ReadonlyArray<string>): Use[] {
  if (name === undefined) return []
  const own = matchers.map((matcher) => matcher.name).filter((one) => one !== '__name__')
  return [{ metric: name, labels: [...new Set([...own, ...labels])] }]
}
