import { ApiError } from '../errors.ts'
import type { Nanos } from '../time.ts'

/** Start included, end not. */
export type TimeRange = { readonly start: Nanos; readonly end: Nanos }

/** As given: undefined where the caller left it out. */
export type GivenRange = { readonly start: Nanos | undefined; readonly end: Nanos | undefined }

const DEFAULT_RANGE: Nanos = 3_600_000_000_000n

/**
 * The range of a first page. "Now" is the end of the current millisecond, so that a record stamped now is in it.
 * Throws {@link ApiError}.
 */
export function rangeOf({ start, end }: GivenRange, nowMs: number): TimeRange {
  const last = end ?? BigInt(nowMs + 1) * 1_000_000n
  const first = start ?? (last > DEFAULT_RANGE ? last - DEFAULT_RANGE : 0n)
  if (first > last) {
    const cure = end === undefined ? 'it lies in the future and no end is given' : 'swap them'
    throw new ApiError('invalid_parameter', `start is after end: ${cure}.`)
  }
  return { start: first, end: last }
}
