import type { RE2JS } from 're2js'
import { StageError } from '../../error.ts'
import { expand } from '../../expand.ts'
import { toDuration } from '../../pipeline/convert.ts'
import { compileRegex } from '../../regex.ts'
import { parseBytes } from '../../units.ts'
import { TemplateError } from '../error.ts'
import { isTrue, type TemplateValue } from '../value.ts'
import { type FunctionTable, ofStrings } from './function.ts'

const regexes = new Map<string, RE2JS>()

/** Patterns of templates are mostly constants, but may be made of labels: so many are kept. */
const REGEXES_MAX = 100

function regexOf(pattern: string): RE2JS {
  let regex = regexes.get(pattern)
  if (regex === undefined) {
    try {
      regex = compileRegex(pattern)
    } catch (error) {
      if (error instanceof StageError) throw new TemplateError(error.message)
      throw error
    }
    if (regexes.size >= REGEXES_MAX) regexes.clear()
    regexes.set(pattern, regex)
  }
  return regex
}

function replaceAll(pattern: string, text: string, replacement: string, literal: boolean): string {
  const matcher = regexOf(pattern).matcher(text)
  let out = ''
  let at = 0
  while (matcher.find()) {
    out += text.slice(at, matcher.start()) + (literal ? replacement : expand(replacement, matcher))
    at = matcher.end()
  }
  return out + text.slice(at)
}

function count(pattern: string, text: string): bigint {
  const matcher = regexOf(pattern).matcher(text)
  let found = 0n
  while (matcher.find()) found++
  return found
}

function seconds(text: string): number {
  const ns = toDuration(text)
  if (typeof ns !== 'number') throw new TemplateError(ns.problem)
  return ns / 1e9
}

function bytes(text: string): number {
  const size = parseBytes(text)
  if (size === undefined) throw new TemplateError(`${JSON.stringify(text)} is no size in bytes`)
  return size
}

function urlEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function urlDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new TemplateError(`invalid URL escape in ${JSON.stringify(text)}`)
  }
}

function base64Decode(text: string): string {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    return 'illegal base64 data at input byte 0'
  return Buffer.from(text, 'base64').toString('utf8')
}

/** A text that is no JSON gives an empty one. */
function fromJson(text: string): TemplateValue {
  try {
    return valueOfJson(JSON.parse(text))
  } catch {
    return ''
  }
}

function valueOfJson(json: unknown): TemplateValue {
  if (Array.isArray(json)) return json.map(valueOfJson)
  if (typeof json === 'object' && json !== null)
    return new Map(Object.entries(json).map(([key, value]) => [key, valueOfJson(value)]))
  return typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean' ? json : null
}

export const TEXTS: FunctionTable = {
  regexReplaceAll: ofStrings(3, (pattern, text, replacement) =>
    replaceAll(pattern, text, replacement, false),
  ),
  regexReplaceAllLiteral: ofStrings(3, (pattern, text, replacement) =>
    replaceAll(pattern, text, replacement, true),
  ),
  count: ofStrings(2, count),
  duration: ofStrings(1, seconds),
  duration_seconds: ofStrings(1, seconds),
  bytes: ofStrings(1, bytes),
  urlencode: ofStrings(1, urlEncode),
  urldecode: ofStrings(1, urlDecode),
  urlquery: ofStrings(1, urlEncode),
  b64enc: ofStrings(1, (text) => Buffer.from(text).toString('base64')),
  b64dec: ofStrings(1, base64Decode),
  fromJson: ofStrings(1, fromJson),
  default: {
    parameters: ['any', 'any'],
    required: 1,
    call: ([fallback, value]) => (value !== undefined && isTrue(value) ? value : fallback!),
  },
  __line__: { parameters: [], call: (_, { line }) => line },
  __timestamp__: { parameters: [], call: (_, { timeNs }) => ({ ns: timeNs, zone: 'UTC' }) },
}
