import { z } from 'zod'
import type { Signal } from '../../otlp/batch.ts'
import { block, configIssues, dryRun, listOf, text, wholeNumber } from '../config-issues.ts'
import type { Issue, Parsed } from '../processor.ts'
import { bySignal, conditionList, type SignalConditions, signalList } from '../signal-conditions.ts'

export type ThrottleConfig = {
  readonly dryRun: boolean
  readonly recordsPerSecond: number
  readonly burst: number
  /** Resource attributes. */
  readonly by: ReadonlyArray<string>
  readonly keysMax: number
  readonly signals: ReadonlyArray<Signal>
  /** Undefined: all records of its signals. */
  readonly conditions: SignalConditions | undefined
}

const RATE_MAX = 1e9
const RATE_ERROR = `expected a number above 0 and at most ${RATE_MAX}`
const BY_MAX = 16
const KEY_LENGTH_MAX = 1024
const KEYS_MAX = 1_000_000

const schema = block({
  recordsPerSecond: z
    .number({ error: RATE_ERROR })
    .positive({ error: RATE_ERROR })
    .max(RATE_MAX, { error: RATE_ERROR }),
  burst: wholeNumber(1, RATE_MAX).optional(),
  by: listOf(text(KEY_LENGTH_MAX, 'service.name'), BY_MAX, 'resource attributes').default([]),
  keysMax: wholeNumber(1, KEYS_MAX).default(10_000),
  signals: signalList.default(['logs']),
  conditions: conditionList.optional(),
  dryRun,
})

export function readConfig(
  value: unknown,
): Parsed<ThrottleConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { burst, by, conditions: texts, recordsPerSecond, signals, ...rest } = parsed.data
  const issues: Issue[] = []
  const conditions = texts && bySignal(texts, signals, 'conditions', issues)
  if (new Set(by).size < by.length) issues.push({ path: ['by'], message: 'names an attribute twice' })
  if (issues.length > 0) return { issues }
  const isIdle = signals.length === 0 || texts?.length === 0
  const warnings = isIdle ? [{ path: [], message: 'limits nothing: it is for no signal or no record' }] : []
  const config = {
    ...rest,
    ...{ by, conditions, recordsPerSecond, signals },
    burst: burst ?? Math.max(1, Math.ceil(recordsPerSecond)),
  }
  return { config, warnings }
}
