import type { Issue } from '../processor.ts'
import type { Entry, SelectLogsConfig } from './config.ts'
import type { Requirement } from './selector.ts'

/** What is allowed but hardly meant. An annotation may keep what nothing includes: then not all is dropped. */
export function warningsOf(config: SelectLogsConfig): Issue[] {
  const { annotation, exclude, include, optIn } = config
  if (include.length === 0 && exclude.length === 0 && !optIn && annotation === '')
    return [{ path: [], message: 'selects nothing: it keeps all logs' }]
  const useless = include.flatMap((entry, i): Issue[] => {
    const why = uselessness(entry, exclude)
    return why === undefined ? [] : [{ path: ['include', i], message: `includes nothing: ${why}` }]
  })
  if (annotation !== '' || include.length === 0 || useless.length < include.length) return useless
  return [...useless, { path: [], message: 'drops all logs: nothing is included' }]
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
