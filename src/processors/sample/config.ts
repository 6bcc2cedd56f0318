import { z } from 'zod'
import type { Signal } from '../../otlp/batch.ts'
import { block, configIssues, dryRun, listOf, text, wholeNumber } from '../config-issues.ts'
import type { Issue, Parsed } from '../processor.ts'
import { bySignal, conditionList, type SignalConditions } from '../signal-conditions.ts'

export const MODES = ['proportional', 'equalizing', 'hash_seed'] as const
export type Mode = (typeof MODES)[number]

/** Ranges of SeverityNumber, as OpenTelemetry's log data model names them. */
export const SEVERITIES = ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Severity = (typeof SEVERITIES)[number]

export type SampleConfig = {
  readonly dryRun: boolean
  readonly mode: Mode
  readonly hashSeed: number
  readonly percentage: number
  /** Of logs: where another percentage goes for a severity. */
  readonly bySeverity: Readonly<Partial<Record<Severity, number | undefined>>>
  /** Of logs without a trace id; empty: the whole record decides. */
  readonly fromAttribute: string
  readonly signals: ReadonlyArray<Signal>
  /** Never dropped. */
  readonly keep: SignalConditions
}

const KEY_LENGTH_MAX = 1024
const PERCENTAGE_ERROR = 'expected a percentage from 0 to 100'

const percentage = z
  .number({ error: PERCENTAGE_ERROR })
  .min(0, { error: PERCENTAGE_ERROR })
  .max(100, { error: PERCENTAGE_ERROR })
const severities = block(
  Object.fromEntries(SEVERITIES.map((severity) => [severity, percentage.optional()])) as Record<
    Severity,
    z.ZodOptional<z.ZodNumber>
  >,
)
const signalList = listOf(z.enum(['logs', 'traces'], { error: 'expected logs or traces' }), 2, 'signals')

const schema = block({
  sampling_percentage: percentage,
  severity_percentage: severities.default({}),
  mode: z.enum(MODES, { error: `expected one of ${MODES.join(', ')}` }).optional(),
  hash_seed: wholeNumber(0, 2 ** 32 - 1).default(0),
  from_attribute: text(KEY_LENGTH_MAX, 'session.id').optional(),
  keep: conditionList.default([]),
  signals: signalList.default(['logs', 'traces']),
  dryRun,
})

export function readConfig(value: unknown): Parsed<SampleConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { dryRun, hash_seed: hashSeed, keep, sampling_percentage, severity_percentage, signals } = parsed.data
  const issues: Issue[] = []
  const protectedBy = bySignal(keep, signals, 'keep', issues)
  if (issues.length > 0) return { issues }
  const config = {
    ...{ dryRun, hashSeed, signals },
    mode: parsed.data.mode ?? (hashSeed === 0 ? 'proportional' : 'hash_seed'),
    percentage: sampling_percentage,
    bySeverity: severity_percentage,
    fromAttribute: parsed.data.from_attribute ?? '',
    keep: protectedBy,
  }
  return { config, warnings: warningsOf(config) }
}

function warningsOf({ bySeverity, keep, percentage, signals }: SampleConfig): Issue[] {
  const severities = SEVERITIES.map((severity) => bySeverity[severity] ?? percentage)
  return signals.flatMap((signal): Issue[] => {
    const own = signal === 'logs' ? severities : [percentage]
    const what = signal === 'logs' ? 'logs' : 'spans'
    if (own.every((value) => value === 100)) return [{ path: [], message: `keeps all ${what}` }]
    if (own.every((value) => value === 0) && keep[signal] === undefined)
      return [{ path: [], message: `drops all ${what}` }]
    return []
  })
}
