import type { Pod } from './pod.ts'

/** What is known about the pods of a scope, and what changes. */
export type PodView = {
  /** Resolves when the pods were listed for the first time; never rejects, since listing is repeated. */
  readonly listed: Promise<void>
  find(uid: string): Pod | undefined
  pods(): Iterable<Pod>
  /** Calls `listener` after every change, until the returned function is called. It must not throw. */
  subscribe(listener: (change: PodChange) => void): () => void
  /** Asks the API server about one pod and takes the answer in. Throws a `KubernetesError`. */
  refresh(pod: PodIdentity, signal: AbortSignal): Promise<Pod | undefined>
}

export type PodIdentity = { readonly uid: string; readonly namespace: string; readonly name: string }

export type PodChange =
  | { readonly type: 'changed'; readonly pod: Pod }
  /** As it was last known. */
  | { readonly type: 'deleted'; readonly pod: Pod }

/** Resolves after the next change of this pod, or when the signal is aborted. */
export function nextChange(view: PodView, uid: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      unsubscribe()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const unsubscribe = view.subscribe(({ pod }) => {
      if (pod.uid === uid) done()
    })
    signal.addEventListener('abort', done, { once: true })
  })
}
