import { ApiError } from '../../errors.ts'

/** Nanoseconds. */
export type Window = { readonly startNs: bigint; readonly endNs: bigint }

export const HOUR_NS = 3_600_000_000_000n
const MS_NS = 1_000_000n
const SECOND_NS = 1_000_000_000n
/** Points of a series, as in Loki and Prometheus. */
export const POINTS_MAX = 11_000n
/** A graph without a step gets about this many points. */
const POINTS_DEFAULT = 250n

export type GivenWindow = {
  readonly start?: bigint | undefined
  readonly end?: bigint | undefined
  readonly since?: bigint | undefined
}

/**
 * The range of a request: up to now, and as long as `since` says, unless start and end do. "Now" is the end of the current
 * millisecond, so that a record stamped now is in it. Throws {@link ApiError}.
 */
export function windowOf({ start, end, since }: GivenWindow, nowMs: number, otherwiseNs: bigint): Window {
  const nowNs = BigInt(nowMs + 1) * MS_NS
  const endNs = end ?? nowNs
  const latest = endNs < nowNs ? endNs : nowNs
  const back = since ?? otherwiseNs
  const startNs = start ?? (latest > back ? latest - back : 0n)
  if (startNs > endNs) {
    const cure = end === undefined ? 'it lies in the future and no end is given' : 'swap them'
    throw new ApiError('invalid_parameter', `start is after end: ${cure}.`)
  }
  return { startNs, endNs }
}

/** The step of a range query, or one of whole seconds that suits the range. Throws {@link ApiError}. */
export function stepOf({ startNs, endNs }: Window, step: bigint | undefined): bigint {
  const rangeNs = endNs - startNs
  const suitable = (rangeNs / POINTS_DEFAULT / SECOND_NS) * SECOND_NS
  const stepNs = step ?? (suitable > SECOND_NS ? suitable : SECOND_NS)
  if (rangeNs / stepNs <= POINTS_MAX) return stepNs
  throw new ApiError(
    'invalid_parameter',
    `exceeded maximum resolution of ${POINTS_MAX} points per time series: take a step of at least ${rangeNs / POINTS_MAX / MS_NS + 1n}ms, or a shorter range.`,
  )
}
