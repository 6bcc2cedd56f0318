import { marksOf } from './doubles.ts'
import type { FloatChunk } from './float-series.ts'

/**
 * Turns points that each count from the one before into what a counter would show, from 0 at the beginning of what was read. So
 * rates and increases are right; the value itself counts from there. In place.
 */
export function accumulated(chunks: ReadonlyArray<FloatChunk>): void {
  let total = 0
  for (const { values } of chunks) {
    const marks = marksOf(values)
    for (let i = 0; i < values.length; i++) {
      if (marks?.[i] === 1) continue
      total += values[i]!
      values[i] = total
    }
  }
}
