import type { Varint } from './varint.ts'
import { NESTING_MAX, WireType } from './wire-type.ts'

/**
 * Steps over the value of a field that nobody knows. `at` stands behind the tag, `depth` is the nesting of the
 * message that holds the field. Returns where the next field starts, or -1 if the value is malformed: it runs
 * past `limit`, has a wire type that does not exist, or is a group that does not end or nests too deep.
 */
export function skipField(
  bytes: Uint8Array,
  field: number,
  wireType: number,
  at: number,
  limit: number,
  depth: number,
  varint: Varint,
): number {
  switch (wireType) {
    case WireType.varint:
      return varint.read(bytes, at, limit) ? varint.end : -1
    case WireType.fixed64:
      return limit - at < 8 ? -1 : at + 8
    case WireType.fixed32:
      return limit - at < 4 ? -1 : at + 4
    case WireType.bytes: {
      if (!varint.read(bytes, at, limit) || varint.high !== 0) return -1
      const length = varint.low >>> 0
      return length > limit - varint.end ? -1 : varint.end + length
    }
    case WireType.groupStart:
      return skipGroup(bytes, field, at, limit, depth + 1, varint)
    default:
      return -1
  }
}

/** Steps over a group up to and including the end tag of the same field number. */
function skipGroup(
  bytes: Uint8Array,
  group: number,
  start: number,
  limit: number,
  depth: number,
  varint: Varint,
): number {
  if (depth > NESTING_MAX) return -1
  let at = start
  while (at >= 0 && at < limit) {
    if (!varint.read(bytes, at, limit) || varint.high !== 0) return -1
    const field = varint.low >>> 3
    const wireType = varint.low & 7
    if (field === 0) return -1
    if (wireType === WireType.groupEnd) return field === group ? varint.end : -1
    at = skipField(bytes, field, wireType, varint.end, limit, depth, varint)
  }
  return -1
}
