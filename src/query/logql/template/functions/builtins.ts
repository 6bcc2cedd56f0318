import { TemplateError } from '../error.ts'
import { sprintf } from '../printf.ts'
import { isList, isMap, isTime, isTrue, printValue, type TemplateValue, typeName } from '../value.ts'
import type { FunctionTable, TemplateFunction } from './function.ts'

/** Below 0, 0 or above; kinds must be the same. */
function compare(a: TemplateValue, b: TemplateValue): number {
  if (isTime(a) && isTime(b)) return compare(a.ns, b.ns)
  if (typeof a !== typeof b || a === null || b === null || typeof a === 'object')
    throw new TemplateError(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`)
  return a === b ? 0 : a < b! ? -1 : 1
}

function equal(a: TemplateValue, b: TemplateValue): boolean {
  if (a === null || b === null) return a === b
  return compare(a, b) === 0
}

function order(holds: (compared: number) => boolean): TemplateFunction {
  return { parameters: ['any', 'any'], call: ([a, b]) => holds(compare(a!, b!)) }
}

function length(value: TemplateValue): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value))
  if (isList(value)) return BigInt(value.length)
  if (isMap(value)) return BigInt(value.size)
  throw new TemplateError(`len of type ${typeName(value)}`)
}

function index(value: TemplateValue, at: TemplateValue): TemplateValue {
  if (isMap(value)) return value.get(printValue(at)) ?? null
  if (typeof at !== 'bigint') throw new TemplateError(`cannot index with type ${typeName(at)}`)
  const size = typeof value === 'string' || isList(value) ? value.length : -1
  if (size === -1) throw new TemplateError(`can't index item of type ${typeName(value)}`)
  if (at < 0n || at >= BigInt(size)) throw new TemplateError(`index out of range: ${at}`)
  return isList(value) ? value[Number(at)]! : BigInt((value as string).charCodeAt(Number(at)))
}

function slice([value, ...bounds]: ReadonlyArray<TemplateValue>): TemplateValue {
  if (typeof value !== 'string' && !isList(value!))
    throw new TemplateError(`can't slice item of type ${typeName(value!)}`)
  const [from = 0, to = value.length] = bounds.map(Number)
  if (from < 0 || to > value.length || from > to || Number.isNaN(from + to))
    throw new TemplateError(`index out of range: ${from}:${to}`)
  return value.slice(from, to)
}

/** Spaces stand between operands where neither is a text. */
function print(args: ReadonlyArray<TemplateValue>): string {
  let out = ''
  args.forEach((value, i) => {
    if (i > 0 && typeof value !== 'string' && typeof args[i - 1] !== 'string') out += ' '
    out += printValue(value, '<nil>')
  })
  return out
}

const ESCAPED_HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

/** What Go's templates bring themselves. `and` and `or` are carried out by the executor, which stops at the first that decides. */
export const BUILTINS: FunctionTable = {
  and: {
    parameters: ['any'],
    rest: 'any',
    call: (args) => args.find((value) => !isTrue(value)) ?? args.at(-1)!,
  },
  or: { parameters: ['any'], rest: 'any', call: (args) => args.find(isTrue) ?? args.at(-1)! },
  not: { parameters: ['any'], call: ([value]) => !isTrue(value!) },
  eq: { parameters: ['any', 'any'], rest: 'any', call: ([a, ...others]) => others.some((b) => equal(a!, b)) },
  ne: { parameters: ['any', 'any'], call: ([a, b]) => !equal(a!, b!) },
  lt: order((compared) => compared < 0),
  le: order((compared) => compared <= 0),
  gt: order((compared) => compared > 0),
  ge: order((compared) => compared >= 0),
  len: { parameters: ['any'], call: ([value]) => length(value!) },
  index: { parameters: ['any'], rest: 'any', call: ([value, ...path]) => path.reduce(index, value!) },
  slice: { parameters: ['any'], rest: 'int', call: slice },
  print: { parameters: [], rest: 'any', call: print },
  println: {
    parameters: [],
    rest: 'any',
    call: (args) => `${args.map((value) => printValue(value, '<nil>')).join(' ')}\n`,
  },
  printf: {
    parameters: ['string'],
    rest: 'any',
    call: ([format, ...args]) => sprintf(format as string, args),
  },
  html: {
    parameters: [],
    rest: 'any',
    call: (args) => print(args).replace(/[&<>"']/g, (one) => ESCAPED_HTML[one]!),
  },
  js: {
    parameters: [],
    rest: 'any',
    call: (args) => JSON.stringify(print(args)).slice(1, -1).replaceAll("'", "\\'"),
  },
}
