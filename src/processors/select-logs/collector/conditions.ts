import { type Entry, type SelectLogsConfig, WORKLOAD_KINDS } from '../config.ts'
import type { Requirement } from '../selector.ts'

/**
 * `select_logs` in the words of the collector's filter processor: OTTL conditions on the resource, of which each drops. Which
 * attributes they read is what `extractionOf` asks the collector for.
 */

/** Of a pattern: `*` stands for any characters, `?` for one. */
const SPECIAL = /[\\^$.*+?()[\]{}|]/g

function regexOf(pattern: string): string {
  return pattern.replace(SPECIAL, (character) =>
    character === '*' ? '.*' : character === '?' ? '.' : `\\${character}`,
  )
}

const quoted = (text: string): string => JSON.stringify(text)
const attribute = (key: string): string => `resource.attributes[${quoted(key)}]`

/** All of them; an entry that asks for nothing speaks of everything. */
const all = (parts: ReadonlyArray<string>): string => (parts.length === 0 ? 'true' : parts.join(' and '))
const any = (parts: ReadonlyArray<string>): string =>
  parts.length === 1 ? parts[0]! : `(${parts.join(' or ')})`

function matches(key: string, patterns: ReadonlyArray<string>): string {
  return `IsMatch(${attribute(key)}, ${quoted(`(?s)^(?:${patterns.map(regexOf).join('|')})$`)})`
}

function workloads(list: Entry['workloads']): string {
  return any(
    list.flatMap(({ kind, name }) =>
      (kind === '*' ? WORKLOAD_KINDS : [kind]).map((one) => matches(`k8s.${one}.name`, [name])),
    ),
  )
}

/** As in Kubernetes, `!=` and `notin` hold where the label is missing: nil equals no text. */
function requirement(prefix: string, { key, operator, values }: Requirement): string {
  const label = attribute(prefix + key)
  switch (operator) {
    case 'exists':
      return `${label} != nil`
    case 'missing':
      return `${label} == nil`
    case 'in':
      return any(values.map((value) => `${label} == ${quoted(value)}`))
    case 'notin':
      return all(values.map((value) => `${label} != ${quoted(value)}`))
  }
}

function entry({ namespaces, workloads: list, podLabels, namespaceLabels, attributes }: Entry): string {
  return all([
    ...(namespaces.length > 0 ? [matches('k8s.namespace.name', namespaces)] : []),
    ...(list.length > 0 ? [workloads(list)] : []),
    ...podLabels.map((one) => requirement('k8s.pod.label.', one)),
    ...namespaceLabels.map((one) => requirement('k8s.namespace.label.', one)),
    ...attributes.map((one) => requirement('', one)),
  ])
}

/** What an owner says: the pod's annotation, and that of its namespace where the pod's says neither true nor false. */
function says(annotation: string, choice: 'true' | 'false'): string {
  const pod = attribute(`k8s.pod.annotation.${annotation}`)
  const namespace = attribute(`k8s.namespace.annotation.${annotation}`)
  const other = choice === 'true' ? 'false' : 'true'
  return `(${pod} == "${choice}" or (${pod} != "${other}" and ${namespace} == "${choice}"))`
}

/** Conditions of which each drops a resource: together what `select_logs` drops, no more and no less. */
export function dropConditions({ include, exclude, annotation, optIn }: SelectLogsConfig): string[] {
  const kept = [
    ...(annotation === '' ? [] : [says(annotation, 'true')]),
    ...include.map((one) => `(${entry(one)})`),
  ]
  return [
    ...(annotation === '' ? [] : [says(annotation, 'false')]),
    ...exclude.map(entry),
    ...(include.length > 0 || optIn ? [`not (${kept.join(' or ')})`] : []),
  ]
}
