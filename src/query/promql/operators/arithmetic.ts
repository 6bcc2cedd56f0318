import type { ArithmeticOp, CompareOp, TrimOp } from '../ast.ts'

const COMPARISONS: ReadonlySet<string> = new Set<CompareOp>(['==', '!=', '>', '>=', '<', '<='])

export function isComparison(op: string): op is CompareOp {
  return COMPARISONS.has(op)
}

export function isTrim(op: string): op is TrimOp {
  return op === '</' || op === '>/'
}

/** Of comparisons, 1 or 0. */
export function calculate(op: ArithmeticOp | CompareOp, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      return a % b
    case '^':
      return power(a, b)
    case 'atan2':
      return Math.atan2(a, b)
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

/** IEEE 754 has 1 where JavaScript has NaN: 1 to any power, -1 to an infinite one. */
function power(a: number, b: number): number {
  if (a === 1) return 1
  if (a === -1 && (b === Number.POSITIVE_INFINITY || b === Number.NEGATIVE_INFINITY)) return 1
  return a ** b
}
