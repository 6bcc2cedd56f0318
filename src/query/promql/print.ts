import { quote } from '../logql/unquote.ts'
import type {
  Aggregation,
  BinaryExpr,
  Duration,
  Expr,
  Grouping,
  Matcher,
  MatrixSelector,
  Modifiers,
  NumberLiteral,
  Subquery,
  VectorMatching,
  VectorSelector,
} from './ast.ts'
import { printDurationMs } from './duration.ts'
import { printValue } from './histogram/text.ts'

/** A query as text that parses to the same tree, in one line, as Prometheus prints it. */
export function print(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr)
    case 'string':
      return quote(expr.value)
    case 'selector':
      return printSelector(expr) + printExtension(expr) + printModifiers(expr.modifiers)
    case 'matrix':
      return printMatrix(expr)
    case 'subquery':
      return print(expr.operand) + printSubquerySuffix(expr)
    case 'call':
      return `${expr.func}(${expr.args.map(print).join(', ')})`
    case 'aggregation':
      return printAggregation(expr)
    case 'binary':
      return `${print(expr.left)} ${printOperator(expr)} ${print(expr.right)}`
    case 'unary':
      return expr.op + print(expr.operand)
    case 'paren':
      return `(${print(expr.operand)})`
  }
}

function printNumber({ value, duration }: NumberLiteral): string {
  const ms = value * 1000
  // A plus would be a sign, and take a whole power behind it.
  if (value === Number.POSITIVE_INFINITY) return 'Inf'
  return duration && Number.isSafeInteger(ms) ? printDurationMs(ms) : printValue(value)
}

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export function printLabelName(name: string): string {
  return LABEL_NAME.test(name) ? name : quote(name)
}

/** As Prometheus: matchers in the order of their texts, a name that stood inside the braces as one of them. */
export function printSelector({ name, matchers }: VectorSelector): string {
  // The matcher of the name is the last one.
  const written = name === undefined ? matchers : matchers.slice(0, -1)
  const inside = written.map(printMatcher).sort()
  return (name ?? '') + (inside.length > 0 ? `{${inside.join(',')}}` : '')
}

function printMatcher({ name, op, value }: Matcher): string {
  return `${printLabelName(name)}${op}${quote(value)}`
}

function printExtension({ extension }: VectorSelector): string {
  return extension === undefined ? '' : ` ${extension}`
}

function printMatrix({ selector, range }: MatrixSelector): string {
  const suffix = printExtension(selector) + printModifiers(selector.modifiers)
  return `${printSelector(selector)}[${printDuration(range)}]${suffix}`
}

/** What follows the operand of a subquery. */
export function printSubquerySuffix({ range, step, modifiers }: Subquery): string {
  const every = step === undefined ? '' : printDuration(step)
  return `[${printDuration(range)}:${every}]${printModifiers(modifiers)}`
}

function printModifiers({ at, offset }: Modifiers): string {
  const instant =
    at === undefined ? '' : ` @ ${at.kind === 'time' ? (at.timeMs / 1000).toFixed(3) : `${at.kind}()`}`
  return offset === undefined ? instant : `${instant} offset ${printDuration(offset)}`
}

function printDuration(duration: Duration): string {
  switch (duration.kind) {
    case 'length':
      return Number.isSafeInteger(duration.ms) ? printDurationMs(duration.ms) : printValue(duration.ms / 1000)
    case 'step':
    case 'range':
      return `${duration.kind}()`
    case 'least':
      return `min_of(${printDuration(duration.left)}, ${printDuration(duration.right)})`
    case 'greatest':
      return `max_of(${printDuration(duration.left)}, ${printDuration(duration.right)})`
    case 'sign':
      return (duration.negative ? '-' : '+') + printDuration(duration.operand)
    case 'group':
      return `(${printDuration(duration.operand)})`
    case 'arithmetic':
      return `${printDuration(duration.left)} ${duration.op} ${printDuration(duration.right)}`
  }
}

function printAggregation({ op, parameter, operand, grouping }: Aggregation): string {
  const args = parameter === undefined ? print(operand) : `${print(parameter)}, ${print(operand)}`
  return `${op}${printGrouping(grouping)}(${args})`
}

/** ` by (a, b) `; nothing where all is one group. */
export function printGrouping(grouping: Grouping | undefined): string {
  if (grouping === undefined) return ''
  return ` ${grouping.without ? 'without' : 'by'} ${printLabels(grouping.labels)} `
}

function printLabels(labels: ReadonlyArray<string>): string {
  return `(${labels.map(printLabelName).join(', ')})`
}

/** The operator with all that may follow it: `== bool on (a) group_left (b)`. */
export function printOperator({ op, bool, matching }: BinaryExpr): string {
  return `${op}${bool ? ' bool' : ''}${matching === undefined ? '' : printMatching(matching)}`
}

function printMatching({ on, labels, group, include, fillLeft, fillRight }: VectorMatching): string {
  const fill = printFill(fillLeft, fillRight)
  let out = ''
  if (on || labels.length > 0 || group !== undefined || fill === '')
    out += ` ${on ? 'on' : 'ignoring'} ${printLabels(labels)}`
  if (group !== undefined) out += ` group_${group} ${printLabels(include)}`
  return out + fill
}

function printFill(left: number | undefined, right: number | undefined): string {
  if (left !== undefined && Object.is(left, right)) return ` fill (${printValue(left)})`
  const first = left === undefined ? '' : ` fill_left (${printValue(left)})`
  return right === undefined ? first : `${first} fill_right (${printValue(right)})`
}
