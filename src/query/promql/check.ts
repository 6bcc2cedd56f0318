import { StageError } from '../logql/error.ts'
import type {
  Aggregation,
  BinaryExpr,
  Call,
  Duration,
  Expr,
  MatrixSelector,
  UnaryExpr,
  ValueType,
  VectorSelector,
} from './ast.ts'
import { PromqlError } from './error.ts'
import { FUNCTIONS } from './functions.ts'
import { compileMatcher } from './matcher.ts'
import { AGGREGATIONS } from './parser/words.ts'
import { typeName, typeOf, unwrapped } from './types.ts'

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])
const SET_OPS: ReadonlySet<string> = new Set(['and', 'or', 'unless'])

/** Refuses what is grammar but has no meaning: wrong types, wrong numbers of arguments, empty selectors. */
export function check(query: string, expr: Expr): void {
  new Check(query).expr(expr)
}

class Check {
  readonly #query: string

  constructor(query: string) {
    this.#query = query
  }

  #fail(at: { readonly start: number }, reason: string): never {
    throw new PromqlError(this.#query, at.start, reason)
  }

  expr(expr: Expr): void {
    switch (expr.kind) {
      case 'selector':
        this.#selector(expr)
        break
      case 'matrix':
        this.#matrix(expr)
        break
      case 'subquery':
        this.#positive(expr.range)
        if (expr.step !== undefined) this.#positive(expr.step)
        this.expr(expr.operand)
        break
      case 'call':
        this.#call(expr)
        break
      case 'aggregation':
        this.#aggregation(expr)
        break
      case 'binary':
        this.#binary(expr)
        break
      case 'unary':
        this.#unary(expr)
        break
      case 'paren':
        this.expr(expr.operand)
    }
  }

  #unary(expr: UnaryExpr): void {
    this.expr(expr.operand)
    const type = typeOf(expr.operand)
    if (type !== 'scalar' && type !== 'vector')
      this.#fail(
        expr,
        `unary expression only allowed on expressions of type scalar or instant vector, got "${typeName(type)}"`,
      )
  }

  #typed(expr: Expr, wanted: ValueType, context: string): void {
    const type = typeOf(expr)
    if (type !== wanted)
      this.#fail(expr, `expected type ${typeName(wanted)} in ${context}, got ${typeName(type)}`)
  }

  #selector(selector: VectorSelector): void {
    for (const matcher of selector.matchers) {
      if (matcher.name === '') this.#fail(matcher, 'invalid label name: ""')
      try {
        compileMatcher(matcher)
      } catch (error) {
        if (!(error instanceof StageError)) throw error
        this.#fail(matcher, error.message)
      }
    }
    if (!selector.matchers.some((matcher) => !compileMatcher(matcher)('')))
      this.#fail(selector, 'vector selector must contain at least one non-empty matcher')
  }

  #matrix({ selector, range }: MatrixSelector): void {
    this.#selector(selector)
    this.#positive(range)
  }

  /** Arithmetic is known only when it is evaluated. */
  #positive(duration: Duration): void {
    if (duration.kind === 'length' && duration.ms <= 0)
      this.#fail(duration, 'duration must be greater than 0')
  }

  #aggregation({ op, operand, parameter }: Aggregation): void {
    this.#typed(operand, 'vector', 'aggregation expression')
    const wanted = AGGREGATIONS.get(op)!
    if (parameter !== undefined && wanted !== 'none') {
      this.#typed(parameter, wanted, 'aggregation parameter')
      this.expr(parameter)
    }
    this.expr(operand)
  }

  #call(call: Call): void {
    const { func, args } = call
    const { args: types, optional, more } = FUNCTIONS.get(func)!
    const name = JSON.stringify(func)
    const least = optional === 'any' ? types.length - 1 : types.length - optional
    const most = optional === 'any' ? Number.POSITIVE_INFINITY : types.length + more
    if (least === most && args.length !== most)
      this.#fail(call, `expected ${most} argument(s) in call to ${name}, got ${args.length}`)
    if (args.length < least)
      this.#fail(call, `expected at least ${least} argument(s) in call to ${name}, got ${args.length}`)
    if (args.length > most)
      this.#fail(call, `expected at most ${most} argument(s) in call to ${name}, got ${args.length}`)
    if (func === 'info') this.#info(args)
    args.forEach((arg, i) => {
      this.#typed(arg, types[Math.min(i, types.length - 1)]!, `call to function ${name}`)
      // The second argument of info is no selector of series, but the labels that are wanted.
      if (func !== 'info' || i === 0) this.expr(arg)
    })
  }

  #info(args: ReadonlyArray<Expr>): void {
    const labels = args[1]
    if (labels === undefined) return
    const selector = unwrapped(labels)
    if (selector.kind !== 'selector') this.#fail(labels, 'expected label selectors only')
    if (selector.name !== undefined)
      this.#fail(labels, 'expected label selectors only, got vector selector instead')
  }

  #binary(expr: BinaryExpr): void {
    const { op, left, right, matching } = expr
    this.expr(left)
    this.expr(right)
    const types = [typeOf(left), typeOf(right)]
    ;[left, right].forEach((side, i) => {
      if (types[i] !== 'scalar' && types[i] !== 'vector')
        this.#fail(side, 'binary expression must contain only scalar and instant vector types')
    })
    const scalars = types.filter((type) => type === 'scalar').length
    if (scalars === 2 && COMPARISONS.has(op) && !expr.bool)
      this.#fail({ start: expr.operatorAt }, 'comparisons between scalars must use BOOL modifier')
    if (scalars === 2 && (op === '</' || op === '>/'))
      this.#fail({ start: expr.operatorAt }, `operator "${op}" not allowed for scalar operations`)
    if (scalars > 0 && SET_OPS.has(op))
      this.#fail(expr, `set operator "${op}" not allowed in binary scalar expression`)
    if (scalars > 0 && matching !== undefined) {
      if (matching.fillLeft !== undefined || matching.fillRight !== undefined)
        this.#fail(expr, 'filling in missing series only allowed between instant vectors')
      this.#fail(expr, 'vector matching only allowed between instant vectors')
    }
  }
}
