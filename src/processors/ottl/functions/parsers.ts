import type { RE2JS } from 're2js'
import type { Cell } from '../cell.ts'
import { AlwaysFails } from '../condition-error.ts'
import type { Frame } from '../frame.ts'
import { Kind } from '../kinds.ts'
import { compileRegex } from '../matcher.ts'
import { materialize } from '../materialize.ts'
import { PatternCache } from '../pattern-cache.ts'
import { type Plain, type PlainMap, plainText } from '../plain.ts'
import { csvRow } from './csv.ts'
import type { Arguments, FunctionSpec, Parameter } from './function.ts'
import { parseLiteral, setParsedInt } from './numbers-in-text.ts'
import {
  type Compute,
  failed,
  INT,
  literalText,
  STRING,
  textTarget,
  valueFunction,
} from './value-function.ts'

/** JSON nested deeper is refused. */
const JSON_DEPTH_MAX = 128

const parseJson = valueFunction('ParseJSON', [textTarget], undefined, (frame) => (cell, source) => {
  let value: Plain | undefined
  try {
    value = plainOf(JSON.parse(source.text()), 0)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return failed(frame, 'the text of ParseJSON is not JSON')
  }
  if (value === undefined) return failed(frame, `JSON may be nested ${JSON_DEPTH_MAX} levels deep`)
  if (Array.isArray(value)) cell.setPlain(Kind.list, value)
  else if (value instanceof Map) cell.setPlain(Kind.map, value)
  else return failed(frame, 'the JSON of ParseJSON is neither an object nor a list')
  return true
})

/** Numbers are doubles, as in the collector. Undefined if it is nested too deep. */
function plainOf(value: unknown, depth: number): Plain | undefined {
  if (typeof value !== 'object' || value === null) return value as Plain
  if (depth === JSON_DEPTH_MAX) return undefined
  if (!Array.isArray(value)) {
    const map = new Map<string, Plain>()
    for (const [key, member] of Object.entries(value)) {
      const plain = plainOf(member, depth + 1)
      if (plain === undefined) return undefined
      map.set(key, plain)
    }
    return map
  }
  const items = value.map((item: unknown) => plainOf(item, depth + 1))
  return items.includes(undefined) ? undefined : (items as Plain[])
}

const optionalText = (name: string): Parameter => ({ name, kinds: STRING, literal: true, optional: true })

function delimiters(name: string, [, delimiter, pairDelimiter]: Arguments): readonly [string, string] {
  const [inPair, between] = [literalText(delimiter, '='), literalText(pairDelimiter, ' ')]
  if (inPair === '' || between === '') throw new Error(`a delimiter of ${name} must not be empty`)
  if (inPair === between) throw new Error(`delimiter and pair_delimiter of ${name} must not be the same`)
  return [inPair, between]
}

const parseKeyValue = valueFunction(
  'ParseKeyValue',
  [textTarget, optionalText('delimiter'), optionalText('pair_delimiter')],
  Kind.map,
  (frame, args) => {
    const [delimiter, pairDelimiter] = delimiters('ParseKeyValue', args)
    return (cell, source) => {
      if (source.start === source.end) return failed(frame, 'the text of ParseKeyValue is empty')
      const pairs = splitQuoted(source.text(), pairDelimiter)
      if (pairs === undefined) return failed(frame, 'a quote in the text of ParseKeyValue is not closed')
      const map = new Map<string, Plain>()
      for (const pair of pairs) {
        const at = pair.indexOf(delimiter)
        if (at === -1) return failed(frame, 'a pair in the text of ParseKeyValue has no delimiter')
        map.set(pair.slice(0, at).trim(), pair.slice(at + delimiter.length).trim())
      }
      cell.setPlain(Kind.map, map)
      return true
    }
  },
)

/** Splits outside quotes, which are taken away unless a backslash, which stays, stands before them; empty parts are none. Undefined if a quote is not closed. */
function splitQuoted(text: string, delimiter: string): string[] | undefined {
  const parts: string[] = []
  let part = ''
  let quote = ''
  let escaped = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    const isEscaped: boolean = escaped
    escaped = !isEscaped && character === '\\'
    if (quote === '' && text.startsWith(delimiter, at)) {
      if (part !== '') parts.push(part)
      part = ''
      at += delimiter.length - 1
      escaped = false
    } else if (isEscaped) part += character
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (character === quote) quote = ''
    else part += character
  }
  if (part !== '') parts.push(part)
  return quote === '' ? parts : undefined
}

const toKeyValueString = valueFunction(
  'ToKeyValueString',
  [
    { name: 'target', kinds: [Kind.map] },
    optionalText('delimiter'),
    optionalText('pair_delimiter'),
    { name: 'sort_output', kinds: [Kind.bool], literal: true, optional: true },
  ],
  Kind.string,
  (frame, args) => {
    const [delimiter, pairDelimiter] = delimiters('ToKeyValueString', args)
    const sorted = args[3] !== undefined && args[3].cell.low !== 0
    const quoted = (text: string): string => {
      const escaped = text.replaceAll('"', '\\"')
      return escaped.includes(delimiter) || escaped.includes(pairDelimiter) ? `"${escaped}"` : escaped
    }
    return (cell, source) => {
      const entries = [...(materialize(source, frame) as PlainMap)]
      if (sorted) entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      const pairs = entries.map(([key, value]) => quoted(key) + delimiter + quoted(plainText(value)))
      cell.setText(pairs.join(pairDelimiter))
      return true
    }
  },
)

const parseInteger = valueFunction(
  'ParseInt',
  [textTarget, { name: 'base', kinds: INT }],
  Kind.int,
  (frame) => (cell, source, base) => {
    if (base.high !== 0 || base.low < 0 || base.low === 1 || base.low > 36)
      return failed(frame, 'base of ParseInt must be 0 or from 2 to 36')
    if (setIntOfBase(cell, source, base.low)) return true
    return failed(frame, 'the text of ParseInt is no integer of 64 bits')
  },
)

function setIntOfBase(cell: Cell, { bytes, start, end }: Cell, base: number): boolean {
  if (base !== 0) return setParsedInt(cell, bytes, start, end, base)
  const literal = parseLiteral(bytes.toString('utf8', start, end))
  if (literal === undefined) return false
  const digits = Buffer.from(literal.digits)
  return setParsedInt(cell, digits, 0, digits.length, literal.base)
}

type Captures = {
  readonly regex: RE2JS
  readonly groups: ReadonlyArray<readonly [name: string, index: number]>
}

function captures(pattern: string): Captures {
  const regex = compileRegex(pattern)
  const groups = Object.entries(regex.namedGroups()).map(([name, index]): [string, number] => [
    name,
    Number(index),
  ])
  if (groups.length === 0)
    throw new AlwaysFails('the pattern of ExtractPatterns needs a group with a name: (?P<name>...)')
  return { regex, groups }
}

const extractPatterns = valueFunction(
  'ExtractPatterns',
  [textTarget, { name: 'pattern', kinds: STRING }],
  Kind.map,
  prepareExtract,
)

function prepareExtract(frame: Frame, [, pattern]: Arguments): Compute {
  const fixed = pattern!.constant ? captures(pattern!.cell.text()) : undefined
  const cache = new PatternCache(captures)
  return (cell, source, dynamic) => {
    const prepared = fixed ?? cache.get(dynamic.text())
    if (typeof prepared === 'string') return failed(frame, `the pattern can't be used: ${prepared}`)
    const map = new Map<string, Plain>()
    const matcher = prepared.regex.matcher(source.text())
    if (matcher.find()) for (const [name, index] of prepared.groups) map.set(name, matcher.group(index) ?? '')
    cell.setPlain(Kind.map, map)
    return true
  }
}

const parseCsv: FunctionSpec = {
  name: 'ParseCSV',
  parameters: [
    textTarget,
    { name: 'header', kinds: STRING },
    optionalText('delimiter'),
    optionalText('header_delimiter'),
    optionalText('mode'),
  ],
  build: (frame, args) => {
    const { parameters } = parseCsv
    return valueFunction('ParseCSV', parameters, Kind.map, prepareCsv).build(frame, args)
  },
}

const CSV_MODES: ReadonlySet<string> = new Set(['strict', 'lazyQuotes', 'ignoreQuotes'])

function prepareCsv(frame: Frame, args: Arguments): Compute {
  const delimiter = literalText(args[2], ',')
  const headerDelimiter = literalText(args[3], delimiter)
  const mode = literalText(args[4], 'strict')
  for (const each of [delimiter, headerDelimiter])
    if ([...each].length !== 1) throw new Error('a delimiter of ParseCSV must be a single character')
  if (!CSV_MODES.has(mode)) throw new Error('mode of ParseCSV must be strict, lazyQuotes or ignoreQuotes')
  return (cell, source, header) => {
    if (header.start === header.end) return failed(frame, 'the header of ParseCSV is empty')
    const names = header.text().split(headerDelimiter)
    const text = source.text()
    const fields =
      mode === 'ignoreQuotes' ? text.split(delimiter) : csvRow(text, delimiter, mode === 'lazyQuotes')
    if (fields === undefined) return failed(frame, 'the text of ParseCSV is no row of CSV')
    if (fields.length !== names.length)
      return failed(frame, `the text of ParseCSV has ${fields.length} fields, the header ${names.length}`)
    cell.setPlain(Kind.map, new Map(names.map((name, i) => [name, fields[i]!])))
    return true
  }
}

export const parserFunctions: ReadonlyArray<FunctionSpec> = [
  extractPatterns,
  parseCsv,
  parseInteger,
  parseJson,
  parseKeyValue,
  toKeyValueString,
]
