import { WireType } from './wire-type.ts'

/**
 * The few protobuf fields that answers are made of. Once per request and not per record: plain byte lists
 * joined at the end. Like proto3, zero and empty are not written.
 */

/** A non-negative integer up to 2^53 - 1, or nothing if it is 0. */
export function varintField(number: number, value: number): Buffer {
  if (value === 0) return Buffer.alloc(0)
  return Buffer.from([...varintBytes(number * 8 + WireType.varint), ...varintBytes(value)])
}

/** A string or bytes field, or nothing if it is empty. */
export function bytesField(number: number, content: string | Uint8Array): Buffer {
  return content.length === 0 ? Buffer.alloc(0) : messageField(number, Buffer.from(content))
}

/** A message field: present even when the message is empty, which for a message is not the same as absent. */
export function messageField(number: number, content: Uint8Array): Buffer {
  const head = [...varintBytes(number * 8 + WireType.bytes), ...varintBytes(content.length)]
  return Buffer.concat([Buffer.from(head), content])
}

function varintBytes(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  bytes.push(rest)
  return bytes
}
