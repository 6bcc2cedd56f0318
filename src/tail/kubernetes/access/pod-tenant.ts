import { isTenantId } from '../../../config/access.ts'
import type { PodAccessConfig } from '../../../config/pod-access.ts'
import type { Config } from '../../../config/schema.ts'
import { SINGLE_TENANT } from '../../../tenancy/caller.ts'
import { namespaceMatcher } from '../../../tenancy/namespace-pattern.ts'

export type Labels = Readonly<Record<string, string>>
export type NamespaceOfPod = { readonly name: string; readonly labels: Labels }

/** Whose a pod is; undefined: nobody's, so nobody is shown it. */
export type PodTenant = (namespace: NamespaceOfPod, pod: { readonly labels: Labels }) => string | undefined

/**
 * The tenant of a pod by the labels of its namespace, then its own, then by `tenancy.namespacePattern`, so that live lines
 * belong to whom the stored ones do. With `tenancy: single` everything is the one tenant's.
 */
export function podTenant(
  tenancy: Pick<Config['tenancy'], 'mode' | 'namespacePattern'>,
  { tenantLabels, tenantFrom }: Pick<PodAccessConfig, 'tenantLabels' | 'tenantFrom'>,
): PodTenant {
  if (tenancy.mode === 'single') return () => SINGLE_TENANT
  const { namespacePattern } = tenancy
  const ofName = namespacePattern === undefined ? () => undefined : namespaceMatcher(namespacePattern)
  const named = (labels: Labels): string | undefined => {
    for (const key of tenantLabels) if (Object.hasOwn(labels, key) && labels[key] !== '') return labels[key]
    return undefined
  }
  return (namespace, pod) => {
    for (const source of tenantFrom) {
      const tenant = named(source === 'namespace' ? namespace.labels : pod.labels)
      if (tenant !== undefined) return isTenantId(tenant) ? tenant : undefined
    }
    const tenant = ofName(namespace.name)
    return tenant !== undefined && isTenantId(tenant) ? tenant : undefined
  }
}
