import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { poll } from '../../crash/support/poll.ts'
import type { Api } from './api.ts'

type Manifest = {
  readonly kind: string
  readonly rules?: ReadonlyArray<{
    readonly resources: ReadonlyArray<string>
    readonly verbs: ReadonlyArray<string>
  }>
}

/** What an operator applies. */
const MANIFESTS: ReadonlyArray<Manifest> = parseAllDocuments(
  readFileSync(new URL('../../../deploy/rbac.yaml', import.meta.url), 'utf8'),
).map((document) => document.toJS())

/** `<verb> <resource>` of all that the manifests grant. */
export const GRANTED: ReadonlyArray<string> = MANIFESTS.flatMap(({ rules = [] }) =>
  rules.flatMap(({ resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
  ),
)

/** Weir's account as the API server calls it. */
export const WEIR = 'system:serviceaccount:weir:weir'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

/** Gives Weir the service account and the roles of deploy/rbac.yaml. Returns a token, as the kubelet would mount one. */
export async function grantWeir(admin: Api): Promise<string> {
  const token = await serviceAccountToken(admin, 'weir', 'weir')
  for (const manifest of MANIFESTS) await admin.ensure(`${RBAC}/${manifest.kind.toLowerCase()}s`, manifest)
  return token
}

/** Whether the authorizer knows of both roles; it learns of them by its own watch. */
export async function isGranted(admin: Api): Promise<boolean> {
  const reviews = { group: 'authorization.k8s.io', resource: 'subjectaccessreviews', verb: 'create' }
  const asked = [{ resource: 'pods', verb: 'list' }, reviews].map((right) => isAllowed(admin, WEIR, right))
  return (await Promise.all(asked)).every(Boolean)
}

async function isAllowed(admin: Api, user: string, right: object): Promise<boolean> {
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  const body = { spec: { user, resourceAttributes: right } }
  return (await admin.do({ method: 'POST', path, body })).status?.allowed === true
}

/** A token of a service account, which is made if it is not there; its namespace too. */
export async function serviceAccountToken(admin: Api, namespace: string, name: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await admin.ensure('/api/v1/namespaces', { metadata: { name: namespace } })
  await admin.ensure(accounts, { metadata: { name } })
  const { status } = await admin.do({ method: 'POST', path: `${accounts}/${name}/token`, body: { spec: {} } })
  return status!.token!
}

/** Lets a user read the logs of a namespace, which must be there. Resolves when the authorizer knows. */
export async function allowLogs(admin: Api, user: string, namespace: string): Promise<void> {
  const rules = [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }]
  const metadata = { name: logsOf(user) }
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: logsOf(user) }
  const subjects = [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }]
  await admin.ensure(`${RBAC}/namespaces/${namespace}/roles`, { metadata, rules })
  await admin.ensure(`${RBAC}/namespaces/${namespace}/rolebindings`, { metadata, roleRef: role, subjects })
  await poll('the authorizer lets the user in', () => mayReadLogs(admin, user, namespace))
}

/** Resolves when the authorizer knows. */
export async function forbidLogs(admin: Api, user: string, namespace: string): Promise<void> {
  const path = `${RBAC}/namespaces/${namespace}/rolebindings/${logsOf(user)}`
  await admin.do({ method: 'DELETE', path })
  await poll('the authorizer keeps the user out', async () => !(await mayReadLogs(admin, user, namespace)))
}

const logsOf = (user: string): string => `logs-of-${user}`

function mayReadLogs(admin: Api, user: string, namespace: string): Promise<boolean> {
  return isAllowed(admin, user, { namespace, resource: 'pods', subresource: 'log', verb: 'get' })
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
