import { z } from 'zod'
import type { Context } from '../ottl/contexts/context.ts'
import { logContext } from '../ottl/contexts/log.ts'
import { resourceContext } from '../ottl/contexts/resource.ts'
import { scopeContext } from '../ottl/contexts/scope.ts'
import { hint } from '../ottl/hint.ts'
import type { Issue } from '../processor.ts'
import { unsupportedIssues } from './unsupported.ts'

export type ErrorMode = 'ignore' | 'silent' | 'propagate'

/** One condition of the configuration. */
export type Rule = {
  readonly context: Context
  readonly text: string
  readonly errorMode: ErrorMode
  readonly path: Issue['path']
}

export type FilterConfig = {
  readonly dryRun: boolean
  /** In the order they are tried: of the whole resource first, then the scope, then the record, as the collector. */
  readonly rules: ReadonlyArray<Rule>
}

const CONDITIONS_MAX = 1000

const errorMode = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['ignore', 'silent', 'propagate']))
const conditions = z.array(z.string())
const group = z.strictObject({
  context: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['resource', 'scope', 'log']))
    .optional(),
  error_mode: errorMode.optional(),
  conditions: conditions.optional(),
})
const schema = z.strictObject({
  error_mode: errorMode.optional(),
  dryRun: z.boolean().optional(),
  logs: z.strictObject({ resource: conditions.optional(), log_record: conditions.optional() }).optional(),
  log_conditions: z.array(z.unknown()).optional(),
})

const CONTEXTS = { resource: resourceContext, scope: scopeContext, log: logContext }
const ORDER = [resourceContext, scopeContext, logContext]

/** Reads the collector's `filter` block for logs, and Weir's `dryRun`. Checks its shape, not yet the conditions. */
export function readFilterConfig(
  value: unknown,
): { readonly config: FilterConfig } | { readonly issues: ReadonlyArray<Issue> } {
  const unsupported = unsupportedIssues(value)
  if (unsupported.length > 0) return { issues: unsupported }
  const parsed = schema.safeParse(withoutNothing(value) ?? {})
  if (!parsed.success) return { issues: issuesOf(parsed.error, []) }
  const { dryRun, error_mode, log_conditions, logs } = parsed.data
  const mode = error_mode ?? 'ignore'
  const issues: Issue[] = []
  const rules = [
    ...rulesOf(logs?.resource, resourceContext, mode, ['logs', 'resource']),
    ...rulesOf(logs?.log_record, logContext, mode, ['logs', 'log_record']),
    ...(log_conditions ?? []).flatMap((item, i) =>
      groupRules(withoutNothing(item), mode, ['log_conditions', i], issues),
    ),
  ]
  if (rules.length > CONDITIONS_MAX)
    issues.push({
      path: [],
      message: `has ${rules.length} conditions; at most ${CONDITIONS_MAX} are allowed`,
    })
  if (issues.length > 0) return { issues }
  const ordered = ORDER.flatMap((context) => rules.filter((rule) => rule.context === context))
  return { config: { dryRun: dryRun ?? false, rules: ordered } }
}

/** A key whose block is commented out is null in YAML: as if it were not there. */
function withoutNothing(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const present = Object.entries(value).filter(([, item]) => item !== null)
  return Object.fromEntries(present.map(([key, item]) => [key, key === 'logs' ? withoutNothing(item) : item]))
}

function rulesOf(
  texts: ReadonlyArray<string> | undefined,
  context: Context,
  mode: ErrorMode,
  path: Issue['path'],
): Rule[] {
  return (texts ?? []).map((text, i) => ({ context, text, errorMode: mode, path: [...path, i] }))
}

/** An entry of `log_conditions`: a condition, or a group of them with a context and an error mode of its own. */
function groupRules(item: unknown, mode: ErrorMode, path: Issue['path'], issues: Issue[]): Rule[] {
  if (typeof item === 'string') return [{ context: logContext, text: item, errorMode: mode, path }]
  const parsed = group.safeParse(item)
  if (!parsed.success) {
    issues.push(...issuesOf(parsed.error, path))
    return []
  }
  const { conditions: texts, context, error_mode } = parsed.data
  return rulesOf(texts, CONTEXTS[context ?? 'log'], error_mode ?? mode, [...path, 'conditions'])
}

const KNOWN_KEYS: Readonly<Record<string, ReadonlyArray<string>>> = {
  '': Object.keys(schema.shape),
  logs: ['resource', 'log_record'],
  log_conditions: Object.keys(group.shape),
}

function issuesOf(error: z.ZodError, prefix: Issue['path']): Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    const path = [...prefix, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))]
    if (issue.code === 'unrecognized_keys') {
      const known = KNOWN_KEYS[String(path[0] ?? '')] ?? []
      return issue.keys.map((key) => ({ path: [...path, key], message: `unknown key${hint(key, known)}` }))
    }
    return [{ path, message: expectation(issue) }]
  })
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.join(', ')}`
  if (issue.code !== 'invalid_type') return issue.message
  const names: Readonly<Record<string, string>> = {
    array: 'a list of conditions',
    boolean: 'true or false',
    object: 'a map',
    string: 'a text',
  }
  return `expected ${names[issue.expected] ?? issue.expected}`
}
