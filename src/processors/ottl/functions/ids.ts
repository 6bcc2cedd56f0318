import { type CompiledValue, constantValue } from '../compiled.ts'
import { Kind } from '../kinds.ts'
import type { FunctionSpec } from './function.ts'

/** TraceID and SpanID: an id from a byte literal, or from its hexadecimal text. */
function idFunction(
  name: string,
  kind: typeof Kind.traceId | typeof Kind.spanId,
  length: number,
): FunctionSpec {
  return {
    name,
    parameters: [{ name: 'target', kinds: [Kind.bytes, Kind.string], literal: true }],
    build: (_frame, [argument]) => ({ value: build(name, kind, length, argument!) }),
  }
}

function build(
  name: string,
  kind: Kind,
  length: number,
  { cell, kind: given }: CompiledValue,
): CompiledValue {
  const content = cell.bytes.subarray(cell.start, cell.end)
  const id = given === Kind.bytes ? content : fromHex(name, content.toString(), length)
  if (id.length !== length) throw new Error(`${name} needs exactly ${length} bytes, but got ${id.length}`)
  return constantValue((made) => made.setRange(kind, id, 0, length))
}

function fromHex(name: string, text: string, length: number): Buffer {
  if (text.length !== 2 * length || !/^[0-9a-fA-F]+$/.test(text))
    throw new Error(`${name} needs a byte literal or a string of ${2 * length} hexadecimal digits`)
  return Buffer.from(text, 'hex')
}

export const idFunctions: ReadonlyArray<FunctionSpec> = [
  idFunction('SpanID', Kind.spanId, 8),
  idFunction('TraceID', Kind.traceId, 16),
]
