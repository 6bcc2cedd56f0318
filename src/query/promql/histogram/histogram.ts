/** Schema of histograms with custom buckets: their upper bounds are listed, as of OTLP's explicit histograms. */
export const CUSTOM_SCHEMA = -53
/** Exponential schemas: a bucket's upper bound is 2^(2^-schema) times its lower one. */
export const EXPONENTIAL_SCHEMA_MIN = -4
export const EXPONENTIAL_SCHEMA_MAX = 8

/**
 * Populations of buckets that follow each other: `counts[i]` is bucket `offset + i`. Of exponential schemas, bucket `i` is
 * (base^(i-1), base^i] with base 2^(2^-schema), so OTLP's bucket `j` is `j + 1` here. Of custom buckets, bucket `i` is
 * (customBounds[i-1], customBounds[i]].
 */
export type Buckets = { readonly offset: number; readonly counts: Float64Array }

export const NO_BUCKETS: Buckets = { offset: 0, counts: new Float64Array(0) }

/** Whether a counter of this kind may have been reset before this sample; `gauge` is no counter (OTLP: delta temporality never becomes one). */
export type ResetHint = 'unknown' | 'reset' | 'none' | 'gauge'

/** A native histogram as a value of a sample. It is never changed: operations make a new one. */
export type Histogram = {
  readonly schema: number
  readonly count: number
  readonly sum: number
  /** The zero bucket is [-zeroThreshold, zeroThreshold]. */
  readonly zeroThreshold: number
  readonly zeroCount: number
  readonly positive: Buckets
  readonly negative: Buckets
  /** Upper bounds of custom buckets, ascending, without +Inf; undefined for exponential schemas. */
  readonly customBounds: ReadonlyArray<number> | undefined
  readonly hint: ResetHint
}

export const EMPTY_HISTOGRAM: Histogram = {
  schema: 0,
  count: 0,
  sum: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  positive: NO_BUCKETS,
  negative: NO_BUCKETS,
  customBounds: undefined,
  hint: 'unknown',
}

export function usesCustomBuckets({ schema }: Histogram): boolean {
  return schema === CUSTOM_SCHEMA
}
