import { ApiError } from '../../errors.ts'
import type { KeyValue } from '../../parameters/key-value.ts'
import {
  allOf,
  anyAttributeIs,
  type Expr,
  type Field,
  type Intrinsic,
  intrinsicIs,
} from '../../traceql/ast.ts'
import { TraceqlError } from '../../traceql/error.ts'
import { INTRINSICS, WORD_VALUES } from '../../traceql/fields.ts'
import { parse, parseFieldName } from '../../traceql/parse.ts'

/** A query that can't be read is its author's mistake: line, column and what was expected. Throws {@link ApiError}. */
export function readQuery(text: string): Expr {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof TraceqlError)
      throw new ApiError('invalid_query', `invalid TraceQL query: ${error.message}`)
    throw error
  }
}

/** Undefined where the text is no query. */
function tryParse(text: string): Expr | undefined {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof TraceqlError) return undefined
    throw error
  }
}

/**
 * What is known of a query that is still being typed: the conditions that are complete, where && joins them. Never an error:
 * more is offered then, rather than nothing.
 */
export function readUnfinished(text: string): Expr {
  const whole = tryParse(text)
  if (whole !== undefined) return whole
  const inside = text.trim().replace(/^\{/, '').replace(/\}$/, '')
  if (inside.includes('||')) return allOf([])
  return allOf(
    inside
      .split('&&')
      .flatMap((condition) => (condition.trim() === '' ? [] : (tryParse(`{${condition}}`) ?? []))),
  )
}

/** How older clients name what has a field. */
const OLD_NAMES: ReadonlyMap<string, Intrinsic> = new Map([
  ['root.name', 'rootName'],
  ['root.service.name', 'rootServiceName'],
  ['status.code', 'status'],
])

/** A tag as `/api/search?tags=` has it: text that is equal, of an intrinsic or of any attribute. */
export function tagCondition({ key, value }: KeyValue): Expr {
  const name = OLD_NAMES.get(key) ?? INTRINSICS.get(key)
  if (name === 'status' || name === 'kind') {
    const known = WORD_VALUES.get(value.toLowerCase())
    const isItsOwn = known?.kind === (name === 'status' ? 'status' : 'spanKind')
    if (known === undefined || !isItsOwn) return { kind: 'constant', value: false }
    return intrinsicIs(name, known)
  }
  if (name === 'name' || name === 'rootName' || name === 'rootServiceName' || name === 'statusMessage')
    return intrinsicIs(name, { kind: 'string', text: value })
  return anyAttributeIs(key, value)
}

/** The tag that a path names, with its scope or without: what is no field is the name of an attribute. */
export function readTag(text: string): Field {
  const name = OLD_NAMES.get(text) ?? INTRINSICS.get(text)
  if (name !== undefined) return { kind: 'intrinsic', name }
  if (/^(?:span|resource)?\./.test(text)) {
    try {
      return parseFieldName(text)
    } catch (error) {
      if (!(error instanceof TraceqlError)) throw error
    }
  }
  return { kind: 'attribute', scope: 'any', name: text }
}
