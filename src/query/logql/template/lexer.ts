import { StageError } from '../error.ts'
import { parseFloat64 } from '../units.ts'
import { unquote } from '../unquote.ts'
import type { TemplateValue } from './value.ts'

export type TemplateToken = {
  readonly kind: 'word' | 'field' | 'variable' | 'literal' | 'symbol'
  readonly text: string
  readonly value: TemplateValue
  readonly start: number
  readonly end: number
  /** A space stands before it: `.a .b` are two operands, `.a.b` one. */
  readonly spaced: boolean
}

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: ReadonlyArray<TemplateToken>; readonly start: number }

/** Splits a template at its actions; `{{-` and `-}}` eat the spaces beside them. Throws {@link StageError}. */
export function splitTemplate(text: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let trim = false
  for (;;) {
    const open = text.indexOf('{{', at)
    let between = text.slice(at, open === -1 ? text.length : open)
    if (trim) between = between.trimStart()
    const trimsLeft = open !== -1 && /^\{\{-\s/.test(text.slice(open, open + 4))
    if (trimsLeft) between = between.trimEnd()
    if (between !== '') pieces.push({ kind: 'text', text: between })
    if (open === -1) return pieces
    const action = readAction(text, open + (trimsLeft ? 3 : 2))
    if (action.tokens !== undefined) pieces.push({ kind: 'action', tokens: action.tokens, start: open })
    at = action.end
    trim = action.trims
  }
}

const COMMENT = /\s*\/\*[\s\S]*?\*\/\s*(-?)\}\}/y
const SPACE = /\s+/y
const TOKEN =
  /(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<field>\.[A-Za-z_][A-Za-z0-9_]*)|(?<variable>\$[A-Za-z0-9_]*)|(?<number>[-+]?(?:0[xX][0-9a-fA-F]+|\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?))|(?<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)|(?<char>'(?:\\.|[^'\\])')|(?<symbol>:=|[().|,=])/y

type Action = { readonly tokens: TemplateToken[] | undefined; readonly end: number; readonly trims: boolean }

function readAction(text: string, start: number): Action {
  COMMENT.lastIndex = start
  const comment = COMMENT.exec(text)
  if (comment !== null) return { tokens: undefined, end: COMMENT.lastIndex, trims: comment[1] === '-' }
  const tokens: TemplateToken[] = []
  let at = start
  for (;;) {
    SPACE.lastIndex = at
    const spaced = SPACE.exec(text) !== null
    if (spaced) at = SPACE.lastIndex
    if (spaced && text.startsWith('-}}', at)) return { tokens, end: at + 3, trims: true }
    if (text.startsWith('}}', at)) return { tokens, end: at + 2, trims: false }
    const token = readToken(text, at, spaced)
    tokens.push(token)
    at = token.end
  }
}

function readToken(text: string, at: number, spaced: boolean): TemplateToken {
  TOKEN.lastIndex = at
  const match = TOKEN.exec(text)
  if (match === null) {
    const rest =
      at >= text.length
        ? 'unclosed action: }} is missing'
        : `unexpected ${JSON.stringify(text[at])} in action`
    throw new StageError(`template: ${rest} (character ${at + 1})`)
  }
  const { word, field, variable, number, string, char } = match.groups!
  const place = { start: at, end: TOKEN.lastIndex, spaced, value: null }
  if (word !== undefined) return wordToken(word, place)
  if (field !== undefined) return { ...place, kind: 'field', text: field.slice(1) }
  if (variable !== undefined) return { ...place, kind: 'variable', text: variable }
  if (number !== undefined) return { ...place, kind: 'literal', text: number, value: numberOf(number, at) }
  if (string !== undefined) return { ...place, kind: 'literal', text: string, value: stringOf(string, at) }
  if (char !== undefined)
    return { ...place, kind: 'literal', text: char, value: BigInt(stringOf(char, at).codePointAt(0)!) }
  return { ...place, kind: 'symbol', text: match[0] }
}

type Place = Pick<TemplateToken, 'start' | 'end' | 'spaced'> & { readonly value: null }

function wordToken(word: string, place: Place): TemplateToken {
  if (word === 'true' || word === 'false')
    return { ...place, kind: 'literal', text: word, value: word === 'true' }
  return word === 'nil' ? { ...place, kind: 'literal', text: word } : { ...place, kind: 'word', text: word }
}

function numberOf(text: string, at: number): TemplateValue {
  if (/^[-+]?(?:\d+|0[xX][0-9a-fA-F]+)$/.test(text))
    return text[0] === '-' ? -BigInt(text.slice(1)) : BigInt(text.replace('+', ''))
  const value = parseFloat64(text)
  if (value === undefined) throw new StageError(`template: bad number ${text} (character ${at + 1})`)
  return value
}

function stringOf(quoted: string, at: number): string {
  if (quoted[0] === '`') return quoted.slice(1, -1)
  const body = quoted[0] === "'" ? quoted.slice(1, -1).replace("\\'", "'") : quoted.slice(1, -1)
  return unquote(body, (offset, reason) => {
    throw new StageError(`template: ${reason} (character ${at + 2 + offset})`)
  })
}
