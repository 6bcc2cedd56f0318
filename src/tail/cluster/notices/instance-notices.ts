import type { Instance, Pod } from '../../kubernetes/pods/pod.ts'
import type { PodChange } from '../../kubernetes/pods/pod-view.ts'
import { containerLane } from '../../seam/container-lines.ts'
import type { FeedSink } from '../../source.ts'

type Known = { readonly id: string; isRunning: boolean }

/** Tells of containers that start, restart and end. */
export class InstanceNotices {
  readonly #cluster: string
  readonly #sink: FeedSink
  readonly #known = new Map<string, Known>()

  constructor(cluster: string, sink: FeedSink) {
    this.#cluster = cluster
    this.#sink = sink
  }

  /** `isTold`: it came while the feed was running. */
  begin(pod: Pod, name: string, isTold: boolean): void {
    const container = pod.containers.find((one) => one.name === name)
    if (container?.current === undefined) return
    const isRunning = container.state === 'running'
    this.#known.set(containerLane(pod.uid, name), { id: container.current.id, isRunning })
    if (isTold && isRunning) this.#tell('started', pod, name, container.current)
  }

  changed(type: PodChange['type'], pod: Pod, name: string): void {
    const lane = containerLane(pod.uid, name)
    const known = this.#known.get(lane)
    const container = pod.containers.find((one) => one.name === name)
    const current = container?.current
    if (type === 'deleted' || current === undefined) return
    const isRunning = container?.state === 'running'
    if (known?.id === current.id && known.isRunning === isRunning) return
    this.#known.set(lane, { id: current.id, isRunning })
    // An instance that ended between two looks at its pod.
    if (known?.isRunning && (known.id !== current.id || !isRunning))
      this.#tell('ended', pod, name, known.id === current.id ? current : (container?.previous ?? current))
    if (isRunning && known?.id !== current.id) this.#tell('started', pod, name, current)
  }

  /** Nothing will come of the container any more. */
  end(pod: Pod, name: string): void {
    const lane = containerLane(pod.uid, name)
    const known = this.#known.get(lane)
    this.#known.delete(lane)
    const current = pod.containers.find((one) => one.name === name)?.current
    if (known?.isRunning && current !== undefined) this.#tell('ended', pod, name, current)
  }

  #tell(
    event: 'started' | 'ended',
    pod: Pod,
    container: string,
    { restartCount }: Pick<Instance, 'restartCount'>,
  ): void {
    const { namespace, name, uid } = pod
    const who = { cluster: this.#cluster, namespace, pod: name, podUid: uid, container, restartCount }
    this.#sink.notice({ kind: 'pod', event, ...who })
  }
}
