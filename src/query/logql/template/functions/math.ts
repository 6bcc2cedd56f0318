import { TemplateError } from '../error.ts'
import type { TemplateValue } from '../value.ts'
import type { FunctionTable, TemplateFunction } from './function.ts'

/** A whole number of anything; 0 of what is none. */
export function toInt(value: TemplateValue): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value !== 'string') return 0n
  const text = value.replace(/\.0*$/, '')
  return /^[-+]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : 0n
}

/** A float of anything; 0 of what is none. */
export function toFloat(value: TemplateValue): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string' || !/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(value)) return 0
  return Number(value)
}

function ints(join: (a: bigint, b: bigint) => bigint): TemplateFunction {
  return {
    parameters: ['any'],
    rest: 'any',
    call: ([first, ...more]) =>
      more.reduce<bigint>((total, value) => BigInt.asIntN(64, join(total, toInt(value))), toInt(first!)),
  }
}

/** What decimals give: 0.1 + 0.2 is 0.3. */
function decimal(value: number): number {
  return Number(value.toPrecision(15))
}

function floats(join: (a: number, b: number) => number): TemplateFunction {
  return {
    parameters: ['any'],
    rest: 'any',
    call: ([first, ...more]) =>
      more.reduce<number>((total, value) => join(total, toFloat(value)), toFloat(first!)),
  }
}

function twoInts(join: (a: bigint, b: bigint) => bigint): TemplateFunction {
  return { parameters: ['any', 'any'], call: ([a, b]) => BigInt.asIntN(64, join(toInt(a!), toInt(b!))) }
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new TemplateError('runtime error: integer divide by zero')
  return value
}

function oneFloat(map: (value: number) => number): TemplateFunction {
  return { parameters: ['any'], call: ([value]) => map(toFloat(value!)) }
}

function round([value, places, roundOn]: ReadonlyArray<TemplateValue>): number {
  const scale = 10 ** Number(places)
  const scaled = toFloat(value!) * scale
  const up = Math.abs(scaled - Math.trunc(scaled)) >= (roundOn === undefined ? 0.5 : toFloat(roundOn))
  return (up ? Math.ceil(scaled) : Math.floor(scaled)) / scale
}

function pick(a: bigint, b: bigint, first: boolean): bigint {
  return first ? a : b
}

export const MATH: FunctionTable = {
  add: ints((a, b) => a + b),
  sub: twoInts((a, b) => a - b),
  mul: ints((a, b) => a * b),
  div: twoInts((a, b) => a / divisor(b)),
  mod: twoInts((a, b) => a % divisor(b)),
  max: ints((a, b) => pick(a, b, a > b)),
  min: ints((a, b) => pick(a, b, a < b)),
  addf: floats((a, b) => decimal(a + b)),
  subf: floats((a, b) => decimal(a - b)),
  mulf: floats((a, b) => decimal(a * b)),
  divf: floats((a, b) => a / b),
  maxf: floats(Math.max),
  minf: floats(Math.min),
  ceil: oneFloat(Math.ceil),
  floor: oneFloat(Math.floor),
  round: { parameters: ['any', 'int', 'any'], required: 2, call: round },
  int: { parameters: ['any'], call: ([value]) => toInt(value!) },
  float64: { parameters: ['any'], call: ([value]) => toFloat(value!) },
}
