import type { Api } from './api.ts'

/** Every verb that Weir needs, and no other. */
export const WEIR_RULES = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
] as const

const ACCOUNT = { kind: 'ServiceAccount', namespace: 'weir', name: 'weir' }

/** Weir's account as the API server calls it. */
export const WEIR = 'system:serviceaccount:weir:weir'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

/** Gives Weir its service account and role. Returns a token, as the kubelet would mount one. */
export async function grantWeir(admin: Api): Promise<string> {
  const token = await serviceAccountToken(admin, ACCOUNT.namespace, ACCOUNT.name)
  await bind(admin, 'weir', [ACCOUNT], WEIR_RULES)
  return token
}

/** Whether a user may list pods, as the authorizer knows by now. */
export async function mayList(admin: Api, user: string): Promise<boolean> {
  const spec = { user, resourceAttributes: { verb: 'list', resource: 'pods' } }
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  return (await admin.do({ method: 'POST', path, body: { spec } })).status?.allowed === true
}

/** A token of a service account, which is made if it is not there; its namespace too. */
export async function serviceAccountToken(admin: Api, namespace: string, name: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await admin.ensure('/api/v1/namespaces', { metadata: { name: namespace } })
  await admin.ensure(accounts, { metadata: { name } })
  const { status } = await admin.do({ method: 'POST', path: `${accounts}/${name}/token`, body: { spec: {} } })
  return status!.token!
}

/** A cluster role of this name and its binding. */
export async function bind(
  admin: Api,
  name: string,
  subjects: ReadonlyArray<object>,
  rules: ReadonlyArray<object>,
): Promise<void> {
  await admin.ensure(`${RBAC}/clusterroles`, { metadata: { name }, rules })
  await admin.ensure(`${RBAC}/clusterrolebindings`, {
    metadata: { name },
    subjects,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
  })
}
