import type { Timers } from '../timers.ts'
import { getNamespace } from './namespace-api.ts'
import type { NamespaceObject, PodObject } from './objects.ts'
import { getPod, listPods, type PodList, type PodScope } from './pod-api.ts'
import { type PodLogOptions, readPodLog } from './pod-log.ts'
import { type PodEvent, watchPods } from './pod-watch.ts'
import { type AccessRequest, type KubernetesUser, reviewAccess, reviewToken } from './reviews.ts'
import type { ClusterTarget } from './target.ts'
import { Transport } from './transport.ts'

/** The few calls that Weir makes to one cluster. Every failure is a `KubernetesError`. */
export type KubernetesClient = {
  readonly cluster: string
  listPods(scope: PodScope, podsMax: number, signal: AbortSignal): Promise<PodList>
  getPod(namespace: string, name: string, signal: AbortSignal): Promise<PodObject | undefined>
  getNamespace(name: string, signal: AbortSignal): Promise<NamespaceObject | undefined>
  /** See `watchPods`: ends when the server ends it, throws `expired` when the version is too old. */
  watchPods(scope: PodScope, resourceVersion: string, signal: AbortSignal): AsyncGenerator<PodEvent>
  /** See `readPodLog`. */
  readLog(options: PodLogOptions): AsyncGenerator<Buffer>
  reviewAccess(request: AccessRequest, signal: AbortSignal): Promise<boolean>
  reviewToken(
    token: string,
    audiences: ReadonlyArray<string>,
    signal: AbortSignal,
  ): Promise<KubernetesUser | undefined>
  /** Ends every call and closes the sockets. */
  close(): Promise<void>
}

export type ClientOptions = {
  readonly timers: Timers
  /** Of [0, 1): spreads retries. */
  readonly random?: () => number
  readonly watchSilenceMsMax?: number
}

const WATCH_SILENCE_MS = 90_000

/** Connects with the first call. */
export function createKubernetesClient(target: ClusterTarget, options: ClientOptions): KubernetesClient {
  const { timers, random = Math.random, watchSilenceMsMax = WATCH_SILENCE_MS } = options
  const transport = new Transport(target, { timers, random })
  return {
    cluster: target.name,
    listPods: (scope, podsMax, signal) => listPods(transport, scope, podsMax, signal),
    getPod: (namespace, name, signal) => getPod(transport, namespace, name, signal),
    getNamespace: (name, signal) => getNamespace(transport, name, signal),
    watchPods: (scope, resourceVersion, signal) =>
      watchPods(transport, {
        scope,
        resourceVersion,
        timers,
        random,
        silenceMsMax: watchSilenceMsMax,
        signal,
      }),
    readLog: (log) => readPodLog(transport, log, timers),
    reviewAccess: (request, signal) => reviewAccess(transport, request, signal),
    reviewToken: (token, audiences, signal) => reviewToken(transport, token, audiences, signal),
    close: () => transport.close(),
  }
}
