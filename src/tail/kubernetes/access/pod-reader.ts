import { ApiError } from '../../../query/errors.ts'
import type { Caller } from '../../../tenancy/caller.ts'
import type { Pod } from '../pods/pod.ts'
import type { Decision, PodAccess } from './pod-access.ts'

/**
 * One reader of a long tail: remembers which pods it was let in to, so that it can be asked again whether it still may. What is
 * remembered is bounded by how many containers may be followed; `forget` pods that are gone.
 */
export class PodReader {
  /** Readers of one key may share what they are shown. */
  readonly key: string
  readonly #access: PodAccess
  readonly #caller: Caller
  readonly #granted = new Map<string, { readonly pod: Pod; readonly tenantIds: ReadonlyArray<string> }>()

  constructor(access: PodAccess, caller: Caller) {
    this.#access = access
    this.#caller = caller
    this.key = access.keyOf(caller)
  }

  /** See {@link PodAccess.mayFollow}. Ask again when the pod changes. */
  async mayFollow(tenantIds: ReadonlyArray<string>, pod: Pod): Promise<Decision> {
    const decision = await this.#access.mayFollow(tenantIds, this.#caller, pod)
    if (decision.kind === 'follow') this.#granted.set(pod.uid, { pod, tenantIds })
    return decision
  }

  forget(podUid: string): void {
    this.#granted.delete(podUid)
  }

  /**
   * Throws {@link ApiError} `forbidden` if one of the pods is no longer the reader's to see. What can't be asked now is left
   * as it is: an outage is no verdict.
   */
  async recheck(): Promise<void> {
    for (const { pod, tenantIds } of [...this.#granted.values()]) {
      const decision = await this.#access.mayFollow(tenantIds, this.#caller, pod)
      if (decision.kind === 'refused') throw new ApiError('forbidden', decision.reason)
      if (decision.kind !== 'absent') continue
      if (decision.isGone) this.forget(pod.uid)
      else throw new ApiError('forbidden', `Pod ${pod.namespace}/${pod.name} is no longer of this tenant.`)
    }
  }
}
