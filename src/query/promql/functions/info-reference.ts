import type { AtModifier, Expr, Modifiers } from '../ast.ts'
import { durationMs, type QueryTimes } from '../evaluate/context.ts'
import { fixedTime } from '../evaluate/selector-times.ts'
import { typeOf } from '../types.ts'

type Reference = { readonly timeMs: number | undefined; readonly offsetMs: number }
type Seen = { first: Reference | undefined; uniform: boolean }

/**
 * Where info() looks for info series: as its argument's selectors do, with the offsets and the `@` of the subqueries around
 * them, if all of them look at the same time. Else, and for vectors that no selector makes, at each instant itself.
 */
export function infoModifiers(argument: Expr, times: QueryTimes): Modifiers {
  const seen: Seen = { first: undefined, uniform: true }
  inspect(argument, [], times, seen)
  const { first, uniform } = seen
  if (first === undefined || !uniform) return { offset: undefined, at: undefined }
  const place = { start: 0, end: 0 }
  const at: AtModifier | undefined =
    first.timeMs === undefined ? undefined : { ...place, kind: 'time', timeMs: first.timeMs }
  return { offset: { ...place, kind: 'length', ms: first.offsetMs }, at }
}

/** Is there a selector in what makes the vector? `around` are the modifiers of subqueries, the outer first. */
function inspect(expr: Expr, around: ReadonlyArray<Modifiers>, times: QueryTimes, seen: Seen): boolean {
  const type = typeOf(expr)
  if (type !== 'vector' && type !== 'matrix') return false
  if (expr.kind === 'selector') {
    note(referenceOf([...around, expr.modifiers], times), seen)
    return true
  }
  const inside = expr.kind === 'subquery' ? [...around, expr.modifiers] : around
  // Every operand counts, so that none is left out where one has a selector.
  const found = operandsOf(expr)
    .map((operand) => inspect(operand, inside, times, seen))
    .includes(true)
  if (!found) seen.uniform = false
  return found
}

function note(reference: Reference, seen: Seen): void {
  if (seen.first === undefined) seen.first = reference
  else if (!isSame(seen.first, reference)) seen.uniform = false
}

function isSame(a: Reference, b: Reference): boolean {
  if (a.timeMs === undefined || b.timeMs === undefined)
    return a.timeMs === b.timeMs && a.offsetMs === b.offsetMs
  return a.timeMs - a.offsetMs === b.timeMs - b.offsetMs
}

/** Offsets add up from the inside until an `@` says the time. */
function referenceOf(modifiers: ReadonlyArray<Modifiers>, times: QueryTimes): Reference {
  let offsetMs = 0
  for (let i = modifiers.length - 1; i >= 0; i--) {
    const { offset, at } = modifiers[i]!
    if (offset !== undefined) offsetMs += durationMs(offset, times)
    if (at !== undefined) return { timeMs: fixedTime(at, times), offsetMs }
  }
  return { timeMs: undefined, offsetMs }
}

/** The second argument of info() has the form of a selector, but none is evaluated. */
function operandsOf(expr: Expr): ReadonlyArray<Expr> {
  switch (expr.kind) {
    case 'matrix':
      return [expr.selector]
    case 'call':
      return expr.func === 'info' ? expr.args.slice(0, 1) : expr.args
    case 'binary':
      return [expr.left, expr.right]
    case 'subquery':
    case 'aggregation':
    case 'unary':
    case 'paren':
      return [expr.operand]
    default:
      return []
  }
}
