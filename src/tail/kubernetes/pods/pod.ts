import type { ContainerStateObject, ContainerStatusObject, PodObject } from '../client/objects.ts'

/** A pod as far as the tail needs it: who it is, what labels it, and which container instances it has and had. */
export type Pod = {
  readonly cluster: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** As the API server wrote it: RFC 3339, whole seconds. */
  readonly createdAt: string | undefined
  /** Empty until it is scheduled. */
  readonly node: string
  readonly labels: Readonly<Record<string, string>>
  /** The controller that owns it, such as a ReplicaSet. */
  readonly owner: { readonly kind: string; readonly name: string } | undefined
  /** No container will run (again). */
  readonly ended: boolean
  /** Init containers, containers, ephemeral containers, as the specification orders them. */
  readonly containers: ReadonlyArray<Container>
}

/** One container of a pod, over all its restarts. */
export type Container = {
  readonly name: string
  readonly kind: 'container' | 'init' | 'ephemeral'
  readonly state: 'waiting' | 'running' | 'terminated'
  /** The newest instance whose log the kubelet gives without `previous`; undefined before the first start. */
  readonly current: Instance | undefined
  /** The instance before it, with `previous`. While a restart waits, it is the same as `current`. */
  readonly previous: Instance | undefined
}

/** One run of a container: its id is new after every restart. */
export type Instance = {
  /** As the runtime gave it: `containerd://…`. */
  readonly id: string
  readonly restartCount: number
  /** Whole seconds since the epoch by the node's clock, if known. */
  readonly startedSeconds: number | undefined
  readonly finishedSeconds: number | undefined
}

export function podOf(cluster: string, { metadata, spec, status }: PodObject): Pod {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  return {
    cluster,
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? undefined,
    node: spec.nodeName ?? '',
    labels: metadata.labels ?? {},
    owner: owner === undefined ? undefined : { kind: owner.kind, name: owner.name },
    ended: status?.phase === 'Succeeded' || status?.phase === 'Failed',
    containers: [
      ...containers('init', spec.initContainers, status?.initContainerStatuses),
      ...containers('container', spec.containers, status?.containerStatuses),
      ...containers('ephemeral', spec.ephemeralContainers, status?.ephemeralContainerStatuses),
    ],
  }
}

function containers(
  kind: Container['kind'],
  specs: ReadonlyArray<{ readonly name: string }> | null | undefined,
  statuses: ReadonlyArray<ContainerStatusObject> | null | undefined,
): Container[] {
  return (specs ?? []).map(({ name }) => {
    const status = statuses?.find((one) => one.name === name)
    const previous = terminated(status?.lastState, previousCount(status))
    return { name, kind, state: stateOf(status), current: currentOf(status, previous), previous }
  })
}

/** Between two runs the status still has id and count of the run that ended. */
function previousCount(status: ContainerStatusObject | undefined): number {
  const count = status?.restartCount ?? 0
  return status?.containerID === status?.lastState?.terminated?.containerID ? count : count - 1
}

function stateOf(status: ContainerStatusObject | undefined): Container['state'] {
  if (status?.state?.running) return 'running'
  return status?.state?.terminated ? 'terminated' : 'waiting'
}

/** Which instance the kubelet picks: the running one, else the one that ended last (`validateContainerLogStatus`). */
function currentOf(
  status: ContainerStatusObject | undefined,
  previous: Instance | undefined,
): Instance | undefined {
  const restartCount = status?.restartCount ?? 0
  const running = status?.state?.running
  if (running && status?.containerID)
    return {
      id: status.containerID,
      restartCount,
      startedSeconds: seconds(running.startedAt),
      finishedSeconds: undefined,
    }
  return terminated(status?.state, restartCount) ?? previous
}

function terminated(
  state: ContainerStateObject | null | undefined,
  restartCount: number,
): Instance | undefined {
  const end = state?.terminated
  if (!end?.containerID) return undefined
  return {
    id: end.containerID,
    restartCount: Math.max(0, restartCount),
    startedSeconds: seconds(end.startedAt),
    finishedSeconds: seconds(end.finishedAt),
  }
}

function seconds(time: string | null | undefined): number | undefined {
  const ms = time ? Date.parse(time) : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}
