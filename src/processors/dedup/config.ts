import { z } from 'zod'
import type { Signal } from '../../otlp/batch.ts'
import { block, configIssues, dryRun, duration, listOf, text, wholeNumber } from '../config-issues.ts'
import type { Issue, Parsed } from '../processor.ts'
import { bySignal, conditionList, type SignalConditions } from '../signal-conditions.ts'

export type DedupConfig = {
  readonly dryRun: boolean
  readonly intervalMs: number
  readonly countAttribute: string
  /** Which part of a record, besides resource, scope, event name and severity, makes it another one. */
  readonly fields: KeyFields
  /** Undefined: all logs. */
  readonly conditions: SignalConditions | undefined
  readonly keysMax: number
  /** Of what is kept for summaries. */
  readonly bytesMax: number
}

export type KeyFields = {
  readonly body: boolean
  /** Whether only these attributes count, or all but these. */
  readonly only: boolean
  readonly attributes: ReadonlyArray<string>
}

const FIELDS_MAX = 100
const NAME_LENGTH_MAX = 1024
const KEYS_MAX = 10_000_000
const BYTES_MAX = 1 << 30
const SIGNALS: ReadonlyArray<Signal> = ['logs']

const fieldList = listOf(text(NAME_LENGTH_MAX, 'attributes.id'), FIELDS_MAX, 'fields')

const schema = block({
  interval: duration(1000, 3_600_000).default(10_000),
  log_count_attribute: text(NAME_LENGTH_MAX, 'log_count').default('log_count'),
  conditions: conditionList.optional(),
  include_fields: fieldList.optional(),
  exclude_fields: fieldList.optional(),
  timezone: z.literal('UTC', { error: 'only UTC is supported' }).optional(),
  keysMax: wholeNumber(1, KEYS_MAX).default(100_000),
  bytesMax: wholeNumber(1024, BYTES_MAX).default(16 << 20),
  dryRun,
})

/** Reads the collector's `log_dedup` block, and Weir's bounds and `dryRun`. */
export function readConfig(value: unknown): Parsed<DedupConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { bytesMax, conditions: texts, dryRun, exclude_fields, include_fields, keysMax } = parsed.data
  const issues: Issue[] = []
  const conditions = texts && bySignal(texts, SIGNALS, 'conditions', issues)
  if (exclude_fields !== undefined && include_fields !== undefined)
    issues.push({ path: ['exclude_fields'], message: 'stands beside include_fields: write one of them' })
  const included = readFields(include_fields, 'include_fields', issues)
  const excluded = readFields(exclude_fields, 'exclude_fields', issues)
  if (excluded.body)
    issues.push({
      path: ['exclude_fields'],
      message: 'body as a whole can not be left out; list include_fields',
    })
  if (issues.length > 0) return { issues }
  const fields =
    include_fields === undefined
      ? { body: true, only: false, attributes: excluded.attributes }
      : { only: true, ...included }
  const intervalMs = parsed.data.interval
  const countAttribute = parsed.data.log_count_attribute
  const warnings =
    texts?.length === 0 ? [{ path: ['conditions'], message: 'is empty: no log is looked at' }] : []
  return {
    config: { ...{ bytesMax, conditions, countAttribute, dryRun }, ...{ fields, intervalMs, keysMax } },
    warnings,
  }
}

function readFields(
  fields: ReadonlyArray<string> = [],
  key: string,
  issues: Issue[],
): Pick<KeyFields, 'body' | 'attributes'> {
  const attributes = fields.flatMap((field, i) => {
    if (field === 'body') return []
    const name = attributeName(field)
    if (name === undefined)
      issues.push({
        path: [key, i],
        message:
          'expected body or attributes.NAME, a dot in a name as \\. (fields within a body or an attribute are not supported)',
      })
    return name ?? []
  })
  return { body: fields.includes('body'), attributes }
}

/** Of `attributes.host\.name` the name `host.name`; undefined if it is no attribute, or a field within one. */
function attributeName(field: string): string | undefined {
  const name = /^attributes\.((?:[^.\\]|\\.)+)$/s.exec(field)?.[1]
  return name?.replace(/\\(.)/gs, '$1')
}
