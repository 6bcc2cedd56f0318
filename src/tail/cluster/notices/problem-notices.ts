import type { Decision } from '../../kubernetes/access/pod-access.ts'
import type { KubernetesError } from '../../kubernetes/client/error.ts'
import type { Pod } from '../../kubernetes/pods/pod.ts'
import type { Notice } from '../../line.ts'
import type { FeedSink } from '../../source.ts'
import type { FeedContainer } from '../feed-container.ts'

/** Refusals of pods that are told at most; one sentence says it for all pods of a namespace. */
const REFUSALS_MAX = 10

/**
 * Tells viewers why live lines do not come, once for each reason, and when they do again. A container whose stream was cut is
 * no reason until it is seen twice: mostly it is back at once.
 */
export class ProblemNotices {
  readonly #cluster: string
  readonly #sink: FeedSink
  /** By pod. */
  readonly #refusals = new Map<string, string>()
  #retrying = new Map<string, string>()
  #told: string | undefined

  constructor(cluster: string, sink: FeedSink) {
    this.#cluster = cluster
    this.#sink = sink
  }

  /** For viewers that come later. */
  get current(): Notice | undefined {
    return this.#told === undefined ? undefined : this.#notice(this.#told)
  }

  decided({ uid }: Pod, decision: Decision): void {
    if (decision.kind === 'refused') this.refused(uid, decision.reason)
    else if (decision.kind === 'unknown') this.refused(uid, decision.problem)
    else this.#refusals.delete(uid)
  }

  refused(podUid: string, reason: string): void {
    if (this.#refusals.size < REFUSALS_MAX) this.#refusals.set(podUid, reason)
  }

  gone(podUid: string): void {
    this.#refusals.delete(podUid)
  }

  look(problem: KubernetesError | undefined, containers: ReadonlyArray<FeedContainer>): void {
    const retrying = new Map<string, string>()
    for (const { upstream } of containers) {
      const state = upstream?.handle?.state
      if (upstream !== undefined && state?.name === 'retrying') retrying.set(upstream.lane, state.problem)
    }
    const lasting = [...retrying].find(([lane]) => this.#retrying.has(lane))
    this.#retrying = retrying
    const refusals = [...new Set(this.#refusals.values())].join(' ')
    const text = problem?.message ?? lasting?.[1] ?? (refusals === '' ? undefined : refusals)
    if (text === this.#told) return
    this.#told = text
    this.#sink.notice(this.#notice(text))
  }

  #notice(problem: string | undefined): Notice {
    return { kind: 'source', source: 'cluster', cluster: this.#cluster, problem }
  }
}
