import type { LabelFilter, Matcher, UnitFilter } from '../../../logql/ast.ts'
import { ERROR_DETAILS_LABEL, ERROR_LABEL } from '../../../logql/pipeline/line-state.ts'
import { bind, type Fragment, sql } from '../../../sql/fragment.ts'
import { isBindable } from './line-filter.ts'
import { isPortableRegex } from './regex.ts'

/**
 * A label filter in SQL. `pass` keeps every row that the evaluator keeps. Of rows that `doubt` names, SQL can't tell what the
 * evaluator makes of them (a value that is no plain number); of all others, `pass` says exactly what the evaluator says.
 */
export type PushedFilter = { readonly pass: Fragment; readonly doubt: Fragment | undefined }

export type LabelValue = (name: string) => Fragment | undefined

/** Undefined where SQL can't say anything of use. */
export function pushLabelFilter(filter: LabelFilter, labelValue: LabelValue): PushedFilter | undefined {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const left = pushLabelFilter(filter.left, labelValue)
      const right = pushLabelFilter(filter.right, labelValue)
      if (left === undefined || right === undefined) return undefined
      const doubt = either(left.doubt, right.doubt)
      if (filter.kind === 'or') return { pass: sql`(${left.pass}) OR (${right.pass})`, doubt }
      // With an error of the left side, comparisons on the right may let a row pass.
      const second = left.doubt === undefined ? right.pass : sql`(${right.pass}) OR (${left.doubt})`
      return { pass: sql`(${left.pass}) AND (${second})`, doubt }
    }
    case 'matcher':
      return pushMatcher(filter, labelValue)
    case 'number':
      return pushNumber(filter, labelValue)
    case 'duration':
    case 'bytes': {
      const value = labelValue(filter.name)
      return value === undefined ? undefined : { pass: sql`${value} != ''`, doubt: sql`${value} != ''` }
    }
    case 'ip':
      return undefined
  }
}

export function either(a: Fragment | undefined, b: Fragment | undefined): Fragment | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return sql`(${a}) OR (${b})`
}

function pushMatcher({ name, op, value }: Matcher, labelValue: LabelValue): PushedFilter | undefined {
  if (name === ERROR_LABEL || name === ERROR_DETAILS_LABEL || !isBindable(value)) return undefined
  const label = labelValue(name)
  if (label === undefined) return undefined
  switch (op) {
    case '=':
      return { pass: sql`${label} = ${bind('String', value)}`, doubt: undefined }
    case '!=':
      return { pass: sql`${label} != ${bind('String', value)}`, doubt: undefined }
    case '=~':
    case '!~': {
      if (!isPortableRegex(value)) return undefined
      const matches = sql`match(${label}, ${bind('String', `(?-s)^(?:${value})$`)})`
      return { pass: op === '=~' ? matches : sql`NOT ${matches}`, doubt: undefined }
    }
  }
}

/** A decimal number as every reader of numbers reads it. */
const PLAIN_NUMBER = String.raw`^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?$`

export function isPlainNumber(text: Fragment): Fragment {
  return sql`match(${text}, ${bind('String', PLAIN_NUMBER)})`
}

function pushNumber({ name, op, value }: UnitFilter, labelValue: LabelValue): PushedFilter | undefined {
  const label = labelValue(name)
  if (label === undefined || !Number.isFinite(value)) return undefined
  const plain = isPlainNumber(label)
  const compared = compare(sql`toFloat64OrZero(${label})`, op, bind('Float64', value))
  // Text that is no number passes, with an error.
  return {
    pass: sql`${label} != '' AND (${compared} OR NOT ${plain})`,
    doubt: sql`${label} != '' AND NOT ${plain}`,
  }
}

function compare(left: Fragment, op: UnitFilter['op'], right: Fragment): Fragment {
  switch (op) {
    case '==':
      return sql`${left} = ${right}`
    case '!=':
      return sql`${left} != ${right}`
    case '>':
      return sql`${left} > ${right}`
    case '>=':
      return sql`${left} >= ${right}`
    case '<':
      return sql`${left} < ${right}`
    case '<=':
      return sql`${left} <= ${right}`
  }
}
