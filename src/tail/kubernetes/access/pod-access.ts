import type { PodAccessConfig } from '../../../config/pod-access.ts'
import type { Config } from '../../../config/schema.ts'
import type { Caller } from '../../../tenancy/caller.ts'
import type { KubernetesClient } from '../client/client.ts'
import { errorText, KubernetesError } from '../client/error.ts'
import type { Pod } from '../pods/pod.ts'
import { AccessCaches } from './caches.ts'
import { kubernetesUser } from './kubernetes-user.ts'
import { type NamespaceOfPod, type PodTenant, podTenant } from './pod-tenant.ts'

export type Decision =
  | { readonly kind: 'follow'; readonly tenantId: string }
  /** As far as the reader may know, there is no such pod: nothing may be told of it. `isGone`: its namespace is. */
  | { readonly kind: 'absent'; readonly isGone: boolean }
  /** The pod is the reader's, but the cluster does not let it read the log; `reason` is a sentence for the reader. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It can't be found out now. What is followed goes on; nothing begins. `problem` is a sentence for users. */
  | { readonly kind: 'unknown'; readonly problem: string }

export type PodAccessParts = {
  readonly tenancy: Pick<Config['tenancy'], 'mode' | 'namespacePattern'>
  readonly access: PodAccessConfig
  /** By name. */
  readonly clusters: ReadonlyMap<string, Pick<KubernetesClient, 'getNamespace' | 'reviewAccess'>>
  /** Milliseconds that nobody sets back. */
  readonly steadyMs: () => number
  /** What could not be asked, with its detail, for the log. */
  readonly onProblem: (error: KubernetesError) => void
}

const ABSENT: Decision = { kind: 'absent', isGone: false }
const GONE: Decision = { kind: 'absent', isGone: true }

/** Who may follow which pod. One for all clusters; nothing is asked before somebody wants to follow. */
export class PodAccess {
  readonly #parts: PodAccessParts
  readonly #caches: AccessCaches
  readonly tenantOf: PodTenant

  constructor(parts: PodAccessParts) {
    this.#parts = parts
    this.#caches = new AccessCaches(parts)
    this.tenantOf = podTenant(parts.tenancy, parts.access)
  }

  /** Readers of one key may be shown the same pods of the same tenants. */
  keyOf(caller: Caller): string {
    if (!this.#parts.access.subjectAccessReview) return ''
    return JSON.stringify(kubernetesUser(caller, this.#parts.access) ?? null)
  }

  /** Whether lines of this pod may be told to a caller that reads these tenants. Never rejects. */
  async mayFollow(tenantIds: ReadonlyArray<string>, caller: Caller, pod: Pod): Promise<Decision> {
    try {
      const namespace = await this.#namespaceOf(pod)
      if (namespace === undefined) return GONE
      const tenantId = this.tenantOf(namespace, pod)
      if (tenantId === undefined || !tenantIds.includes(tenantId)) return ABSENT
      return (await this.#review(caller, pod)) ?? { kind: 'follow', tenantId }
    } catch (error) {
      const known =
        error instanceof KubernetesError
          ? error
          : new KubernetesError('server', 'Access can not be checked now.', { detail: errorText(error) })
      this.#parts.onProblem(known)
      return { kind: 'unknown', problem: known.message }
    }
  }

  /** A namespace is asked for only where its labels can decide. */
  async #namespaceOf({ cluster, namespace: name }: Pod): Promise<NamespaceOfPod | undefined> {
    const { tenancy, access } = this.#parts
    const isAsked = tenancy.mode === 'multi' && access.tenantFrom.includes('namespace')
    const labels = isAsked ? await this.#caches.namespaceLabels(cluster, name) : {}
    return labels && { name, labels }
  }

  /** Undefined: the cluster has nothing against it, or is not to be asked. */
  async #review(caller: Caller, { cluster, namespace }: Pod): Promise<Decision | undefined> {
    const { access } = this.#parts
    if (!access.subjectAccessReview) return undefined
    const user = kubernetesUser(caller, access)
    if (user === undefined)
      return { kind: 'refused', reason: 'The credential names nobody whom the cluster could know.' }
    if (await this.#caches.mayReadLogs(cluster, namespace, user)) return undefined
    return {
      kind: 'refused',
      reason: `Cluster "${cluster}": the user may not get pods/log in namespace ${namespace}.`,
    }
  }
}
