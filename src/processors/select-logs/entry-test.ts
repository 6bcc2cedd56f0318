import type { Batch } from '../../otlp/batch.ts'
import { RESOURCE } from '../../otlp/slots.ts'
import { findAttribute, ValueText } from '../attribute-rows.ts'
import { equalRanges } from '../ottl/byte-search.ts'
import { matchesByteGlob } from './byte-glob.ts'
import { type Entry, WORKLOAD_KINDS } from './config.ts'
import type { Requirement } from './selector.ts'

/** What is asked about one resource of a batch. */
export type ResourceTest = (batch: Batch, resource: number) => boolean

/** The collector's k8s_attributes calls them `labels`, the semantic conventions `label`. */
const POD_LABEL = ['k8s.pod.label.', 'k8s.pod.labels.']
const NAMESPACE_LABEL = ['k8s.namespace.label.', 'k8s.namespace.labels.']
const ANNOTATIONS = [
  ['k8s.pod.annotation.', 'k8s.pod.annotations.'],
  ['k8s.namespace.annotation.', 'k8s.namespace.annotations.'],
]

const value = new ValueText()

/** Whether an entry speaks of a resource. Allocates nothing as long as the attributes are strings. */
export function entryTest(entry: Entry): ResourceTest {
  const tests: ResourceTest[] = [
    ...(entry.namespaces.length > 0 ? [globTest(['k8s.namespace.name'], entry.namespaces)] : []),
    ...(entry.workloads.length > 0 ? [workloadTest(entry.workloads)] : []),
    ...entry.podLabels.map((requirement) => requirementTest(POD_LABEL, requirement)),
    ...entry.namespaceLabels.map((requirement) => requirementTest(NAMESPACE_LABEL, requirement)),
    ...entry.attributes.map((requirement) => requirementTest([''], requirement)),
  ]
  return (batch, resource) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i]!(batch, resource)) return false
    return true
  }
}

export const Choice = { none: 0, yes: 1, no: 2 } as const
export type Choice = (typeof Choice)[keyof typeof Choice]

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

/** What the annotation of a resource's pod says, else that of its namespace. Other values than true and false say nothing. */
export function annotationOf(annotation: string): (batch: Batch, resource: number) => Choice {
  const finds = ANNOTATIONS.map((prefixes) => finder(prefixes.map((prefix) => prefix + annotation)))
  return (batch, resource) => {
    for (let i = 0; i < finds.length; i++) {
      if (!finds[i]!(batch, resource)) continue
      if (isValue(TRUE)) return Choice.yes
      if (isValue(FALSE)) return Choice.no
    }
    return Choice.none
  }
}

/** To be called after each batch: lets go of its bytes. */
export function letGo(): void {
  value.clear()
}

/** Points `value` at the first of these attributes that the resource has. */
function finder(names: ReadonlyArray<string>): ResourceTest {
  const keys = names.map((name) => Buffer.from(name))
  return (batch, resource) => {
    const { data } = batch.resources
    const first = data[resource * RESOURCE.stride + RESOURCE.attributesFirst]!
    const count = data[resource * RESOURCE.stride + RESOURCE.attributesCount]!
    for (let i = 0; i < keys.length; i++) {
      const base = findAttribute(batch, first, count, keys[i]!)
      if (base < 0) continue
      value.read(batch, base)
      return true
    }
    return false
  }
}

function isValue(text: Uint8Array): boolean {
  return equalRanges(value.bytes, value.start, value.end, text, 0, text.length)
}

function globTest(names: ReadonlyArray<string>, patterns: ReadonlyArray<string>): ResourceTest {
  const find = finder(names)
  const globs = patterns.map((pattern) => Buffer.from(pattern))
  return (batch, resource) => {
    if (!find(batch, resource)) return false
    for (let i = 0; i < globs.length; i++)
      if (matchesByteGlob(globs[i]!, value.bytes, value.start, value.end)) return true
    return false
  }
}

/** A pod has several: its own name, its replica set, its deployment. One of them is enough. */
function workloadTest(workloads: Entry['workloads']): ResourceTest {
  const tests = workloads.flatMap(({ kind, name }) =>
    (kind === '*' ? WORKLOAD_KINDS : [kind]).map((one) => globTest([`k8s.${one}.name`], [name])),
  )
  return (batch, resource) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(batch, resource)) return true
    return false
  }
}

/** As in Kubernetes, `!=` and `notin` hold where the label is missing. */
function requirementTest(prefixes: ReadonlyArray<string>, requirement: Requirement): ResourceTest {
  const { key, operator } = requirement
  const find = finder(prefixes.map((prefix) => prefix + key))
  if (operator === 'exists') return find
  if (operator === 'missing') return (batch, resource) => !find(batch, resource)
  const values = requirement.values.map((text) => Buffer.from(text))
  const wanted = operator === 'in'
  return (batch, resource) => {
    if (!find(batch, resource)) return !wanted
    for (let i = 0; i < values.length; i++) if (isValue(values[i]!)) return wanted
    return !wanted
  }
}
