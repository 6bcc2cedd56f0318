import { KubernetesError } from './error.ts'
import { listSchema, type PodObject, podSchema } from './objects.ts'
import type { Right } from './right.ts'
import type { Query, Transport } from './transport.ts'

/** Which pods: all of the cluster without a namespace. Selectors are Kubernetes' own. */
export type PodScope = {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export type PodList = {
  readonly pods: ReadonlyArray<PodObject>
  /** Where a watch goes on. */
  readonly resourceVersion: string
}

const PAGE_ITEMS = 500
const PAGE_BYTES_MAX = 128 * 2 ** 20
const POD_BYTES_MAX = 8 * 2 ** 20
/** A continue token dies with etcd's history (5 min); a list that is too slow for it begins anew, twice. */
const LIST_ATTEMPTS_MAX = 3

/** All pods of the scope, page by page. More than `podsMax` is an error, not a part. */
export async function listPods(
  transport: Transport,
  scope: PodScope,
  podsMax: number,
  signal: AbortSignal,
): Promise<PodList> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listPages(transport, scope, podsMax, signal)
    } catch (error) {
      const expired = error instanceof KubernetesError && error.code === 'expired'
      if (!expired || attempt >= LIST_ATTEMPTS_MAX) throw error
    }
  }
}

async function listPages(
  transport: Transport,
  scope: PodScope,
  podsMax: number,
  signal: AbortSignal,
): Promise<PodList> {
  const pods: PodObject[] = []
  let next: string | undefined
  for (;;) {
    const what = `list ${scopeText(scope)}`
    const query = { ...selectors(scope), limit: PAGE_ITEMS, continue: next }
    const answer = await transport.json(
      { what, right: podRight('list', scope.namespace), path: podsPath(scope.namespace), query, signal },
      PAGE_BYTES_MAX,
    )
    const page = listSchema.safeParse(answer)
    if (!page.success) throw transport.error('bad_answer', what, 'the answer is no list')
    for (const item of page.data.items ?? []) {
      const pod = podSchema.safeParse(item)
      if (pod.success) pods.push(pod.data)
    }
    if (pods.length > podsMax)
      throw transport.error('too_large', what, `there are more than ${podsMax}; narrow the selector`)
    next = page.data.metadata.continue ?? undefined
    if (next === undefined || next === '')
      return { pods, resourceVersion: page.data.metadata.resourceVersion ?? '' }
  }
}

/** The pod as it is, or undefined if there is none of this name. */
export async function getPod(
  transport: Transport,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<PodObject | undefined> {
  const what = `read pod ${namespace}/${name}`
  try {
    const path = `${podsPath(namespace)}/${encodeURIComponent(name)}`
    const right = podRight('get', namespace)
    return podSchema.parse(await transport.json({ what, right, path, signal }, POD_BYTES_MAX))
  } catch (error) {
    if (error instanceof KubernetesError && error.code === 'not_found') return undefined
    throw transport.failure(what, signal, error)
  }
}

export function podRight(verb: 'get' | 'list' | 'watch', namespace: string | undefined): Right {
  return { verb, resource: 'pods', namespace }
}

export function podsPath(namespace: string | undefined): string {
  return namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`
}

export function selectors({ labelSelector, fieldSelector }: PodScope): Query {
  return { labelSelector, fieldSelector }
}

export function scopeText({ namespace }: PodScope): string {
  return namespace === undefined ? 'the pods of all namespaces' : `the pods of namespace ${namespace}`
}
