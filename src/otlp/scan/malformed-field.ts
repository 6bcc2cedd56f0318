import { MalformedError } from '../malformed.ts'
import { FieldKind, type Message, TAGS, wireTypeOf } from './message.ts'

/** A varint, of which `what` says what it is there, that does not end where it must. */
export function badVarint(type: Message, tag: number, at: number, what: 'length' | 'number'): MalformedError {
  return new MalformedError(
    `${type.pathOf(tag >>> 3)}: ${what} runs past the end of the message or is longer than 10 bytes`,
    at,
  )
}

/** A field that needs more bytes than its message has. */
export function cutShort(
  type: Message,
  tag: number,
  at: number,
  needed: number,
  left: number,
): MalformedError {
  return new MalformedError(
    `${type.pathOf(tag >>> 3)}: needs ${needed} bytes where the message has ${left} left`,
    at,
  )
}

/** A field that can't be stepped over: no field at all, one of the wrong wire type, or one that does not end. */
export function unskippable(type: Message, tag: number, at: number): MalformedError {
  const number = tag >>> 3
  const wireType = tag & 7
  if (number === 0) return new MalformedError(`${type.name}: field number 0`, at)
  if (tag >= TAGS || type.kinds[tag] !== FieldKind.wrongWireType)
    return new MalformedError(`${type.pathOf(number)}: malformed value of wire type ${wireType}`, at)
  const expected = wireTypeOf(type.fieldOf(number)!.kind)
  return new MalformedError(`${type.pathOf(number)}: wire type ${wireType} where ${expected} is expected`, at)
}
