import type { Call, Expr } from '../ast.ts'
import { FUNCTIONS } from '../functions.ts'
import { LIST_LENGTH_MAX } from '../limits.ts'
import { parseAggregation } from './aggregation.ts'
import type { Cursor } from './cursor.ts'
import { parseExpr } from './expression.ts'
import { parsePostfix } from './postfix.ts'
import { parseSelector } from './selector.ts'
import { isAggregation, NEVER_NAMES, OPERATOR_WORDS } from './words.ts'

/** A number, string, selector, call, aggregation or parenthesis, with what follows it: `[5m]`, `offset`, `@`. */
export function parseOperand(cursor: Cursor): Expr {
  return parsePostfix(cursor, parsePrimary(cursor))
}

function parsePrimary(cursor: Cursor): Expr {
  const { kind, value, text, start, end, word } = cursor.token
  switch (kind) {
    case 'number':
    case 'duration':
      cursor.take()
      return {
        kind: 'number',
        value: kind === 'duration' ? value / 1000 : value,
        duration: kind === 'duration',
        start,
        end,
      }
    case 'string':
      cursor.take()
      return { kind: 'string', value: text, start, end }
    case 'identifier':
      return parseWord(cursor, word)
    default:
      if (cursor.is('{')) return parseSelector(cursor)
      if (!cursor.is('(')) return cursor.unexpected()
  }
  cursor.take()
  const operand = parseExpr(cursor)
  if (!cursor.is(')')) cursor.unexpected()
  cursor.take()
  return { kind: 'paren', operand, start, end: cursor.lastEnd }
}

function parseWord(cursor: Cursor, word: string): Expr {
  const { start, end } = cursor.token
  const { next } = cursor
  const opens = next.kind === 'symbol' && next.text === '('
  if (isAggregation(word) && (opens || next.word === 'by' || next.word === 'without'))
    return parseAggregation(cursor, word)
  if (opens && !NEVER_NAMES.has(word) && !OPERATOR_WORDS.has(word)) return parseCall(cursor)
  if (word === 'inf' || word === 'nan') {
    cursor.take()
    const value = word === 'inf' ? Number.POSITIVE_INFINITY : Number.NaN
    return { kind: 'number', value, duration: false, start, end }
  }
  if (NEVER_NAMES.has(word)) return cursor.unexpected()
  return parseSelector(cursor)
}

/** Arguments in parentheses. */
export function parseArguments(cursor: Cursor, context: string): Expr[] {
  if (!cursor.accept('(')) cursor.unexpected(context)
  const args: Expr[] = []
  while (!cursor.is(')')) {
    if (args.length === LIST_LENGTH_MAX)
      cursor.fail(cursor.token.start, `a call of more than ${LIST_LENGTH_MAX} arguments`)
    args.push(parseExpr(cursor))
    if (cursor.is(',')) {
      const comma = cursor.take()
      if (cursor.is(')')) cursor.fail(comma.start, 'trailing commas not allowed in function call args')
    } else if (!cursor.is(')')) cursor.unexpected(context)
  }
  cursor.take()
  return args
}

function parseCall(cursor: Cursor): Call {
  const { text, word, start } = cursor.take()
  // `start`, `end`, `step` and `range` are keywords, so they may be written in any case.
  const func = FUNCTIONS.has(text) || !KEYWORD_FUNCTIONS.has(word) ? text : word
  if (!FUNCTIONS.has(func)) cursor.fail(start, `unknown function with name ${JSON.stringify(text)}`)
  const args = parseArguments(cursor, `function call`)
  return { kind: 'call', func, args, start, end: cursor.lastEnd }
}

const KEYWORD_FUNCTIONS: ReadonlySet<string> = new Set(['start', 'end', 'step', 'range'])
