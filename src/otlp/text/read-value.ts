import { ValueKind } from '../slots.ts'
import { skipField } from '../wire/skip.ts'
import { Varint } from '../wire/varint.ts'
import { WireType } from '../wire/wire-type.ts'

const varint = new Varint()

/** Where the next field stands after {@link nextField}; valid until the next call. */
export const field = { number: 0, wireType: 0, start: 0, end: 0 }

/**
 * Reads one field of a message that the scanner has already found well-formed: number, wire type and where its
 * value stands (the content, for length-delimited ones). Returns false at the end, or where bytes that were
 * never scanned turn out malformed, so that a loop over it ends in any case.
 */
export function nextField(bytes: Uint8Array, at: number, end: number): boolean {
  if (at >= end || !varint.read(bytes, at, end)) return false
  field.number = varint.low >>> 3
  field.wireType = varint.low & 7
  const start = varint.end
  field.end = skipField(bytes, field.number, field.wireType, start, end, 0, varint)
  field.start = field.wireType === WireType.bytes ? field.end - (varint.low >>> 0) : start
  return field.end >= 0
}

/** AnyValue's members by field number (opentelemetry/proto/common/v1/common.proto). */
const KINDS = Uint8Array.of(
  ValueKind.empty,
  ValueKind.string,
  ValueKind.bool,
  ValueKind.int,
  ValueKind.double,
  ValueKind.array,
  ValueKind.kvlist,
  ValueKind.bytes,
)

/** Reads an AnyValue that the scanner has checked into `slots[at..at+2]`: kind, start, end, as in `ATTRIBUTE`. Untouched if it sets nothing. */
export function readValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  slots: Uint32Array,
  at: number,
): void {
  let position = start
  while (nextField(bytes, position, end)) {
    position = field.end
    if (field.number === 0 || field.number >= KINDS.length) continue
    const kind = KINDS[field.number]!
    slots[at] = kind
    slots[at + 1] = field.start
    slots[at + 2] = field.end
    if (kind === ValueKind.bool) {
      varint.read(bytes, field.start, field.end)
      slots[at + 1] = (varint.low | varint.high) === 0 ? 0 : 1
    }
  }
}
