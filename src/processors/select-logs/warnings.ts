import type { Issue } from '../processor.ts'
import type { Entry, SelectLogsConfig } from './config.ts'
import type { Requirement } from './selector.ts'

/** What is allowed but hardly meant. An annotation may keep what nothing includes: then not all is dropped. */
export function warningsOf(config: SelectLogsConfig): Issue[] {
  const { annotation, exclude, include, optIn } = config
  if (include.length === 0 && exclude.length === 0 && !optIn && annotation === '')
    return [{ path: [], message: 'selects nothing: it keeps all logs' }]
  const all = exclude.findIndex(matchesEveryPod)
  if (all !== -1)
    return [{ path: ['exclude', all], message: 'drops all logs of Kubernetes: it matches every pod' }]
  const useless = include.flatMap((entry, i): Issue[] => {
    const why = uselessness(entry, exclude)
    return why === undefined ? [] : [{ path: ['include', i], message: `includes nothing: ${why}` }]
  })
  if (annotation !== '' || include.length === 0 || useless.length < include.length) return useless
  return [...useless, { path: [], message: 'drops all logs: nothing is included' }]
}

/** Whether what it asks for is said of all pods: a namespace, a workload (each is one itself). */
function matchesEveryPod({ attributes, namespaceLabels, namespaces, podLabels, workloads }: Entry): boolean {
  if (podLabels.length > 0 || namespaceLabels.length > 0 || attributes.length > 0) return false
  const everyNamespace = namespaces.length === 0 || namespaces.some(isEvery)
  const everyWorkload =
    workloads.length === 0 ||
    workloads.some(({ kind, name }) => (kind === '*' || kind === 'pod') && isEvery(name))
  return everyNamespace && everyWorkload
}

/** Of a pattern: nothing but stars. */
function isEvery(pattern: string): boolean {
  return /^\*+$/.test(pattern)
}

/** Why no resource is kept for an entry; undefined: one may be. */
function uselessness(entry: Entry, exclude: ReadonlyArray<Entry>): string | undefined {
  for (const requirements of [entry.podLabels, entry.namespaceLabels, entry.attributes]) {
    const key = requirements.find(({ key }) => isContradictory(requirements, key))?.key
    if (key !== undefined) return `no resource can have what it asks of ${key}`
  }
  const same = exclude.find(({ condition }) => condition === entry.condition)
  return same && `${same.rule} says the same, and goes before it`
}

/** Whether no value of the label, nor its absence, meets all that is asked of it. */
function isContradictory(all: ReadonlyArray<Requirement>, key: string): boolean {
  const own = all.filter((requirement) => requirement.key === key)
  const named = [undefined, ...own.flatMap(({ values }) => values), otherThan(own)]
  return !named.some((value) => own.every((requirement) => meets(requirement, value)))
}

/** A value that none of them names. */
function otherThan(requirements: ReadonlyArray<Requirement>): string {
  return `${requirements.map(({ values }) => values.join(',')).join(',')},`
}

/** Undefined: without the label. */
function meets({ operator, values }: Requirement, value: string | undefined): boolean {
  if (operator === 'exists') return value !== undefined
  if (operator === 'missing') return value === undefined
  if (operator === 'in') return value !== undefined && values.includes(value)
  return value === undefined || !values.includes(value)
}
