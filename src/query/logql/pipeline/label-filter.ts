import type { CompareOp, IpFilter, LabelFilter, LabelFilterStage, Matcher, UnitFilter } from '../ast.ts'
import { compileIp } from '../ip.ts'
import { compileMatcher } from '../matcher.ts'
import { type Converted, toBytes, toDuration, toNumber } from './convert.ts'
import { ERROR_DETAILS_LABEL, ERROR_LABEL, type LineState } from './line-state.ts'
import type { Step } from './step.ts'

/** Throws StageError. */
export function compileLabelFilter({ filter }: LabelFilterStage): Step {
  return compile(filter)
}

function compile(filter: LabelFilter): Step {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const left = compile(filter.left)
      const right = compile(filter.right)
      return filter.kind === 'and'
        ? (state) => left(state) && right(state)
        : (state) => left(state) || right(state)
    }
    case 'matcher':
      return compileString(filter)
    case 'ip':
      return compileIpFilter(filter)
    default:
      return compileUnit(filter)
  }
}

function compileString(matcher: Matcher): Step {
  const { name } = matcher
  const matches = compileMatcher(matcher)
  if (name === ERROR_LABEL) return (state) => matches(state.error)
  if (name === ERROR_DETAILS_LABEL) return (state) => matches(state.errorDetails)
  return (state) => matches(state.get(name) ?? '')
}

/** A line with an error passes, since only texts can tell errors apart; one without the label does not. */
function compileIpFilter({ name, op, pattern }: IpFilter): Step {
  const holds = compileIp(pattern)
  const positive = op === '='
  return (state) => {
    if (state.error !== '') return true
    const value = state.get(name)
    return value !== undefined && holds(value) === positive
  }
}

const CONVERSIONS: Readonly<Record<UnitFilter['kind'], (text: string) => Converted>> = {
  number: toNumber,
  duration: toDuration,
  bytes: toBytes,
}

/** A value that can't be converted passes with an error; a missing label does not pass. */
function compileUnit({ kind, name, op, value: wanted }: UnitFilter): Step {
  const convert = CONVERSIONS[kind]
  const compare = comparison(op)
  return (state: LineState) => {
    const text = state.get(name)
    if (text === undefined) return false
    const value = convert(text)
    if (typeof value === 'number') return compare(value, wanted)
    if (state.error === '') state.fail('LabelFilterErr', value.problem)
    return true
  }
}

function comparison(op: CompareOp): (a: number, b: number) => boolean {
  switch (op) {
    case '==':
      return (a, b) => a === b
    case '!=':
      return (a, b) => a !== b
    case '>':
      return (a, b) => a > b
    case '>=':
      return (a, b) => a >= b
    case '<':
      return (a, b) => a < b
    case '<=':
      return (a, b) => a <= b
  }
}
