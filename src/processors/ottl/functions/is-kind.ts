import { ValueReader } from '../any-value.ts'
import type { Cell } from '../cell.ts'
import { Form } from '../cell.ts'
import { Kind, Result } from '../kinds.ts'
import type { Plain } from '../plain.ts'
import type { FunctionSpec } from './function.ts'

/** A function of one value that asks what the value is, and never fails unless the value does. */
function question(name: string, answer: (cell: Cell) => boolean): FunctionSpec {
  return {
    name,
    parameters: [{ name: 'target' }],
    build: (_frame, [target]) => {
      const { cell, load, level, fallible } = target!
      const test = (record: number): Result => {
        if (!load(record)) return Result.failed
        return answer(cell) ? Result.yes : Result.no
      }
      return { test: { level, fallible, test } }
    },
  }
}

/** Empty: nil, the zero of its kind, or a container without members. */
function isEmptyCell(cell: Cell): boolean {
  switch (cell.kind) {
    case Kind.nil:
      return true
    case Kind.double:
      return cell.number === 0
    case Kind.string:
    case Kind.bytes:
      return cell.start === cell.end
    case Kind.traceId:
    case Kind.spanId:
      return isZero(cell)
    case Kind.map:
    case Kind.list:
      return lengthOf(cell) === 0
    case Kind.bool:
      return cell.low === 0
    default:
      return cell.low === 0 && cell.high === 0
  }
}

function isZero({ bytes, start, end }: Cell): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false
  return true
}

const reader = new ValueReader()

/** Members of a map or list. */
export function lengthOf(cell: Cell): number {
  if (cell.form === Form.plain) return plainLength(cell.plain)
  if (cell.form !== Form.message) return cell.end - cell.start
  reader.enter(cell.bytes, cell.start, cell.end)
  let count = 0
  while (cell.kind === Kind.list ? reader.nextItem() : reader.nextPair()) count++
  return count
}

function plainLength(plain: Plain): number {
  if (Array.isArray(plain)) return plain.length
  return plain instanceof Map ? plain.size : 0
}

export const kindFunctions: ReadonlyArray<FunctionSpec> = [
  question('IsBool', ({ kind }) => kind === Kind.bool),
  question('IsDouble', ({ kind }) => kind === Kind.double),
  question('IsEmpty', isEmptyCell),
  question('IsInt', ({ kind }) => kind === Kind.int),
  question('IsList', ({ kind }) => kind === Kind.list),
  question('IsMap', ({ kind }) => kind === Kind.map),
  question('IsString', ({ kind }) => kind === Kind.string),
]
