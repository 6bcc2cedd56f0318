import type { Expr, ValueType } from './ast.ts'
import { FUNCTIONS } from './functions.ts'

const NAMES: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
}

/** As the documentation calls a type. */
export function typeName(type: ValueType): string {
  return NAMES[type]
}

/** What an expression gives. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'selector':
    case 'aggregation':
      return 'vector'
    case 'matrix':
    case 'subquery':
      return 'matrix'
    case 'call':
      return FUNCTIONS.get(expr.func)!.returns
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector'
    case 'unary':
    case 'paren':
      return typeOf(expr.operand)
  }
}

/** What parentheses stand around. */
export function unwrapped(expr: Expr): Exclude<Expr, { kind: 'paren' }> {
  let inner = expr
  while (inner.kind === 'paren') inner = inner.operand
  return inner
}

/** Why a query has no value per step of a range; undefined if it has. */
export function rangeTypeProblem(expr: Expr): string | undefined {
  const type = typeOf(expr)
  if (type === 'vector' || type === 'scalar') return undefined
  return `invalid expression type "${typeName(type)}" for range query, must be Scalar or instant Vector`
}
