import type { Config } from '../../config/schema.ts'
import { createKubernetesClient, type KubernetesClient } from './client/client.ts'
import { KubernetesError } from './client/error.ts'
import { inClusterTarget } from './client/in-cluster.ts'
import { kubeconfigTarget } from './client/kubeconfig.ts'
import type { Timers } from './timers.ts'

/** A cluster as the config names it: the one that Weir is a pod of, or a context of a kubeconfig. */
export type ClusterDescription = {
  readonly name: string
  readonly from:
    | { readonly inCluster: true }
    | { readonly kubeconfig: ReadonlyArray<string>; readonly context?: string }
}

/** The clusters of the configuration. */
export function clusterDescriptions({ kubernetes }: Config): ClusterDescription[] {
  return Object.entries(kubernetes.clusters).map(([name, { kubeconfig, context }]) => ({
    name,
    from:
      kubeconfig.length === 0
        ? { inCluster: true }
        : { kubeconfig, ...(context === undefined ? {} : { context }) },
  }))
}

/** A client for every cluster. Nothing is asked yet; a description that can't be used throws a `KubernetesError`. */
export async function openClusters(
  descriptions: ReadonlyArray<ClusterDescription>,
  { timers, env }: { readonly timers: Timers; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<ReadonlyMap<string, KubernetesClient>> {
  const clients = new Map<string, KubernetesClient>()
  for (const { name, from } of descriptions) {
    if (clients.has(name))
      throw new KubernetesError(
        'bad_config',
        `There are two clusters "${name}"; give each a name of its own.`,
      )
    const target =
      'inCluster' in from
        ? await inClusterTarget(name, { env, timers })
        : await kubeconfigTarget(name, {
            files: from.kubeconfig,
            ...(from.context === undefined ? {} : { context: from.context }),
            timers,
          })
    clients.set(name, createKubernetesClient(target, { timers }))
  }
  return clients
}
