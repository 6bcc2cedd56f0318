import type { BinaryOp } from '../ast.ts'

export type ScalarOp = Exclude<BinaryOp, 'and' | 'or' | 'unless'>

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '>', '>=', '<', '<='])

export function isComparison(op: BinaryOp): boolean {
  return COMPARISONS.has(op)
}

/** Of comparisons, 1 or 0. By zero, nothing can be divided: the result is NaN, not an infinity. */
export function calculate(op: ScalarOp, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return b === 0 ? Number.NaN : a / b
    case '%':
      return b === 0 ? Number.NaN : a % b
    case '^':
      return a === 1 ? 1 : a ** b
    case '==':
      return Number(a === b)
    case '!=':
      return Number(a !== b)
    case '>':
      return Number(a > b)
    case '>=':
      return Number(a >= b)
    case '<':
      return Number(a < b)
    case '<=':
      return Number(a <= b)
  }
}
