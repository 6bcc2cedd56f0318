import { z } from 'zod'
import { block, duration, listOf, wholeNumber } from '../config-issues.ts'

/** Keys that every processor has that counts series; durations as the collector writes them, read as milliseconds. */

const SERIES_MAX = 200_000
const BUCKETS_MAX = 50
const MS_PER_HOUR = 3_600_000
const MS_PER_SECOND = 1000

/** How often each series gets a point. */
export const flushInterval = duration(1000, 300_000).default(15_000)

/** After which a series that nothing was counted for is forgotten. */
export const expiration = duration(60_000, 24 * MS_PER_HOUR).default(300_000)

export const seriesMax = wholeNumber(10, SERIES_MAX).default(10_000)

/** The collector's default buckets of its span metrics connector. */
const BUCKETS_MS = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000]

/** Upper bounds of a histogram, read as milliseconds. */
const buckets = listOf(duration(1, 24 * MS_PER_HOUR), BUCKETS_MAX, 'durations, such as [10ms, 100ms, 1s]')
  .min(1, { error: 'expected at least one duration' })
  .refine((bounds) => bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]!), {
    error: 'the buckets must rise from one to the next',
  })
  .default(BUCKETS_MS)

/** The same as a key of its own, read as seconds. */
export const bucketsSeconds = buckets.transform((bounds) => bounds.map((ms) => ms / MS_PER_SECOND))

/** `histogram: {explicit: {buckets: […]}}`; upper bounds in seconds. */
export const histogram = block({ explicit: block({ buckets }).default({ buckets: BUCKETS_MS }) })
  .default({ explicit: { buckets: BUCKETS_MS } })
  .transform(({ explicit }) => explicit.buckets.map((ms) => ms / MS_PER_SECOND))

/** Names of attributes. */
export const attributeNames = (max: number): z.ZodArray<z.ZodString> => {
  const error = 'expected the name of an attribute, such as http.route'
  return listOf(z.string({ error }).min(1, { error }).max(255, { error }), max, 'names of attributes')
}
