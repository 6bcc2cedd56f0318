import { z } from 'zod'
import { listOf, text } from '../config-issues.ts'
import { GAUGE_FUNCTIONS } from './totals/gauge.ts'

const PATTERNS_MAX = 100
const PATTERN_LENGTH_MAX = 1024

/** A pattern of names with `*` and `?`. */
export function namePattern(like: string): z.ZodString {
  return text(PATTERN_LENGTH_MAX, like)
}

export function namePatterns(what: string, like: string): z.ZodArray<z.ZodString> {
  return listOf(namePattern(like), PATTERNS_MAX, what)
}

/** How gauges of several series become one. */
export const gaugeFunction = z
  .enum(GAUGE_FUNCTIONS, { error: `expected one of ${GAUGE_FUNCTIONS.join(', ')}` })
  .default('sum')
