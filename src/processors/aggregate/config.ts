import type { z } from 'zod'
import { block, configIssues, dryRun, listOf } from '../config-issues.ts'
import { gaugeFunction, namePattern, namePatterns } from '../fold/config.ts'
import type { LabelChoice } from '../fold/rule.ts'
import type { GaugeFunction } from '../fold/totals/gauge.ts'
import type { Issue, Parsed } from '../processor.ts'

/** What is taken off the metrics that its patterns match. */
export type Aggregation = {
  /** Where it stands: `metrics[0]`. */
  readonly rule: string
  readonly condition: string
  readonly metric: string
  readonly tenant: string
  readonly labels: LabelChoice
  readonly resourceAttributes: LabelChoice
  readonly gauge: GaugeFunction
}

export type AggregateConfig = {
  readonly dryRun: boolean
  /** The first that matches decides; a metric that none matches passes. */
  readonly metrics: ReadonlyArray<Aggregation>
}

const METRICS_MAX = 1000

const entry = block({
  metric: namePattern('http.server.* or *'),
  tenant: namePattern('team-* or *').default('*'),
  remove: namePatterns('labels', 'user.id').optional(),
  keep: namePatterns('labels', 'http.route').optional(),
  removeResource: namePatterns('resource attributes', 'k8s.pod.*').optional(),
  keepResource: namePatterns('resource attributes', 'service.name').optional(),
  gauge: gaugeFunction,
})
const schema = block({ metrics: listOf(entry, METRICS_MAX, 'maps with metric and remove or keep'), dryRun })
type Raw = z.infer<typeof entry>

export function readConfig(
  value: unknown,
): Parsed<AggregateConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const { dryRun, metrics } = parsed.data
  const issues = metrics.flatMap((raw, i) => issuesOf(raw, ['metrics', i]))
  if (metrics.length === 0)
    issues.push({ path: ['metrics'], message: 'is empty: name a metric and the labels that go' })
  if (issues.length > 0) return { issues }
  return { config: { dryRun, metrics: metrics.map(aggregationOf) }, warnings: metrics.flatMap(warningOf) }
}

function issuesOf({ keep, keepResource, remove, removeResource }: Raw, path: Issue['path']): Issue[] {
  const issues: Issue[] = []
  if (
    remove === undefined &&
    keep === undefined &&
    removeResource === undefined &&
    keepResource === undefined
  )
    issues.push({ path, message: 'says no labels: write remove or keep' })
  if (remove !== undefined && keep !== undefined)
    issues.push({ path: [...path, 'keep'], message: 'stands beside remove: write one of them' })
  if (removeResource !== undefined && keepResource !== undefined)
    issues.push({
      path: [...path, 'keepResource'],
      message: 'stands beside removeResource: write one of them',
    })
  return issues
}

/** What stands behind a pattern for everything is never reached. */
function warningOf(_raw: Raw, i: number, all: ReadonlyArray<Raw>): Issue[] {
  const before = all.slice(0, i).findIndex(({ metric, tenant }) => metric === '*' && tenant === '*')
  if (before < 0) return []
  return [{ path: ['metrics', i], message: `is never reached: metrics[${before}] is for every metric` }]
}

function aggregationOf(raw: Raw, i: number): Aggregation {
  const { gauge, keep, keepResource, metric, remove = [], removeResource = [], tenant } = raw
  const labels: LabelChoice = keep === undefined ? { remove } : { keep }
  const resourceAttributes: LabelChoice =
    keepResource === undefined ? { remove: removeResource } : { keep: keepResource }
  const parts = [choiceText('labels', labels), choiceText('resource attributes', resourceAttributes)]
  const condition = `metric ${metric}, tenant ${tenant}: ${parts.filter((part) => part !== '').join('; ')}`
  return { rule: `metrics[${i}]`, condition, metric, tenant, labels, resourceAttributes, gauge }
}

function choiceText(what: string, choice: LabelChoice): string {
  if ('keep' in choice) return `only ${what} ${choice.keep.join(', ') || 'none'}`
  return choice.remove.length === 0 ? '' : `without ${what} ${choice.remove.join(', ')}`
}
