import type { Container, Instance } from '../pods/pod.ts'

/** How the kubelet gives the log of an instance. */
export type Place =
  | 'running'
  /** Ended, and still the one that is given without `previous`. */
  | 'ended'
  | 'previous'
  /** Only the last two are kept. */
  | 'lost'

export function placeOf({ state, current, previous }: Container, id: string): Place {
  if (current?.id === id) {
    if (state === 'running') return 'running'
    // While a restart waits, the kubelet gives the last instance either way; a start in between would change the other.
    return state === 'waiting' && previous?.id === id ? 'previous' : 'ended'
  }
  return previous?.id === id ? 'previous' : 'lost'
}

/** Ids of instances that were read; a container that never stops restarting must not fill memory. */
export class SeenInstances {
  readonly #idsMax = 32
  readonly #ids = new Set<string>()

  add(id: string): void {
    this.#ids.add(id)
    if (this.#ids.size > this.#idsMax) this.#ids.delete(this.#ids.values().next().value!)
  }

  /** The oldest instance that was not read and still can be. */
  next({ current, previous }: Container): Instance | undefined {
    return [previous, current].find((instance) => instance !== undefined && !this.#ids.has(instance.id))
  }
}
