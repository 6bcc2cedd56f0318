import { z } from 'zod'
import { block, configIssues, dryRun, duration, wholeNumber } from '../config-issues.ts'
import type { Issue, Parsed } from '../processor.ts'

export type IntervalConfig = {
  readonly dryRun: boolean
  readonly intervalMs: number
  readonly passGauges: boolean
  readonly passSummaries: boolean
  readonly seriesMax: number
}

const SERIES_MAX = 50_000_000
const flag = z.boolean({ error: 'expected true or false' }).default(false)

const schema = block({
  interval: duration(1000, 86_400_000).default(60_000),
  pass_through: block({ gauge: flag, summary: flag }).default({ gauge: false, summary: false }),
  seriesMax: wholeNumber(1, SERIES_MAX).default(1_000_000),
  dryRun,
})

/** Reads the collector's `interval` block, and Weir's bound and `dryRun`. */
export function readConfig(
  value: unknown,
): Parsed<IntervalConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { dryRun, interval: intervalMs, pass_through, seriesMax } = parsed.data
  const { gauge: passGauges, summary: passSummaries } = pass_through
  return { config: { dryRun, intervalMs, passGauges, passSummaries, seriesMax }, warnings: [] }
}
