import { z } from 'zod'
import { hint } from '../ottl/hint.ts'
import type { Issue, Parsed } from '../processor.ts'

/** How many active series a metric of a tenant may have; of the metrics and tenants that its patterns match. */
export type Limit = {
  /** Where it stands: `limits[0]`, `limit`. */
  readonly rule: string
  /** Patterns with `*` and `?`. */
  readonly metric: string
  readonly tenant: string
  readonly limit: number
}

export type CardinalityLimitConfig = {
  readonly dryRun: boolean
  /** The first that matches decides; a metric that none matches is not limited. */
  readonly limits: ReadonlyArray<Limit>
}

const LIMITS_MAX = 1000
const LIMIT_MAX = 1_000_000_000
const PATTERN_LENGTH_MAX = 1024

const limit = z.int().min(0).max(LIMIT_MAX)
const pattern = z.string().min(1).max(PATTERN_LENGTH_MAX)
const entry = z.strictObject({ metric: pattern.optional(), tenant: pattern.optional(), limit })
const schema = z.strictObject({
  limit: limit.optional(),
  limits: z.array(entry).max(LIMITS_MAX).optional(),
  policy: z.string().optional(),
  dryRun: z.boolean().optional(),
})

const POLICY = 'drop'
const LATER = ['overflow', 'strip']
/** Keys that are of the whole gateway, since all limiters share its counts. */
const SHARED = ['idleAfterMs', 'seriesMax', 'saveIntervalMs']

export function readConfig(
  value: unknown,
): Parsed<CardinalityLimitConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: parsed.error.issues.flatMap(issueOf) }
  const { limit: general, limits = [], policy = POLICY, dryRun = false } = parsed.data
  if (policy !== POLICY) return { issues: [{ path: ['policy'], message: policyMessage(policy) }] }
  if (general === undefined && limits.length === 0)
    return { issues: [{ path: [], message: 'has no limit: write limit, or limits with metric or tenant' }] }
  const all = limits.map(
    ({ metric = '*', tenant = '*', limit }, i): Limit => ({ rule: `limits[${i}]`, metric, tenant, limit }),
  )
  if (general !== undefined) all.push({ rule: 'limit', metric: '*', tenant: '*', limit: general })
  return { config: { dryRun, limits: all }, warnings: all.flatMap(warningOf) }
}

function policyMessage(policy: string): string {
  const lead = LATER.includes(policy)
    ? `${policy} is not there yet`
    : `unknown policy${hint(policy, [POLICY])}`
  return `${lead}; write ${POLICY}: points of series past the limit are dropped`
}

/** What stands behind a limit for everything is never reached. */
function warningOf({ rule }: Limit, i: number, all: ReadonlyArray<Limit>): Issue[] {
  const before = all.slice(0, i).find(({ metric, tenant }) => metric === '*' && tenant === '*')
  if (before === undefined) return []
  return [{ path: pathOf(rule), message: `is never reached: ${before.rule} is for every metric` }]
}

function pathOf(rule: string): Issue['path'] {
  const index = /\[(\d+)\]/.exec(rule)?.[1]
  return index === undefined ? [rule] : ['limits', Number(index)]
}

function issueOf(issue: z.core.$ZodIssue): Issue[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
  if (issue.code !== 'unrecognized_keys') return [{ path, message: expectation(issue, path) }]
  const known = Object.keys(path[0] === 'limits' ? entry.shape : schema.shape)
  return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, known) }))
}

function unknownKey(key: string, known: ReadonlyArray<string>): string {
  if (SHARED.includes(key))
    return 'is for all limiters together: write it in the section series of the configuration'
  return `unknown key${hint(key, known)}`
}

function expectation(issue: z.core.$ZodIssue, path: Issue['path']): string {
  switch (path.at(-1)) {
    case 'limit':
      return `expected a number of series, 0 to ${LIMIT_MAX}`
    case 'limits':
      return `expected a list of at most ${LIMITS_MAX} maps with metric, tenant and limit`
    case 'metric':
    case 'tenant':
      return `expected a pattern of 1 to ${PATTERN_LENGTH_MAX} characters, such as http.* or *`
    case 'dryRun':
      return 'expected true or false'
    case 'policy':
      return `expected ${POLICY}`
    default:
      return issue.code === 'invalid_type' ? 'expected a map' : issue.message
  }
}
