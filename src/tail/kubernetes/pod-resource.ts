import type { Pod } from './pods/pod.ts'

/** The container of a line. `restartCount`: of the instance that wrote it. */
export type ContainerOfLine = { readonly name: string; readonly restartCount?: number }

/** Label keys of pods, and the resource attributes that the collector makes of them. */
export type LabelAttributes = Readonly<Record<string, string>>

/** Loco's, as its collectors are configured; they decide about tenant, environment and app. */
export const LABEL_ATTRIBUTES: LabelAttributes = {
  'loco.io/workspace-id': 'loco.workspace.id',
  'loco.io/environment-id': 'loco.environment.id',
  'loco.io/resource-id': 'loco.resource.id',
}

export type PodResource = Readonly<Record<string, string>>

/**
 * The OTLP resource of a container's lines, as the OpenTelemetry collector sends it: file_log with its container parser,
 * k8s_attributes with the metadata of the Helm chart's preset, and a resource processor for the cluster (docs/operating.md
 * has the table). For containers of which nothing is stored yet: what is stored says better how it is labelled.
 *
 * `clusterName` is k8s.cluster.name; empty: the collectors do not send it.
 */
export function podResource(
  pod: Pod,
  container: ContainerOfLine,
  clusterName: string,
  labelAttributes: LabelAttributes = LABEL_ATTRIBUTES,
): PodResource {
  const resource: Record<string, string> = {}
  const put = (key: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') resource[key] = value
  }
  put('k8s.cluster.name', clusterName)
  put('k8s.namespace.name', pod.namespace)
  put('k8s.pod.name', pod.name)
  put('k8s.pod.uid', pod.uid)
  put('k8s.pod.start_time', pod.createdAt)
  put('k8s.node.name', pod.node)
  put('k8s.container.name', container.name)
  put('k8s.container.restart_count', container.restartCount?.toString())
  for (const [key, value] of workload(pod)) put(key, value)
  for (const [label, attribute] of Object.entries(labelAttributes))
    if (Object.hasOwn(pod.labels, label)) put(attribute, pod.labels[label])
  return resource
}

/** Names of what owns the pod. A controller that Kubernetes does not come with gives none. */
function workload(pod: Pod): ReadonlyArray<readonly [key: string, value: string | undefined]> {
  const { kind, name } = pod.owner ?? { kind: '', name: '' }
  switch (kind) {
    case 'ReplicaSet':
      return [['k8s.deployment.name', deploymentName(name, pod)]]
    case 'StatefulSet':
      return [['k8s.statefulset.name', name]]
    case 'DaemonSet':
      return [['k8s.daemonset.name', name]]
    case 'Job':
      return [
        ['k8s.job.name', name],
        ['k8s.cronjob.name', cronJobName(name, pod)],
      ]
    default:
      return []
  }
}

const TEMPLATE_HASH = 'pod-template-hash'

/** A deployment's controller calls its replica sets `<deployment>-<hash>` and labels their pods with the hash. No name ends in `-`. */
function deploymentName(replicaSet: string, { labels }: Pod): string | undefined {
  const suffix = `-${Object.hasOwn(labels, TEMPLATE_HASH) ? labels[TEMPLATE_HASH] : ''}`
  return replicaSet.endsWith(suffix) ? replicaSet.slice(0, -suffix.length) : undefined
}

const MINUTES_OF_JOB = /^(.+)-(\d{8})$/
const SKEW_MINUTES_MAX = 24 * 60

/** A cron job calls its jobs `<cron job>-<minutes since 1970>`; other numbers, such as dates, are people's. */
function cronJobName(job: string, { createdAt }: Pod): string | undefined {
  const [, name, minutes] = MINUTES_OF_JOB.exec(job) ?? []
  const createdMinutes = Math.floor(Date.parse(createdAt ?? '') / 60_000)
  return Math.abs(createdMinutes - Number(minutes)) <= SKEW_MINUTES_MAX ? name : undefined
}
