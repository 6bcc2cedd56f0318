import { equalRanges } from '../byte-search.ts'
import type { Cell } from '../cell.ts'
import { Kind } from '../kinds.ts'
import type { FunctionSpec, Parameter } from './function.ts'
import { toCamelCase, toLowerCase, toSnakeCase, toUpperCase } from './letter-case.ts'
import { failed, INT, literalText, STRING, textTarget, valueFunction } from './value-function.ts'

function mapping(name: string, map: (text: string) => string): FunctionSpec {
  return valueFunction(name, [textTarget], Kind.string, () => (cell, source) => {
    cell.setText(map(source.text()))
    return true
  })
}

const CASES: Readonly<Record<string, (text: string) => string>> = {
  lower: toLowerCase,
  upper: toUpperCase,
  snake: toSnakeCase,
  camel: toCamelCase,
}

const convertCase = valueFunction(
  'ConvertCase',
  [textTarget, { name: 'to_case', kinds: STRING, literal: true }],
  Kind.string,
  (_frame, [, toCase]) => {
    const map = CASES[toCase!.cell.text()]
    if (map === undefined) throw new Error('to_case of ConvertCase must be lower, upper, snake or camel')
    return (cell, source) => {
      cell.setText(map(source.text()))
      return true
    }
  },
)

/** Does the text have the other one at `start`? */
function stands(source: Cell, start: number, part: Cell): boolean {
  const end = start + part.end - part.start
  if (start < source.start || end > source.end) return false
  return equalRanges(source.bytes, start, end, part.bytes, part.start, part.end)
}

const trimPrefix = valueFunction(
  'TrimPrefix',
  [textTarget, { name: 'prefix', kinds: STRING }],
  Kind.string,
  () => (cell, source, prefix) => {
    const skipped = stands(source, source.start, prefix) ? prefix.end - prefix.start : 0
    cell.setRange(Kind.string, source.bytes, source.start + skipped, source.end)
    return true
  },
)

const trimSuffix = valueFunction(
  'TrimSuffix',
  [textTarget, { name: 'suffix', kinds: STRING }],
  Kind.string,
  () => (cell, source, suffix) => {
    const length = suffix.end - suffix.start
    const end = stands(source, source.end - length, suffix) ? source.end - length : source.end
    cell.setRange(Kind.string, source.bytes, source.start, end)
    return true
  },
)

/** Takes away, at both ends, all characters that the second argument has. */
const trim = valueFunction(
  'Trim',
  [textTarget, { name: 'replacement', kinds: STRING, literal: true, optional: true }],
  Kind.string,
  (_frame, [, replacement]) => {
    const characters = literalText(replacement, ' ')
    return /^\p{ASCII}*$/u.test(characters) ? trimmedBytes(characters) : trimmedText(new Set(characters))
  },
)

function trimmedBytes(characters: string): (cell: Cell, source: Cell) => boolean {
  const unwanted = Uint8Array.from({ length: 256 }, (_, byte) =>
    Number(characters.includes(String.fromCharCode(byte))),
  )
  return (cell, { bytes, start: from, end: to }) => {
    let start = from
    let end = to
    while (start < end && unwanted[bytes[start]!] === 1) start++
    while (end > start && unwanted[bytes[end - 1]!] === 1) end--
    cell.setRange(Kind.string, bytes, start, end)
    return true
  }
}

function trimmedText(unwanted: ReadonlySet<string>): (cell: Cell, source: Cell) => boolean {
  return (cell, source) => {
    const characters = [...source.text()]
    const start = characters.findIndex((character) => !unwanted.has(character))
    const end = characters.findLastIndex((character) => !unwanted.has(character))
    cell.setText(start === -1 ? '' : characters.slice(start, end + 1).join(''))
    return true
  }
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

const substring = valueFunction(
  'Substring',
  [
    textTarget,
    { name: 'start', kinds: INT },
    { name: 'length', kinds: INT },
    { name: 'utf8_safe', kinds: [Kind.bool], literal: true, optional: true },
  ],
  Kind.string,
  (frame) =>
    (cell, { bytes, start: from, end: to }, first, length, safe) => {
      if (first.high < 0) return failed(frame, 'start of Substring must not be negative')
      if (length.high < 0 || (length.high === 0 && length.low === 0))
        return failed(frame, 'length of Substring must be at least 1')
      const size = to - from
      const within = first.high === 0 && length.high === 0 && first.low >= 0 && length.low >= 0
      if (!within || first.low + length.low > size) return failed(frame, 'Substring reaches beyond the text')
      let start = from + first.low
      let end = start + length.low
      if (safe.kind === Kind.bool && safe.low !== 0) {
        while (start < to && isContinuation(bytes[start]!)) start++
        while (end < to && end > start && isContinuation(bytes[end]!)) end--
      }
      cell.setRange(Kind.string, bytes, start, Math.max(start, end))
      return true
    },
)

const delimiter: Parameter = { name: 'delimiter', kinds: STRING }

const split = valueFunction('Split', [textTarget, delimiter], Kind.list, () => (cell, source, separator) => {
  const text = source.text()
  cell.setPlain(Kind.list, separator.start === separator.end ? [...text] : text.split(separator.text()))
  return true
})

export const stringFunctions: ReadonlyArray<FunctionSpec> = [
  convertCase,
  split,
  substring,
  trim,
  trimPrefix,
  trimSuffix,
  mapping('ToCamelCase', toCamelCase),
  mapping('ToLowerCase', toLowerCase),
  mapping('ToSnakeCase', toSnakeCase),
  mapping('ToUpperCase', toUpperCase),
]
