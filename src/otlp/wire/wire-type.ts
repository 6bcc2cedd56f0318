/** The low three bits of a protobuf tag. */
export const WireType = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

/** Messages and groups may stand in one another this deep, as in every protobuf library (the request itself is 1). */
export const NESTING_MAX = 100
