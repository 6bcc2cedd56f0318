import { LRUCache } from 'lru-cache'
import { KubernetesError } from '../client/error.ts'
import type { KubernetesUser } from '../client/reviews.ts'
import type { PodAccessParts } from './pod-access.ts'
import type { Labels } from './pod-tenant.ts'

type Question = { readonly cluster: string; readonly namespace: string }
type Review = Question & { readonly user: KubernetesUser }

/** For the cache, which keeps no `undefined`. */
const GONE = Symbol('there is no such namespace')

/**
 * What clusters say, each question asked once at a time and believed for `cacheMs` and no longer, since revoking must work.
 * Failures are not kept. Rejects with a `KubernetesError`.
 */
export class AccessCaches {
  readonly #namespaces: LRUCache<string, Labels | typeof GONE, Question>
  readonly #reviews: LRUCache<string, boolean, Review>
  readonly #clusters: PodAccessParts['clusters']

  constructor({ access, clusters, steadyMs }: PodAccessParts) {
    const { cacheMs: ttl, cacheEntriesMax: max } = access
    const options = { max, ttl, ttlResolution: 0, perf: { now: steadyMs } }
    this.#clusters = clusters
    this.#namespaces = new LRUCache({
      ...options,
      fetchMethod: (_key, _stale, { signal, context }) => this.#askNamespace(context, signal),
    })
    this.#reviews = new LRUCache({
      ...options,
      fetchMethod: (_key, _stale, { signal, context }) => this.#askReview(context, signal),
    })
  }

  /** Undefined if there is no such namespace. */
  async namespaceLabels(cluster: string, namespace: string): Promise<Labels | undefined> {
    const key = JSON.stringify([cluster, namespace])
    const labels = await this.#namespaces.forceFetch(key, { context: { cluster, namespace } })
    return labels === GONE ? undefined : labels
  }

  mayReadLogs(cluster: string, namespace: string, user: KubernetesUser): Promise<boolean> {
    const key = JSON.stringify([cluster, namespace, user])
    return this.#reviews.forceFetch(key, { context: { cluster, namespace, user } })
  }

  async #askNamespace({ cluster, namespace }: Question, signal: AbortSignal): Promise<Labels | typeof GONE> {
    const found = await this.#client(cluster).getNamespace(namespace, signal)
    return found === undefined ? GONE : (found.metadata.labels ?? {})
  }

  #askReview({ cluster, namespace, user }: Review, signal: AbortSignal): Promise<boolean> {
    const request = { user, verb: 'get', resource: 'pods', subresource: 'log', namespace }
    return this.#client(cluster).reviewAccess(request, signal)
  }

  #client(cluster: string) {
    const client = this.#clusters.get(cluster)
    if (client === undefined) throw new KubernetesError('bad_config', `There is no cluster "${cluster}".`)
    return client
  }
}
