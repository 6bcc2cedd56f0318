import { z } from 'zod'
import { block, configIssues, dryRun, listOf } from '../config-issues.ts'
import { gaugeFunction, namePattern, namePatterns } from '../fold/config.ts'
import type { GaugeFunction } from '../fold/totals/gauge.ts'
import { hint } from '../ottl/hint.ts'
import type { Issue, Parsed } from '../processor.ts'

export const POLICIES = ['drop', 'overflow', 'strip'] as const
export type Policy = (typeof POLICIES)[number]

/** How many there may be at a time, and how many may come newly in a minute. */
export type Amount = { readonly limit: number; readonly growthPerMinute: number }

/** How many values a label may have; of the labels that its pattern matches, each. */
export type LabelLimit = Amount & { readonly label: string }

/** How many active series a metric of a tenant may have; of the metrics and tenants that its patterns match. */
export type Limit = Amount & {
  /** Where it stands: `limits[0]`, `limit`. */
  readonly rule: string
  readonly condition: string
  /** Patterns with `*` and `?`. */
  readonly metric: string
  readonly tenant: string
  readonly labels: ReadonlyArray<LabelLimit>
  readonly policy: Policy
  readonly gauge: GaugeFunction
}

export type CardinalityLimitConfig = {
  readonly dryRun: boolean
  /** The first that matches decides; a metric that none matches is not limited. */
  readonly limits: ReadonlyArray<Limit>
  /** What an overflow series keeps of its resource. */
  readonly overflowResource: ReadonlyArray<string>
}

const LIMITS_MAX = 1000
const LABELS_MAX = 100
const LIMIT_MAX = 1_000_000_000
/** What names a service, not one of its instances: a flood of pods must not be a flood of overflow series. */
const OVERFLOW_RESOURCE = [
  'service.name',
  'service.namespace',
  'deployment.environment',
  'deployment.environment.name',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'loco.resource.id',
]

function amount(what: string): z.ZodOptional<z.ZodInt> {
  const error = `expected a number of ${what}, 0 to ${LIMIT_MAX}`
  return z.int({ error }).min(0, { error }).max(LIMIT_MAX, { error }).optional()
}

const policy = z
  .enum(POLICIES, {
    error: ({ input }) =>
      `unknown policy${typeof input === 'string' ? hint(input, POLICIES) : ''}; write one of ${POLICIES.join(', ')}`,
  })
  .optional()
const labelEntry = block({
  label: namePattern('user.id or *'),
  limit: amount('values'),
  growthPerMinute: amount('values'),
})
const amounts = {
  limit: amount('series'),
  growthPerMinute: amount('series'),
  labels: listOf(labelEntry, LABELS_MAX, 'maps with label and limit').optional(),
  policy,
}
const entry = block({
  metric: namePattern('http.* or *').optional(),
  tenant: namePattern('team-* or *').optional(),
  ...amounts,
  gauge: gaugeFunction.unwrap().optional(),
})
const schema = block({
  ...amounts,
  gauge: gaugeFunction,
  limits: listOf(entry, LIMITS_MAX, 'maps with metric, tenant and limit').default([]),
  overflowResource: namePatterns('resource attributes', 'service.name').default(OVERFLOW_RESOURCE),
  dryRun,
})
type Entry = z.infer<typeof entry>
type Config = z.infer<typeof schema>

/** Keys that are of the whole gateway, since all limiters share its counts. */
const SHARED = ['idleAfterMs', 'seriesMax', 'saveIntervalMs', 'labelValuesMax', 'foldMembersMax', 'foldsMax']

export function readConfig(
  value: unknown,
): Parsed<CardinalityLimitConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error).map(shared) }
  const { data } = parsed
  const issues = data.limits.flatMap((limit, i) => amountIssues(limit, ['limits', i]))
  if (!isLimited(data) && data.limits.length === 0)
    issues.push({ path: [], message: 'has no limit: write limit, or limits with metric or tenant' })
  else if (isLimited(data)) issues.push(...amountIssues(data, []))
  if (issues.length > 0) return { issues }
  const limits = data.limits.map((limit, i) => limitOf(limit, `limits[${i}]`, data))
  if (isLimited(data)) limits.push(limitOf(data, 'limit', data))
  const config = { dryRun: data.dryRun, limits, overflowResource: data.overflowResource }
  return { config, warnings: limits.flatMap(warningOf) }
}

function shared(issue: Issue): Issue {
  const key = issue.path.at(-1)
  if (typeof key !== 'string' || !SHARED.includes(key)) return issue
  const message = 'is for all limiters together: write it in the section series of the configuration'
  return { path: issue.path, message }
}

function isLimited({ growthPerMinute, labels, limit }: Partial<Entry>): boolean {
  return limit !== undefined || growthPerMinute !== undefined || (labels ?? []).length > 0
}

function amountIssues(limit: Partial<Entry>, path: Issue['path']): Issue[] {
  const issues = (limit.labels ?? []).flatMap((label, i): Issue[] =>
    isLimited(label)
      ? []
      : [{ path: [...path, 'labels', i], message: 'has no limit: write limit or growthPerMinute' }],
  )
  if (!isLimited(limit))
    issues.push({ path: [...path], message: 'has no limit: write limit, growthPerMinute or labels' })
  return issues
}

function limitOf(raw: Entry, rule: string, general: Config): Limit {
  const { metric = '*', tenant = '*', policy = general.policy ?? 'drop', gauge = general.gauge } = raw
  const labels = (raw.labels ?? []).map(
    (label): LabelLimit => ({ label: label.label, ...amountOf(label.limit, label.growthPerMinute) }),
  )
  const own = amountOf(raw.limit, raw.growthPerMinute)
  const parts = [
    ...amountText(own, 'active series'),
    ...labels.flatMap((label) => amountText(label, `values of ${label.label}`)),
  ]
  const condition = `${parts.join(' or ')}; metric ${metric}, tenant ${tenant}`
  return { ...own, rule, condition, metric, tenant, labels, policy, gauge }
}

function amountOf(limit = Number.POSITIVE_INFINITY, growthPerMinute = Number.POSITIVE_INFINITY): Amount {
  return { limit, growthPerMinute }
}

function amountText({ growthPerMinute, limit }: Amount, what: string): string[] {
  const parts: string[] = []
  if (limit !== Number.POSITIVE_INFINITY) parts.push(`more than ${limit} ${what}`)
  if (growthPerMinute !== Number.POSITIVE_INFINITY)
    parts.push(`more than ${growthPerMinute} new ${what} a minute`)
  return parts
}

/** What stands behind a limit for everything is never reached; a limit of none lets nothing through. */
function warningOf(one: Limit, i: number, all: ReadonlyArray<Limit>): Issue[] {
  const { limit, metric, policy, rule, tenant } = one
  const before = all.slice(0, i).find(({ metric, tenant }) => metric === '*' && tenant === '*')
  if (before === undefined) {
    if (limit > 0 || policy !== 'drop') return []
    const isAll = metric === '*' && tenant === '*' && i === 0
    const which = isAll ? '' : ` of metric ${metric}, tenant ${tenant}`
    return [{ path: pathOf(rule), message: `allows no series: it drops all data points${which}` }]
  }
  return [{ path: pathOf(rule), message: `is never reached: ${before.rule} is for every metric` }]
}

function pathOf(rule: string): Issue['path'] {
  const index = /\[(\d+)\]/.exec(rule)?.[1]
  return index === undefined ? [rule] : ['limits', Number(index)]
}
