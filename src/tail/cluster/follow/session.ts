import type { KubernetesClient } from '../../kubernetes/client/client.ts'
import type { KubernetesError } from '../../kubernetes/client/error.ts'
import { WatchedPods } from '../../kubernetes/pods/watch-pods.ts'
import { createKubernetesTail, type KubernetesTail } from '../../kubernetes/tail-source.ts'
import type { TailOptions } from '../../kubernetes/tailer/options.ts'
import { systemTimers } from '../../kubernetes/timers.ts'
import { Upstreams } from './upstreams.ts'

export type SessionOptions = {
  /** All of the cluster without it. */
  readonly namespace?: string | undefined
  readonly podsMax: number
  readonly ringBytesMax: number
  readonly lingerMs: number
  readonly tail: Partial<TailOptions>
  /** For the log, with its detail. */
  readonly onProblem: (error: KubernetesError) => void
}

/** Pods and containers of a cluster, while somebody follows any: nothing is listed, watched or read otherwise. */
export class Session {
  readonly view: WatchedPods
  readonly upstreams: Upstreams
  readonly #tail: KubernetesTail

  constructor(client: KubernetesClient, options: SessionOptions) {
    const { namespace, podsMax, ringBytesMax, lingerMs, tail, onProblem } = options
    const scope = namespace === undefined ? {} : { namespace }
    this.view = new WatchedPods(client, { scope, podsMax, timers: systemTimers, onProblem })
    this.#tail = createKubernetesTail({
      clusters: [{ client, view: this.view }],
      options: tail,
      onProblem: (_container, error) => onProblem(error),
    })
    this.upstreams = new Upstreams({ tail: this.#tail, ringBytesMax, lingerMs })
    this.view.start()
  }

  async stop(): Promise<void> {
    this.upstreams.stop()
    await this.#tail.stop()
    await this.view.stop()
  }
}
