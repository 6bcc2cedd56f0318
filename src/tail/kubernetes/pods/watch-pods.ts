import { type Backoff, backoffMs } from '../backoff.ts'
import type { KubernetesClient } from '../client/client.ts'
import { KubernetesError } from '../client/error.ts'
import type { PodScope } from '../client/pod-api.ts'
import { delay, type Timers } from '../timers.ts'
import type { Pod } from './pod.ts'
import { PodStore } from './pod-store.ts'
import type { PodChange, PodIdentity, PodView } from './pod-view.ts'

export type WatchPodsOptions = {
  readonly scope: PodScope
  readonly podsMax: number
  readonly timers: Timers
  readonly random?: () => number
  /** What went wrong, with its detail, for the log. */
  readonly onProblem?: (error: KubernetesError) => void
}

const BACKOFF: Backoff = { firstMs: 500, maxMs: 30_000 }

/** Lists the pods of a scope and follows their changes until stopped, whatever the API server does meanwhile. */
export class WatchedPods implements PodView {
  readonly listed: Promise<void>
  readonly #client: KubernetesClient
  readonly #options: WatchPodsOptions
  readonly #store: PodStore
  readonly #stopping = new AbortController()
  #listedOnce!: () => void
  #running: Promise<void> | undefined
  #failures = 0
  #problem: KubernetesError | undefined

  constructor(client: KubernetesClient, options: WatchPodsOptions) {
    this.#client = client
    this.#options = options
    this.#store = new PodStore(client.cluster, options.podsMax)
    this.listed = new Promise((resolve) => {
      this.#listedOnce = resolve
    })
  }

  /** Why the view may be old, while it can't be kept up; its message is for users. */
  get problem(): KubernetesError | undefined {
    return this.#problem
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#listedOnce()
    await this.#running
  }

  find(uid: string): Pod | undefined {
    return this.#store.find(uid)
  }

  pods(): Iterable<Pod> {
    return this.#store.pods()
  }

  subscribe(listener: (change: PodChange) => void): () => void {
    return this.#store.subscribe(listener)
  }

  async refresh({ uid, namespace, name }: PodIdentity, signal: AbortSignal): Promise<Pod | undefined> {
    const object = await this.#client.getPod(namespace, name, signal)
    if (object?.metadata.uid === uid) this.#store.put(object)
    else this.#store.remove(uid)
    return this.#store.find(uid)
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#listAndWatch(signal)
      } catch (error) {
        if (!(error instanceof KubernetesError)) throw error
        // A version that is too old is the way of things: list again at once, but not for ever at once.
        if (error.code === 'expired' && this.#failures === 0) this.#failures++
        else await this.#pause(error, signal)
      }
    }
  }

  /** Until a list is needed again. */
  async #listAndWatch(signal: AbortSignal): Promise<void> {
    const { scope, podsMax } = this.#options
    const { pods, resourceVersion } = await this.#client.listPods(scope, podsMax, signal)
    this.#store.replace(pods)
    this.#problem = undefined
    this.#listedOnce()
    let version = resourceVersion
    while (!signal.aborted) version = await this.#watch(version, signal)
  }

  /** One watch. Returns the version to go on from. */
  async #watch(from: string, signal: AbortSignal): Promise<string> {
    let version = from
    try {
      for await (const event of this.#client.watchPods(this.#options.scope, from, signal)) {
        this.#problem = undefined
        this.#failures = 0
        version = event.resourceVersion
        if (event.type === 'deleted') this.#store.remove(event.pod.metadata.uid)
        else if (event.type === 'changed' && !this.#store.put(event.pod)) throw this.#full()
      }
    } catch (error) {
      if (!(error instanceof KubernetesError) || !error.retryable) throw error
      if (version === from) await this.#pause(error, signal)
      return version
    }
    // A server that ends every watch at once is not asked in a tight loop.
    if (version === from) await delay(this.#options.timers, 'backoff', this.#backoffMs(), signal)
    return version
  }

  async #pause(error: KubernetesError, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    this.#problem = error
    this.#options.onProblem?.(error)
    await delay(this.#options.timers, 'backoff', error.retryAfterMs ?? this.#backoffMs(), signal)
  }

  #backoffMs(): number {
    return backoffMs(BACKOFF, this.#failures++, this.#options.random ?? Math.random)
  }

  #full(): KubernetesError {
    const { podsMax } = this.#options
    return new KubernetesError(
      'too_large',
      `Cluster "${this.#client.cluster}": there are more than ${podsMax} pods to watch; narrow the selector.`,
    )
  }
}
