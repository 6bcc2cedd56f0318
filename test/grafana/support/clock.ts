/** The time range that every panel is asked for, of whole minutes and wholly in the past. */
const MINUTE_MS = 60_000
export const END_MS = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 2 * MINUTE_MS
export const RANGE_MS = 30 * MINUTE_MS
export const START_MS = END_MS - RANGE_MS
/** The data source's `timeInterval`; a range of 30 minutes is not cut finer. */
export const STEP_MS = MINUTE_MS
/** `$__rate_interval`: the step and a scrape, but at least four scrapes, of 60 s. */
export const RATE_MS = 4 * MINUTE_MS

/** Samples begin before the first window of the range. */
export const SAMPLES_FROM_MS = START_MS - 10 * MINUTE_MS
export const SAMPLE_MS = 30_000
/** Never on an edge of a window. */
export const OFFSET_MS = 7_123
export const SAMPLE_TIMES: ReadonlyArray<number> = Array.from(
  { length: (END_MS - SAMPLES_FROM_MS) / SAMPLE_MS + 1 },
  (_, i) => SAMPLES_FROM_MS + i * SAMPLE_MS + OFFSET_MS,
)
