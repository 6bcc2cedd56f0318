import { varintBytes } from './wire-generator.ts'

/** Protobuf fields by hand, for messages that no encoder would write. */

export function len(number: number, ...content: ReadonlyArray<Uint8Array | string>): Buffer {
  const bytes = Buffer.concat(content.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
  return Buffer.concat([tag(number, 2), varintBytes(BigInt(bytes.length), 0, 10), bytes])
}

export function int(number: number, value: bigint | number): Buffer {
  return Buffer.concat([tag(number, 0), varintBytes(BigInt(value), 0, 10)])
}

export function tag(number: number, wireType: number): Buffer {
  return varintBytes(BigInt(number * 8 + wireType), 0, 10)
}

export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}

/** KeyValue{key, AnyValue{string_value}}, without its own tag. */
export function keyValue(key: string, value: string): Buffer {
  return Buffer.concat([len(1, key), len(2, len(1, value))])
}

/** A request of one resource and one scope around the bytes of one record's fields. */
export function requestOf(...fields: ReadonlyArray<Uint8Array>): Buffer {
  return len(1, len(2, len(2, ...fields)))
}
