import type { LineFilterStage, LineFilterValue } from '../../../logql/ast.ts'
import { bind, type Fragment, join, sql } from '../../../sql/fragment.ts'
import type { Source } from '../../../sql/source.ts'
import { isPortableRegex } from './regex.ts'

/** A condition on rows that stands for a stage. `exact`: it keeps those rows that the stage keeps, no more. */
export type Pushed = { readonly condition: Fragment; readonly exact: boolean }

/** Bytes of a bound text; ClickHouse takes 128 KiB. */
export const TEXT_BYTES_MAX = 60_000

/** Undefined where SQL can't say anything of use. */
export function pushLineFilter(logs: Source, { op, alternatives }: LineFilterStage): Pushed | undefined {
  const parts = alternatives.map((value) => pushValue(logs, op, value))
  if (!parts.every((part) => part !== undefined)) return undefined
  const condition = join(
    parts.map((part) => sql`(${part.condition})`),
    ' OR ',
  )
  const exact = parts.every((part) => part.exact)
  if (op[0] === '|') return { condition, exact }
  // What is kept too much in the positive would be dropped too much in the negative.
  return exact ? { condition: sql`NOT (${condition})`, exact: true } : undefined
}

function pushValue(
  logs: Source,
  op: LineFilterStage['op'],
  { kind, value }: LineFilterValue,
): Pushed | undefined {
  if (kind === 'ip' || !isBindable(value)) return undefined
  const body = logs.column('Body')
  switch (op) {
    case '|=':
      return { condition: join([...wholeTokens(body, value), contains(body, value)], ' AND '), exact: true }
    case '!=':
      return { condition: contains(body, value), exact: true }
    case '|~':
    case '!~':
      return isPortableRegex(value)
        ? { condition: sql`match(${body}, ${bind('String', `(?s)${value}`)})`, exact: true }
        : undefined
    case '|>': {
      // Captures have no names here: parse has seen to that.
      const literals = value.split('<_>').filter((literal) => literal !== '')
      return literals.length === 0
        ? undefined
        : {
            condition: join(
              literals.map((literal) => contains(body, literal)),
              ' AND ',
            ),
            exact: false,
          }
    }
    case '!>':
      return undefined
  }
}

export function isBindable(text: string): boolean {
  return Buffer.byteLength(text) <= TEXT_BYTES_MAX && text.isWellFormed() && !text.includes('\0')
}

/** Case counts. An empty text is in every line. */
export function contains(body: Fragment, text: string): Fragment {
  return text === '' ? sql`1` : sql`position(${body}, ${bind('String', text)}) > 0`
}

const TOKENS_MAX = 16
/** A word with a separator on both sides is a whole token of any line that holds the text. */
const INNER_TOKEN =
  /(?<=[\0-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f])[A-Za-z0-9]+(?=[\0-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f])/g

/** Does the filter look for an id, which the index finds in few lines, wherever they are? */
export function looksForId({ op, alternatives }: LineFilterStage): boolean {
  const [only] = alternatives
  if (op !== '|=' || alternatives.length !== 1 || only?.kind !== 'text') return false
  return (only.value.match(INNER_TOKEN) ?? []).some((token) => token.length >= 8 && /[0-9]/.test(token))
}

/**
 * The text index on `lower(Body)` looks up whole tokens at once; it can't help with pieces of tokens without reading all of
 * its dictionary, which costs more than reading the lines (docs/adr/0009-sort-key.md).
 */
function wholeTokens(body: Fragment, text: string): Fragment[] {
  const tokens = new Set((text.match(INNER_TOKEN) ?? []).map((token) => token.toLowerCase()))
  return [...tokens]
    .slice(0, TOKENS_MAX)
    .map((token) => sql`hasToken(lower(${body}), ${bind('String', token)})`)
}
