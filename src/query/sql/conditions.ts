import { NANOS_MAX, type Nanos } from '../time.ts'
import { bind, type Fragment, join, sql } from './fragment.ts'
import type { Source } from './source.ts'

/** Conditions and expressions that the statements of several endpoints share. */

/** Moments that a query moves beyond what can be stored are the last, or the first, that can. */
export const instant = (nanos: Nanos): Fragment => {
  const kept = nanos > NANOS_MAX ? NANOS_MAX : nanos < -NANOS_MAX ? -NANOS_MAX : nanos
  return sql`fromUnixTimestamp64Nano(${bind('Int64', String(kept))}, 'UTC')`
}

/** The last day of a Date; ClickHouse takes larger numbers for seconds. */
const DAY_MAX = 65_535

/** A UTC day, in days since 1970. */
const day = (days: number): Fragment => sql`toDate(${bind('UInt32', Math.min(days, DAY_MAX))})`

/** UTC days since 1970, both included. */
export type Days = { readonly first: number; readonly last: number }

export const withinDays = (column: Fragment, { first, last }: Days): Fragment[] => [
  sql`${column} >= ${day(first)}`,
  sql`${column} <= ${day(last)}`,
]

/** No condition where nothing is asked for. */
export const equal = (column: Fragment, value: string | undefined): Fragment[] =>
  value === undefined ? [] : [sql`${column} = ${bind('String', value)}`]

export type PlaceFilter = {
  readonly service?: string | undefined
  readonly app?: string | undefined
  readonly namespace?: string | undefined
  readonly pod?: string | undefined
  readonly container?: string | undefined
}

/** Conditions on the columns that say where a row came from; every signal has them by the same names. */
export function atPlace(rows: Source, { service, app, namespace, pod, container }: PlaceFilter): Fragment[] {
  return [
    ...equal(rows.column('AppId'), app),
    ...equal(rows.column('ServiceName'), service),
    ...equal(rows.column('Namespace'), namespace),
    ...equal(rows.column('Pod'), pod),
    ...equal(rows.column('Container'), container),
  ]
}

/** All of them, as one. */
export function and(conditions: ReadonlyArray<Fragment>): Fragment {
  return join(
    conditions.map((condition) => sql`(${condition})`),
    ' AND ',
  )
}

/**
 * The value of an attribute, empty where it is absent; of a key that stands twice, the first. `map[key]` would give the first
 * or the last, as ClickHouse (26.7) reads the map whole or by a subcolumn of that key.
 */
export function attributeValue(attributes: Fragment, key: string): Fragment {
  return sql`arrayFirst((v, k) -> k = ${bind('String', key)}, mapValues(${attributes}), mapKeys(${attributes}))`
}

/** The attribute is there with this value, as text. Of a key that stands twice the first counts. */
export function hasAttribute(attributes: Fragment, key: string, value: string): Fragment {
  const equals = sql`${attributeValue(attributes, key)} = ${bind('String', value)}`
  // Of an absent key ClickHouse makes the empty text.
  return value === '' ? sql`mapContains(${attributes}, ${bind('String', key)}) AND ${equals}` : equals
}

/** A time as the text of its nanoseconds: no digit is lost. */
export const nanosText = (time: Fragment): Fragment => sql`toString(toUnixTimestamp64Nano(${time}))`

export const hexText = (id: Fragment): Fragment => sql`lower(hex(${id}))`
