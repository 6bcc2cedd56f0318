import type { z } from 'zod'
import { block, configIssues, dryRun, listOf, text } from '../config-issues.ts'
import type { Issue, Parsed } from '../processor.ts'
import { parseSelector, type Requirement, SELECTOR_LENGTH_MAX } from './selector.ts'
import { warningsOf } from './warnings.ts'

/** Resources for which all of it holds; of each list one item is enough. */
export type Entry = {
  /** Where it stands: `include[0]`. */
  readonly rule: string
  readonly condition: string
  readonly namespaces: ReadonlyArray<string>
  readonly workloads: ReadonlyArray<{ readonly kind: string; readonly name: string }>
  readonly podLabels: ReadonlyArray<Requirement>
  readonly namespaceLabels: ReadonlyArray<Requirement>
  readonly attributes: ReadonlyArray<Requirement>
}

export type SelectLogsConfig = {
  readonly dryRun: boolean
  readonly include: ReadonlyArray<Entry>
  readonly exclude: ReadonlyArray<Entry>
  /** The annotation by which the owner of a pod says `true` or `false`; '' for none. */
  readonly annotation: string
  /** Whether only what says `true`, or is included, is kept. */
  readonly optIn: boolean
}

const ENTRIES_MAX = 1000
const ITEMS_MAX = 1000
const NAME_LENGTH_MAX = 253
export const ANNOTATION = 'weir.dev/logs'

/** The kinds of workload that the collector's k8s attributes name. */
export const WORKLOAD_KINDS = [
  'deployment',
  'statefulset',
  'daemonset',
  'cronjob',
  'job',
  'replicaset',
  'replicationcontroller',
  'pod',
] as const

const selector = text(SELECTOR_LENGTH_MAX, 'app=shop,tier in (front, back),!debug').optional()
const entry = block({
  namespaces: listOf(text(NAME_LENGTH_MAX, 'shop or team-*'), ITEMS_MAX, 'namespaces').optional(),
  workloads: listOf(text(2 * NAME_LENGTH_MAX, 'deployment/checkout'), ITEMS_MAX, 'workloads').optional(),
  podLabels: selector,
  namespaceLabels: selector,
  attributes: selector,
})
const entries = listOf(entry, ENTRIES_MAX, 'maps').default([])
const schema = block({
  include: entries,
  exclude: entries,
  annotation: text(NAME_LENGTH_MAX, `${ANNOTATION} or off`).default(ANNOTATION),
  optIn: dryRun,
  dryRun,
})

const OFF = 'off'
const SELECTORS = ['podLabels', 'namespaceLabels', 'attributes'] as const

export function readConfig(
  value: unknown,
): Parsed<SelectLogsConfig> | { readonly issues: ReadonlyArray<Issue> } {
  const parsed = schema.safeParse(value)
  if (!parsed.success) return { issues: configIssues(schema, parsed.error) }
  const issues: Issue[] = []
  const { include, exclude, annotation, ...rest } = parsed.data
  const config: SelectLogsConfig = {
    ...rest,
    annotation: annotation === OFF ? '' : annotation,
    include: include.map((item, i) => readEntry(item, ['include', i], issues)),
    exclude: exclude.map((item, i) => readEntry(item, ['exclude', i], issues)),
  }
  if (config.optIn && config.annotation === '')
    issues.push({ path: ['optIn'], message: 'needs an annotation to opt in with: annotation is off' })
  return issues.length > 0 ? { issues } : { config, warnings: warningsOf(config) }
}

function readEntry(item: z.infer<typeof entry>, path: Issue['path'], issues: Issue[]): Entry {
  if (Object.keys(item).length === 0)
    issues.push({ path, message: `is empty: write ${Object.keys(entry.shape).join(', ')}` })
  const selectors = SELECTORS.map((key): ReadonlyArray<Requirement> => {
    const written = item[key]
    if (written === undefined) return []
    const parsed = parseSelector(written)
    if ('requirements' in parsed) return parsed.requirements
    issues.push({ path: [...path, key], message: parsed.message })
    return []
  })
  return {
    rule: `${path[0]}[${path[1]}]`,
    condition: Object.entries(item)
      .map(([key, its]) => `${key}: ${Array.isArray(its) ? its.join(', ') : its}`)
      .join('; '),
    namespaces: item.namespaces ?? [],
    workloads: (item.workloads ?? []).map((text, i) => readWorkload(text, [...path, 'workloads', i], issues)),
    podLabels: selectors[0]!,
    namespaceLabels: selectors[1]!,
    attributes: selectors[2]!,
  }
}

function readWorkload(text: string, path: Issue['path'], issues: Issue[]): Entry['workloads'][number] {
  const parts = text.split('/')
  const kind = parts[0]!.toLowerCase()
  if (parts.length !== 2 || parts[1] === '')
    issues.push({ path, message: 'expected kind/name, such as deployment/checkout or */worker-*' })
  else if (kind !== '*' && !WORKLOAD_KINDS.some((known) => known === kind))
    issues.push({ path, message: `unknown kind of workload; known: *, ${WORKLOAD_KINDS.join(', ')}` })
  return { kind, name: parts[1] ?? '' }
}
