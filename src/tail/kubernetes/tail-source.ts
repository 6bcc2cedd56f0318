import type { KubernetesClient } from './client/client.ts'
import { errorText, KubernetesError } from './client/error.ts'
import {
  type ContainerRef,
  type ContainerTails,
  type DoneReason,
  type FollowOptions,
  type TailHandle,
  TailRefusal,
  type TailSink,
} from './contract.ts'
import type { PodView } from './pods/pod-view.ts'
import { ContainerTail } from './tailer/container-tail.ts'
import { Emitter } from './tailer/emitter.ts'
import { TailLimits } from './tailer/limits.ts'
import { type ClusterDeps, TAIL_DEFAULTS, type TailOptions } from './tailer/options.ts'
import { systemTimers, type Timers } from './timers.ts'

export type TailedCluster = {
  readonly client: KubernetesClient
  /** Must know every pod that is followed. */
  readonly view: PodView
}

export type KubernetesTailOptions = {
  /** By `client.cluster`. */
  readonly clusters: ReadonlyArray<TailedCluster>
  readonly options?: Partial<TailOptions>
  readonly timers?: Timers
  /** Of [0, 1). */
  readonly random?: () => number
  /** What went wrong, with its detail, for the log. Never a line of a container's. */
  readonly onProblem?: (container: ContainerRef, error: KubernetesError) => void
}

export type KubernetesTail = ContainerTails & {
  /** Ends every follow. The clients and views belong to whoever made them. */
  stop(): Promise<void>
}

const LAST_LINES_MAX = 10_000

/** The tail of the pod logs of some clusters. */
export function createKubernetesTail(given: KubernetesTailOptions): KubernetesTail {
  const options: TailOptions = { ...TAIL_DEFAULTS, ...given.options }
  const { timers = systemTimers, random = Math.random, onProblem = () => undefined } = given
  const clusters = new Map<string, ClusterDeps>()
  for (const { client, view } of given.clusters)
    clusters.set(client.cluster, {
      client,
      view,
      limits: new TailLimits(options, timers),
      options,
      timers,
      random,
      onProblem,
    })
  const handles = new Set<TailHandle>()
  return {
    follow(container: ContainerRef, { start }: FollowOptions, sink: TailSink): TailHandle {
      const deps = clusters.get(container.cluster)
      if (deps === undefined) throw new TailRefusal(`There is no cluster "${container.cluster}".`)
      if (handles.size >= options.containersMax)
        throw new TailRefusal(
          `${options.containersMax} containers are followed already, the most that is allowed; narrow the query.`,
        )
      if (start.from === 'last' && !(start.lines >= 1 && start.lines <= LAST_LINES_MAX))
        throw new TailRefusal(`The last lines to begin with are 1 to ${LAST_LINES_MAX}.`)
      const stopping = new AbortController()
      const emitter = new Emitter(sink)
      const tail = new ContainerTail(container, start, deps, emitter, stopping.signal)
      const run = async (): Promise<void> => {
        let reason: DoneReason = 'failed'
        try {
          reason = await tail.run()
        } catch (error) {
          const detail = errorText(error)
          onProblem(
            container,
            new KubernetesError('aborted', 'BUG: the tail of a container ended.', { detail }),
          )
        }
        emitter.become({ name: 'done', reason })
      }
      const handle: TailHandle = {
        container,
        get state() {
          return emitter.state
        },
        stop: () => stopping.abort(),
        done: run().finally(() => handles.delete(handle)),
      }
      handles.add(handle)
      return handle
    },
    async stop() {
      const all = [...handles]
      for (const handle of all) handle.stop()
      await Promise.all(all.map(({ done }) => done))
    },
  }
}
