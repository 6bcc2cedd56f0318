import type { Expr, Matcher, VectorSelector } from '../../promql/ast.ts'
import type { QueryName } from '../../usage/recorder.ts'
import { NAME_LABEL } from './catalog.ts'

/** The metrics and labels that a query reads: of selectors, groupings and matchings. Those that it makes may be among them. */
export function usedNames(expr: Expr): QueryName[] {
  const found = new Map<string, QueryName>()
  visit(expr, (kind, name) => found.set(`${kind} ${name}`, { kind, name }))
  return [...found.values()].filter(({ name }) => name !== '' && !name.startsWith('__'))
}

type Use = (kind: QueryName['kind'], name: string) => void

function visit(expr: Expr, use: Use): void {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return
    case 'selector':
      selector(expr, use)
      return
    case 'matrix':
      selector(expr.selector, use)
      return
    case 'call':
      for (const argument of expr.args) visit(argument, use)
      return
    case 'aggregation':
      for (const label of expr.grouping?.labels ?? []) use('label', label)
      if (expr.parameter !== undefined) visit(expr.parameter, use)
      visit(expr.operand, use)
      return
    case 'binary':
      for (const label of [...(expr.matching?.labels ?? []), ...(expr.matching?.include ?? [])])
        use('label', label)
      visit(expr.left, use)
      visit(expr.right, use)
      return
    case 'paren':
    case 'unary':
    case 'subquery':
      visit(expr.operand, use)
      return
  }
}

/** A metric that is chosen by a pattern is known by no name. */
function selector({ matchers }: VectorSelector, use: Use): void {
  for (const matcher of matchers)
    if (matcher.name !== NAME_LABEL) use('label', matcher.name)
    else if (isName(matcher)) use('metric', matcher.value)
}

const isName = ({ op }: Matcher): boolean => op === '='
