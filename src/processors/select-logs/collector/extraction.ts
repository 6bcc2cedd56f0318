import type { SelectLogsConfig } from '../config.ts'
import type { Requirement } from '../selector.ts'

type Field = { readonly tag_name: string; readonly key: string; readonly from: 'pod' | 'namespace' }

/** `extract` of the collector's k8s_attributes. */
export type Extraction = {
  readonly metadata: ReadonlyArray<string>
  readonly labels: ReadonlyArray<Field>
  readonly annotations: ReadonlyArray<Field>
}

/** What Weir stores of a pod in any case; the names of workloads, by which entries select and apps are told apart. */
const METADATA = [
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'k8s.node.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
  'k8s.replicaset.name',
]

/** Set by the receiver, from the file's path. */
const BY_RECEIVER = ['k8s.container.name', 'k8s.container.restart_count']

/** What else k8s_attributes can be asked for by its name. */
const ON_DEMAND = ['k8s.pod.start_time', 'k8s.pod.ip', 'k8s.node.uid', 'k8s.cluster.uid', 'service.name']

function fields(
  prefix: string,
  from: Field['from'],
  requirements: ReadonlyArray<Requirement>,
): ReadonlyArray<Field> {
  const keys = [...new Set(requirements.map(({ key }) => key))]
  return keys.map((key) => ({ tag_name: `${prefix}${key}`, key, from }))
}

/** What the conditions of these read, no label more: every one of them is stored with the resource. */
export function extractionOf(selects: ReadonlyArray<SelectLogsConfig>): Extraction {
  const entries = selects.flatMap(({ include, exclude }) => [...include, ...exclude])
  const asked = entries.flatMap(({ attributes }) => attributes.map(({ key }) => key))
  const annotations = [...new Set(selects.map(({ annotation }) => annotation))].filter((key) => key !== '')
  return {
    metadata: [...METADATA, ...ON_DEMAND.filter((name) => asked.includes(name))],
    labels: [
      ...fields(
        'k8s.pod.label.',
        'pod',
        entries.flatMap(({ podLabels }) => podLabels),
      ),
      ...fields(
        'k8s.namespace.label.',
        'namespace',
        entries.flatMap(({ namespaceLabels }) => namespaceLabels),
      ),
    ],
    annotations: annotations.flatMap((key): Field[] => [
      { tag_name: `k8s.pod.annotation.${key}`, key, from: 'pod' },
      { tag_name: `k8s.namespace.annotation.${key}`, key, from: 'namespace' },
    ]),
  }
}

/** Attributes that entries ask about and this collector sets on nothing: there they are missing. */
export function unsetAttributes(selects: ReadonlyArray<SelectLogsConfig>): string[] {
  const { metadata, labels, annotations } = extractionOf(selects)
  const set = new Set([
    ...metadata,
    ...BY_RECEIVER,
    ...[...labels, ...annotations].map(({ tag_name }) => tag_name),
  ])
  const entries = selects.flatMap(({ include, exclude }) => [...include, ...exclude])
  const asked = entries.flatMap(({ attributes }) => attributes.map(({ key }) => key))
  return [...new Set(asked)].filter((key) => !set.has(key))
}
