import { z } from 'zod'
import { block, configIssues, dryRun, listOf, text } from '../config-issues.ts'
import { hint } from '../ottl/hint.ts'
import type { Issue, Parsed } from '../processor.ts'
import { SEVERITY_NUMBERS } from './levels.ts'

export const FORMATS = ['json', 'klog', 'logfmt', 'text'] as const
export type Format = (typeof FORMATS)[number]

export type SeverityConfig = {
  readonly dryRun: boolean
  readonly formats: ReadonlySet<Format>
  /** Keys that hold a level, besides the usual ones. */
  readonly keys: ReadonlyArray<string>
  /** Severity numbers of words, besides the usual ones. */
  readonly levels: ReadonlyMap<string, number>
  readonly traceIds: boolean
  readonly scanBytesMax: number
}

const KEYS_MAX = 100
const LEVELS_MAX = 100
const WORD_LENGTH_MAX = 64
const SCAN_BYTES = { min: 64, usual: 4096, max: 1_048_576 }

const scanBytesError = `expected a number of bytes, ${SCAN_BYTES.min} to ${SCAN_BYTES.max}`
const schema = block({
  formats: listOf(
    z.enum(FORMATS, { error: `expected one of ${FORMATS.join(', ')}` }),
    FORMATS.length,
    'formats',
  ).default([...FORMATS]),
  keys: listOf(text(WORD_LENGTH_MAX, 'log_severity'), KEYS_MAX, 'keys').default([]),
  levels: z
    .record(z.string(), z.unknown(), { error: 'expected a map of words to severities, such as audit: INFO' })
    .default({}),
  traceIds: z.boolean({ error: 'expected true or false' }).default(true),
  scanBytesMax: z
    .int({ error: scanBytesError })
    .min(SCAN_BYTES.min, { error: scanBytesError })
    .max(SCAN_BYTES.max, { error: scanBytesError })
    .default(SCAN_BYTES.usual),
  dryRun,
})

export function readConfig(
  value: unknown,
): Parsed<SeverityConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { formats, keys, levels, ...rest } = parsed.data
  const issues: Issue[] = [
    ...keys.flatMap((key, i) =>
      isAscii(key) ? [] : [{ path: ['keys', i], message: 'expected ASCII letters' }],
    ),
    ...Object.entries(levels).flatMap(([word, name]) => levelIssue(word, name)),
  ]
  if (Object.keys(levels).length > LEVELS_MAX)
    issues.push({ path: ['levels'], message: `at most ${LEVELS_MAX} words are allowed` })
  if (issues.length > 0) return { issues }
  const numbers = new Map(
    Object.entries(levels).map(([word, name]) => [word, SEVERITY_NUMBERS.get(String(name))!]),
  )
  const config = { ...rest, keys, formats: new Set(formats), levels: numbers }
  const warnings =
    formats.length === 0 ? [{ path: ['formats'], message: 'is empty: no body is looked at' }] : []
  return { config, warnings }
}

function levelIssue(word: string, name: unknown): Issue[] {
  const path = ['levels', word]
  if (word.length > WORD_LENGTH_MAX || !/^[!-~]+$/.test(word))
    return [{ path, message: `expected a word of 1 to ${WORD_LENGTH_MAX} ASCII characters without spaces` }]
  if (typeof name === 'string' && SEVERITY_NUMBERS.has(name)) return []
  const near = typeof name === 'string' ? hint(name, SEVERITY_NUMBERS.keys()) : ''
  return [{ path, message: `expected a severity such as INFO, WARN or ERROR2${near}` }]
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
