import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import type { Op, Value } from '../../traceql/ast.ts'
import { compareText, operator } from './text.ts'

/** A map of attributes and the letters of their types, in the order of the map. */
export type AttributeColumns = { readonly attributes: Fragment; readonly types: Fragment }

/** Where the key stands, from 1; 0 where it is absent. Of a key that stands twice, the first counts. */
export function placeOf({ attributes }: AttributeColumns, key: string): Fragment {
  return sql`indexOf(mapKeys(${attributes}), ${bind('String', key)})`
}

const INT64_MAX = 2n ** 63n - 1n

/** Ints by all their digits, where the value is one too. */
function compareNumber(value: Fragment, letter: Fragment, op: Op, text: string, number: number): Fragment {
  const whole = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined
  const float = bind('Float64', number)
  const ofInt =
    whole === undefined || whole > INT64_MAX || whole < -INT64_MAX
      ? sql`toFloat64OrZero(${value}) ${operator(op)} ${float}`
      : sql`toInt64OrZero(${value}) ${operator(op)} ${bind('Int64', String(whole))}`
  return sql`((${letter} = 'i' AND ${ofInt}) OR (${letter} = 'd' AND toFloat64OrZero(${value}) ${operator(op)} ${float}))`
}

/**
 * An attribute's value, of the value's own type: a text is never equal to a number. What is absent matches nothing, but
 * `= nil`.
 */
export function compareAttribute(columns: AttributeColumns, key: string, op: Op, value: Value): Fragment {
  const place = placeOf(columns, key)
  const text = sql`arrayElement(mapValues(${columns.attributes}), ${place})`
  const letter = sql`substring(${columns.types}, ${place}, 1)`
  const isThere = sql`${place} > 0`
  switch (value.kind) {
    case 'nil':
      return op === '=' ? sql`${place} = 0` : isThere
    case 'anyText':
      return sql`(${isThere} AND ${compareText(text, op, value.text)})`
    case 'string':
      return sql`(${isThere} AND ${letter} = 's' AND ${compareText(text, op, value.text)})`
    case 'boolean':
      return sql`(${isThere} AND ${letter} = 'b' AND ${compareText(text, op, String(value.value))})`
    case 'number':
      return sql`(${isThere} AND ${compareNumber(text, letter, op, value.text, value.value)})`
    case 'duration':
      return sql`(${isThere} AND ${compareNumber(text, letter, op, String(Math.round(value.ns)), value.ns)})`
    default:
      throw new TypeError(`BUG: an attribute is not compared with ${value.kind}`)
  }
}
