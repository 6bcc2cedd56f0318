import { z } from 'zod'
import { block, configIssues, dryRun, listOf, text } from '../config-issues.ts'
import { compileMatcher, PATTERN_LENGTH_MAX } from '../ottl/matcher.ts'
import type { Issue, Parsed } from '../processor.ts'
import { FINDERS, USUAL } from './finders/index.ts'
import { HASH_PREFIX, type Masking, PATTERN_PLACE } from './masker.ts'
import { Matches } from './matches.ts'
import { type CustomPattern, Scanner } from './scanner.ts'

export type RedactConfig = {
  readonly dryRun: boolean
  /** Names of built-in patterns. */
  readonly patterns: ReadonlyArray<string>
  readonly custom: ReadonlyArray<CustomPattern>
  /** Globs of attribute keys, in any case. */
  readonly blockedKeys: ReadonlyArray<string>
  readonly allowedKeys: ReadonlyArray<string>
  readonly masking: Masking
}

const NAMES = FINDERS.map(({ name }) => name)
const CUSTOM_MAX = 100
const KEYS_MAX = 1000
const KEY_LENGTH_MAX = 1024
const HASH_KEY = { min: 16, max: 1024 }
const REPLACEMENT_LENGTH_MAX = 256
export const BLOCKED_KEY = 'blocked_key'

const keys = listOf(text(KEY_LENGTH_MAX, '*.password'), KEYS_MAX, 'keys').default([])
const replacementError = `expected a text of at most ${REPLACEMENT_LENGTH_MAX} characters, such as ***`
const schema = block({
  patterns: listOf(
    z.enum(NAMES, { error: `expected one of ${NAMES.join(', ')}` }),
    NAMES.length,
    'names',
  ).default(USUAL),
  custom: z.record(z.string(), z.unknown(), { error: 'expected a map of names to patterns' }).default({}),
  blockedKeys: keys,
  allowedKeys: keys,
  replacement: z
    .string({ error: replacementError })
    .max(REPLACEMENT_LENGTH_MAX, { error: replacementError })
    .optional(),
  hashKey: z
    .string({ error: 'expected a text' })
    .min(HASH_KEY.min, {
      error: `has fewer than ${HASH_KEY.min} characters: card numbers and addresses could be guessed from their hash`,
    })
    .max(HASH_KEY.max, { error: `has more than ${HASH_KEY.max} characters` })
    .optional(),
  dryRun,
})

const REPLACEMENT = '***'

export function readConfig(value: unknown): Parsed<RedactConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { custom: customs, hashKey, replacement, ...rest } = parsed.data
  const issues: Issue[] = []
  const entries = Object.entries(customs)
  if (entries.length > CUSTOM_MAX)
    issues.push({ path: ['custom'], message: `at most ${CUSTOM_MAX} patterns are allowed` })
  const custom = entries.flatMap(([name, pattern]) => readCustom(name, pattern, issues))
  if (hashKey !== undefined && replacement !== undefined)
    issues.push({ path: ['replacement'], message: 'stands beside hashKey: write one of them' })
  if (issues.length > 0) return { issues }
  const masking: Masking =
    hashKey === undefined
      ? { kind: 'text', text: replacement ?? REPLACEMENT }
      : { kind: 'hash', key: hashKey }
  const config = { ...rest, custom, masking }
  const shown = matchedByItself(config)
  if (shown !== undefined) return { issues: [{ path: ['replacement'], message: shown }] }
  const isIdle = rest.patterns.length === 0 && custom.length === 0 && rest.blockedKeys.length === 0
  return {
    config,
    warnings: isIdle ? [{ path: [], message: 'has no patterns and no keys: it masks nothing' }] : [],
  }
}

function readCustom(name: string, pattern: unknown, issues: Issue[]): CustomPattern[] {
  const path = ['custom', name]
  const fail = (message: string): CustomPattern[] => {
    issues.push({ path, message })
    return []
  }
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) return fail('expected a name such as order_number')
  if (NAMES.includes(name) || name === BLOCKED_KEY) return fail('is the name of a built-in pattern')
  if (typeof pattern !== 'string' || pattern === '' || pattern.length > PATTERN_LENGTH_MAX)
    return fail(`expected a pattern (RE2) of 1 to ${PATTERN_LENGTH_MAX} characters`)
  try {
    const { onText } = compileMatcher(pattern)
    return onText('') ? fail('matches the empty text') : [{ name, pattern }]
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

/** What is masked must not look like what is to be masked. */
function matchedByItself({ custom, masking, patterns }: RedactConfig): string | undefined {
  const scanner = new Scanner(
    FINDERS.filter(({ name }) => patterns.includes(name)),
    custom,
  )
  const matches = new Matches()
  for (const name of [...scanner.names, BLOCKED_KEY]) {
    const text = masking.kind === 'text' ? masking.text.replaceAll(PATTERN_PLACE, name) : `${HASH_PREFIX}0`
    const bytes = Buffer.from(text)
    scanner.scan(bytes, 0, bytes.length, matches)
    if (matches.count > 0) return `is itself matched by ${scanner.names[matches.pattern(0)]}`
  }
  return undefined
}
