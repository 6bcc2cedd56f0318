import { type PodAccessConfig, podAccess } from '../../../src/config/pod-access.ts'
import { PodAccess, type PodAccessParts } from '../../../src/tail/kubernetes/access/pod-access.ts'
import type { KubernetesError } from '../../../src/tail/kubernetes/client/error.ts'
import { type Pod, podOf } from '../../../src/tail/kubernetes/pods/pod.ts'
import type { Caller } from '../../../src/tenancy/caller.ts'

export const reader = (name: string, more: Partial<Caller> = {}): Caller => ({
  name,
  tenants: '*',
  scopes: new Set(['read']),
  ...more,
})

/** A pod as the view knows it. */
export function podNamed(
  name: string,
  namespace: string,
  labels: Readonly<Record<string, string>> = {},
): Pod {
  const metadata = { name, namespace, uid: `uid-${namespace}-${name}`, labels }
  return podOf('test', { metadata, spec: { containers: [{ name: 'app' }] }, status: null })
}

export type Accessed = {
  readonly access: PodAccess
  readonly problems: KubernetesError[]
  /** Lets what is cached grow older. */
  pass(ms: number): void
}

/** The decision over a client, with the access section as an operator writes it. */
export function accessOf(
  client: PodAccessParts['clusters'] extends ReadonlyMap<string, infer Client> ? Client : never,
  tenancy: PodAccessParts['tenancy'],
  written: Readonly<Record<string, unknown>> = {},
): Accessed {
  // At 0 the cache would take an entry for one without an age.
  let nowMs = 1000
  const config: PodAccessConfig = podAccess.parse(written)
  const problems: KubernetesError[] = []
  const access = new PodAccess({
    tenancy,
    access: config,
    clusters: new Map([['test', client]]),
    steadyMs: () => nowMs,
    onProblem: (error) => problems.push(error),
  })
  return {
    access,
    problems,
    pass: (ms) => {
      nowMs += ms
    },
  }
}
