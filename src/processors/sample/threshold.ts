import type { Mode } from './config.ts'

/**
 * A record is kept if its randomness R is at least the threshold T, both of 56 bits (OpenTelemetry, "TraceState: Probability Sampling"): here
 * as the upper 24 and the lower 32 bits.
 */
export type Threshold = {
  readonly high: number
  readonly low: number
  /** What share of the records reach it. */
  readonly probability: number
}

/** R and T are below it. */
export const RANDOMNESS_END = 2 ** 56
const NEVER: Threshold = { high: 2 ** 24, low: 0, probability: 0 }
const ALWAYS: Threshold = { high: 0, low: 0, probability: 1 }
/** The modes by trace id write thresholds with four significant hexadecimal digits, as the collector's default. */
const PRECISION_DIGITS = 4
const DIGITS = 14
/** `hash_seed` decides by 14 bits. */
const BUCKETS = 2 ** 14
const BUCKET_BITS_BELOW = 24 - 14

/** The threshold of a percentage from 0 to 100, rounded as the collector's probabilistic_sampler does. */
export function thresholdOf(percentage: number, mode: Mode): Threshold {
  if (percentage === 0) return NEVER
  // The collector's percentage is a float32.
  const ratio = Math.fround(percentage) / 100
  if (mode === 'hash_seed') {
    const kept = Math.trunc(Math.fround(Math.fround(percentage) * Math.fround(BUCKETS / 100)))
    if (kept === 0) return NEVER
    return { high: (BUCKETS - kept) << BUCKET_BITS_BELOW, low: 0, probability: ratio }
  }
  return ratio >= 1 ? ALWAYS : splitThreshold(roundedThreshold(ratio), ratio)
}

/** Keeps `precision` digits behind the leading zeros or f's, which say nothing but how near 0 or 1 the ratio is. */
function roundedThreshold(ratio: number): bigint {
  const leading = (fraction: number): number => Math.floor(-exponentOf(fraction) / 4)
  const digits = Math.min(
    DIGITS,
    Math.max(PRECISION_DIGITS + leading(ratio), PRECISION_DIGITS + leading(1 - ratio)),
  )
  const threshold = BigInt(RANDOMNESS_END) - BigInt(Math.round(ratio * RANDOMNESS_END))
  const shift = BigInt(4 * (DIGITS - digits))
  return shift === 0n ? threshold : ((threshold + (1n << (shift - 1n))) >> shift) << shift
}

/** e of fraction = m · 2^e, 0.5 ≤ m < 1, as C's frexp. */
function exponentOf(fraction: number): number {
  let e = 0
  for (let m = fraction; m < 0.5; m *= 2) e--
  return e
}

function splitThreshold(threshold: bigint, probability: number): Threshold {
  return { high: Number(threshold >> 32n), low: Number(threshold & 0xffffffffn), probability }
}
