import { type Backoff, backoffMs } from '../backoff.ts'
import type { ContainerRef } from '../contract.ts'
import { nextChange } from '../pods/pod-view.ts'
import { delay } from '../timers.ts'
import { type Place, placeOf } from './instances.ts'
import type { ClusterDeps } from './options.ts'

const BACKOFF: Backoff = { firstMs: 50, maxMs: 30_000 }

/** What the pod's status says about one instance, and pauses that end when it says something new. */
export class InstanceWatch {
  readonly #ref: ContainerRef
  readonly #id: string
  readonly #deps: ClusterDeps
  readonly #signal: AbortSignal
  #failures = 0

  constructor(ref: ContainerRef, id: string, deps: ClusterDeps, signal: AbortSignal) {
    this.#ref = ref
    this.#id = id
    this.#deps = deps
    this.#signal = signal
  }

  /** Pauses since the last success. */
  get failures(): number {
    return this.#failures
  }

  succeeded(): void {
    this.#failures = 0
  }

  get podIsGone(): boolean {
    return this.#deps.view.find(this.#ref.podUid) === undefined
  }

  get place(): Place {
    const pod = this.#deps.view.find(this.#ref.podUid)
    const container = pod?.containers.find(({ name }) => name === this.#ref.container)
    return container === undefined ? 'lost' : placeOf(container, this.#id)
  }

  /** Asks the API server. Never rejects: then the view is as old as it was, and whoever keeps it up says why. */
  async refresh(): Promise<void> {
    const { podUid: uid, namespace, pod: name } = this.#ref
    await this.#deps.view.refresh({ uid, namespace, name }, this.#signal).catch(() => undefined)
  }

  /** Calls back when the instance does not run (any more), also at once. */
  onEnd(run: () => void): () => void {
    const look = (): void => {
      if (this.place !== 'running') run()
    }
    const unsubscribe = this.#deps.view.subscribe(({ pod }) => {
      if (pod.uid === this.#ref.podUid) look()
    })
    look()
    return unsubscribe
  }

  /** Waits until the pod changes, at most `delayMs`, or what the failures so far call for. */
  async pause(delayMs?: number): Promise<void> {
    const { timers, random, view } = this.#deps
    const over = new AbortController()
    const signal = AbortSignal.any([this.#signal, over.signal])
    const pauseMs = delayMs ?? backoffMs(BACKOFF, this.#failures++, random)
    const changed = nextChange(view, this.#ref.podUid, signal)
    await Promise.race([delay(timers, 'backoff', pauseMs, signal), changed])
    over.abort()
  }

  /** Waits as long as the API server asked for, whatever happens meanwhile. */
  async obey(retryAfterMs: number): Promise<void> {
    this.#failures++
    await delay(this.#deps.timers, 'backoff', retryAfterMs, this.#signal)
  }
}
