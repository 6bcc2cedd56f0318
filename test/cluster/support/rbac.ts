import type { Api } from './api.ts'
import { WEIR } from './control-plane.ts'

/** Every verb that Weir needs, and no other. */
export const WEIR_RULES = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
] as const

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const ALREADY_THERE = 409

/** Gives Weir's account its role, unless it has it. */
export async function grantWeir(admin: Api): Promise<void> {
  await bind(admin, WEIR, [{ kind: 'User', name: WEIR, apiGroup: 'rbac.authorization.k8s.io' }], WEIR_RULES)
}

/** A cluster role of this name and its binding. */
export async function bind(
  admin: Api,
  name: string,
  subjects: ReadonlyArray<object>,
  rules: ReadonlyArray<object>,
): Promise<void> {
  const post = (path: string, body: object) =>
    admin.do(
      { method: 'POST', path: `${RBAC}/${path}`, body: { metadata: { name }, ...body } },
      ALREADY_THERE,
    )
  await post('clusterroles', { rules })
  await post('clusterrolebindings', {
    subjects,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
  })
}
