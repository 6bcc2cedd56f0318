import { compare, type MathOperator, type Value } from './reference.ts'
import { Failed } from './reference-failed.ts'

/** Arithmetic and functions of the reference interpreter, in BigInt, strings and Date. */

const int = (v: bigint): Value => ({ t: 'int', v: BigInt.asIntN(64, v) })
const double = (v: number): Value => ({ t: 'double', v })
const text = (v: string): Value => ({ t: 'string', v })
const bool = (v: boolean): Value => ({ t: 'bool', v })

export function calculate(op: MathOperator, a: Value, b: Value): Value {
  if (a.t === 'int' && b.t === 'int') return calculateInts(op, a.v, b.v)
  if ((a.t === 'int' || a.t === 'double') && (b.t === 'int' || b.t === 'double'))
    return calculateDoubles(op, Number(a.v), Number(b.v))
  if (op === '+' && a.t === 'duration' && b.t === 'time') return timeOf(a.v + b.v)
  if (b.t === 'duration' && (op === '+' || op === '-')) {
    const sum = (v: bigint): bigint => (op === '+' ? v + b.v : v - b.v)
    if (a.t === 'time') return timeOf(sum(a.v))
    if (a.t === 'duration') return { t: 'duration', v: BigInt.asIntN(64, sum(a.v)) }
  }
  if (op === '-' && a.t === 'time' && b.t === 'time') return { t: 'duration', v: clamped(a.v - b.v) }
  throw new Failed()
}

function calculateInts(op: MathOperator, a: bigint, b: bigint): Value {
  if (op === '+') return int(a + b)
  if (op === '-') return int(a - b)
  if (op === '*') return int(a * b)
  if (b === 0n) throw new Failed()
  return int(a / b)
}

function calculateDoubles(op: MathOperator, a: number, b: number): Value {
  if (op === '+') return double(a + b)
  if (op === '-') return double(a - b)
  if (op === '*') return double(a * b)
  if (b === 0) throw new Failed()
  return double(a / b)
}

const MAX = 2n ** 63n - 1n

function clamped(v: bigint): bigint {
  return v > MAX ? MAX : v < -MAX - 1n ? -MAX - 1n : v
}

function timeOf(v: bigint): Value {
  if (v !== clamped(v)) throw new Failed()
  return { t: 'time', v }
}

export function negate(of: Value): Value {
  if (of.t === 'int') return int(-of.v)
  if (of.t === 'double') return double(-of.v)
  throw new Failed()
}

function stringOf(value: Value | undefined): string {
  if (value?.t !== 'string') throw new Failed()
  return value.v
}

function intOf(value: Value | undefined): bigint {
  if (value?.t !== 'int') throw new Failed()
  return value.v
}

function nsOf(value: Value | undefined, t: 'time' | 'duration'): bigint {
  if (value?.t !== t) throw new Failed()
  return value.v as bigint
}

function toInt(value: Value): Value {
  if (value.t === 'int' || value.t === 'nil') return value
  if (value.t === 'bool') return int(value.v ? 1n : 0n)
  if (value.t === 'double')
    return Number.isFinite(value.v) && Math.abs(value.v) < 2 ** 63
      ? int(BigInt(Math.trunc(value.v)))
      : int(-(2n ** 63n))
  if (value.t !== 'string' || !/^[+-]?[0-9]+$/.test(value.v)) throw new Failed()
  const parsed = BigInt(value.v.replace('+', ''))
  if (parsed !== clamped(parsed)) throw new Failed()
  return int(parsed)
}

function toDouble(value: Value): Value {
  if (value.t === 'double' || value.t === 'nil') return value
  if (value.t === 'int') return double(Number(value.v))
  if (value.t === 'bool') return double(value.v ? 1 : 0)
  if (value.t !== 'string' || !/^[+-]?[0-9]+([.][0-9]+)?$/.test(value.v)) throw new Failed()
  return double(Number(value.v))
}

function toBool(value: Value): Value {
  if (value.t === 'bool' || value.t === 'nil') return value
  if (value.t === 'int' || value.t === 'double') return bool(Number(value.v) !== 0)
  if (value.t !== 'string') throw new Failed()
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value.v)) return bool(true)
  if (!['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value.v)) throw new Failed()
  return bool(false)
}

function lengthOf(value: Value): bigint {
  if (value.t === 'string') return BigInt(Buffer.byteLength(value.v))
  if (value.t === 'bytes') return BigInt(value.v.length / 2)
  if (value.t === 'list' || value.t === 'map') return BigInt(value.v.length)
  throw new Failed()
}

function hexOf(value: Value): Value {
  const word = Buffer.alloc(8)
  switch (value.t) {
    case 'string':
      return text(Buffer.from(value.v).toString('hex'))
    case 'bytes':
      return text(value.v)
    case 'bool':
      return text(value.v ? '01' : '00')
    case 'int':
      word.writeBigInt64BE(value.v)
      return text(word.toString('hex'))
    case 'double':
      word.writeDoubleBE(value.v)
      return text(word.toString('hex'))
    case 'nil':
      return text('')
    default:
      throw new Failed()
  }
}

function fnv(of: string): bigint {
  let hash = 14695981039346656037n
  for (const byte of Buffer.from(of)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n)
  return hash
}

function concatenated(value: Value): string {
  switch (value.t) {
    case 'nil':
      return '<nil>'
    case 'list':
    case 'map':
      return jsonOf(value)
    case 'double':
      if (!Number.isFinite(value.v)) throw new Failed()
      return Object.is(value.v, -0) ? '-0' : String(value.v)
    case 'time':
      throw new Error('the generator makes no text of times')
    default:
      return String(value.v)
  }
}

/** Keys in the order of their bytes. */
function jsonOf(value: Value): string {
  switch (value.t) {
    case 'nil':
      return 'null'
    case 'string':
      return JSON.stringify(value.v)
    case 'bytes':
      return JSON.stringify(Buffer.from(value.v, 'hex').toString('base64'))
    case 'list':
      return `[${value.v.map(jsonOf).join(',')}]`
    case 'map': {
      const members = [...value.v].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${jsonOf(item)}`).join(',')}}`
    }
    default:
      return concatenated(value)
  }
}

function indexOf(list: Value | undefined, wanted: Value): number {
  if (list?.t !== 'list') throw new Failed()
  return list.v.findIndex((item) => compare('==', item, wanted))
}

/** Where characters are not cut: both ends move to the inside. */
function substring(of: string, start: bigint, length: bigint): Value {
  const bytes = Buffer.from(of)
  if (start < 0n || length <= 0n || start + length > BigInt(bytes.length)) throw new Failed()
  const [from, to] = [Number(start), Number(start + length)]
  let out = ''
  let at = 0
  for (const character of of) {
    const end = at + Buffer.byteLength(character)
    if (at >= from && end <= to) out += character
    at = end
  }
  return text(out)
}

function floored(a: bigint, b: bigint): bigint {
  const rest = ((a % b) + b) % b
  return (a - rest) / b
}

const YEAR_ONE = -62135596800n * 1000000000n

function truncated(time: bigint, step: bigint): Value {
  return timeOf(step <= 0n ? time : YEAR_ONE + floored(time - YEAR_ONE, step) * step)
}

function part(read: (date: Date) => number): (args: ReadonlyArray<Value>) => Value {
  return ([time]) => int(BigInt(read(new Date(Number(floored(nsOf(time, 'time'), 1000000n))))))
}

const FUNCTIONS: Readonly<Record<string, (args: ReadonlyArray<Value>) => Value>> = {
  Bool: ([of]) => toBool(of!),
  Concat: ([list, delimiter]) => {
    const separator = stringOf(delimiter)
    return text((list as { v: ReadonlyArray<Value> }).v.map(concatenated).join(separator))
  },
  ContainsValue: ([list, wanted]) => bool(indexOf(list, wanted!) !== -1),
  Day: part((date) => date.getUTCDate()),
  Double: ([of]) => toDouble(of!),
  FNV: ([of]) => int(fnv(stringOf(of))),
  Hex: ([of]) => hexOf(of!),
  Hour: part((date) => date.getUTCHours()),
  Index: ([of, wanted]) => {
    if (of!.t !== 'string') return int(BigInt(indexOf(of, wanted!)))
    return int(BigInt(Buffer.from(of!.v).indexOf(Buffer.from(stringOf(wanted)))))
  },
  Int: ([of]) => toInt(of!),
  Len: ([of]) => int(lengthOf(of!)),
  Milliseconds: ([of]) => int(nsOf(of, 'duration') / 1000000n),
  Month: part((date) => date.getUTCMonth() + 1),
  Seconds: ([of]) => {
    const ns = nsOf(of, 'duration')
    return double(Number(ns / 1000000000n) + Number(ns % 1000000000n) / 1e9)
  },
  Split: ([of, delimiter]) => ({ t: 'list', v: stringOf(of).split(stringOf(delimiter)).map(text) }),
  Substring: ([of, start, length]) => substring(stringOf(of), intOf(start), intOf(length)),
  ToUpperCase: ([of]) => text(stringOf(of).toUpperCase()),
  TrimPrefix: ([of, prefix]) => {
    const [whole, start] = [stringOf(of), stringOf(prefix)]
    return text(whole.startsWith(start) ? whole.slice(start.length) : whole)
  },
  TruncateTime: ([time, step]) => truncated(nsOf(time, 'time'), nsOf(step, 'duration')),
  Unix: ([seconds]) => {
    const value = intOf(seconds)
    if (value > 9223372035n || value < -9223372035n) throw new Failed()
    return timeOf(value * 1000000000n)
  },
  UnixMilli: ([of]) => int(floored(nsOf(of, 'time'), 1000000n)),
  UnixNano: ([of]) => int(nsOf(of, 'time')),
  Weekday: part((date) => date.getUTCDay()),
  Year: part((date) => date.getUTCFullYear()),
}

export function call(name: string, args: ReadonlyArray<Value>): Value {
  return FUNCTIONS[name]!(args)
}
