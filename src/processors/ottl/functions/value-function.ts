import type { Cell } from '../cell.ts'
import { type CompiledValue, computedValue, constantValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { KIND_NAMES, Kind, type Level } from '../kinds.ts'
import type { Arguments, FunctionSpec, Parameter } from './function.ts'

/**
 * Works out a function's value from the cells of its arguments, in order; what was left out is nil. False: it has
 * none, and `frame.failure` says why.
 */
export type Compute = (cell: Cell, a: Cell, b: Cell, c: Cell, d: Cell) => boolean

/** Of a text that a function makes. */
export const TEXT_BYTES_MAX = 4 * 1024 * 1024
export const TOO_LONG = 'functions make texts of at most 4 MiB'

const ABSENT = constantValue((cell) => cell.setNil())

/** A parameter's kinds as bits, to check a value's by one operation. */
function maskOf({ kinds }: Parameter): number {
  return kinds === undefined ? -1 : kinds.reduce<number>((mask, kind) => mask | (1 << kind), 0)
}

/**
 * A function that gives a value of one kind (`gives`; undefined: it depends) and fails for arguments of other kinds
 * than its parameters'. `prepare` is called once per call in a condition: what literals say is worked on there.
 */
export function valueFunction(
  name: string,
  parameters: ReadonlyArray<Parameter>,
  gives: Kind | undefined,
  prepare: (frame: Frame, args: Arguments) => Compute,
): FunctionSpec {
  const build: FunctionSpec['build'] = (frame, args) => {
    const given = parameters.flatMap((parameter, i): Given[] => {
      const value = args[i]
      return value === undefined ? [] : [{ value, mask: maskOf(parameter), parameter }]
    })
    const level = Math.max(0, ...given.map(({ value }) => value.level)) as Level
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => (args[i] ?? ABSENT).cell) as [Cell, Cell, Cell, Cell]
    const compute = prepare(frame, args)
    const value = computedValue(frame, { level, kind: gives, fallible: true }, (record, cell) => {
      for (let i = 0; i < given.length; i++) if (!load(frame, name, given[i]!, record)) return false
      return compute(cell, a, b, c, d) && (cell.kind !== Kind.string || isShort(frame, cell, a))
    })
    return { value }
  }
  return { name, parameters, build }
}

/** No longer than the limit, or at least than what it was made of: calls in calls can't grow without bound. */
function isShort(frame: Frame, { start, end }: Cell, source: Cell): boolean {
  const size = end - start
  if (size <= TEXT_BYTES_MAX || (source.kind === Kind.string && size <= source.end - source.start))
    return true
  return failed(frame, TOO_LONG)
}

type Given = { readonly value: CompiledValue; readonly mask: number; readonly parameter: Parameter }

function load(frame: Frame, name: string, { value, mask, parameter }: Given, record: number): boolean {
  if (!value.load(record)) return false
  if ((mask & (1 << value.cell.kind)) !== 0) return true
  const wanted = parameter.kinds!.map((kind) => KIND_NAMES[kind]).join(' or ')
  frame.failure = `${parameter.name} of ${name} must be ${wanted}, but is ${KIND_NAMES[value.cell.kind]}`
  return false
}

/** What a literal argument says, or `otherwise` if it was left out. */
export function literalText(argument: CompiledValue | undefined, otherwise: string): string {
  return argument === undefined ? otherwise : argument.cell.text()
}

export function failed(frame: Frame, why: string): false {
  frame.failure = why
  return false
}

export const STRING: ReadonlyArray<Kind> = [Kind.string]
export const INT: ReadonlyArray<Kind> = [Kind.int]
export const target: Parameter = { name: 'target' }
export const textTarget: Parameter = { name: 'target', kinds: STRING }
