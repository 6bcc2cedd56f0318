import { MalformedError } from '../malformed.ts'
import type { Message } from './message.ts'

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
