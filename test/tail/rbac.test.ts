import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { createKubernetesClient, type KubernetesClient } from '../../src/tail/kubernetes/client/client.ts'
import { KubernetesError } from '../../src/tail/kubernetes/client/error.ts'
import { accessOf, podNamed, reader } from './support/access-kit.ts'
import { FakeCluster, type SeenRequest } from './support/fake-cluster.ts'
import { ManualTimers } from './support/manual-timers.ts'
import { Tailed } from './support/tailed.ts'

/**
 * Scenario: everything that a gateway asks a cluster, as the API server sees it. Guarantees: deploy/rbac.yaml grants just that,
 * and where a right is missing the sentence names verb, resource and namespace.
 */

type Rule = {
  readonly apiGroups: ReadonlyArray<string>
  readonly resources: ReadonlyArray<string>
  readonly verbs: ReadonlyArray<string>
}
type Manifest = {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly rules?: ReadonlyArray<Rule>
  readonly roleRef?: { readonly name: string }
}

const manifests = parseAllDocuments(
  readFileSync(new URL('../../deploy/rbac.yaml', import.meta.url), 'utf8'),
).map((document): Manifest => document.toJS())

/** `<verb> <group>/<resource>` of all rules of a role. */
function granted(name: string): string[] {
  const role = manifests.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === name)!
  return role
    .rules!.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    )
    .sort()
}

/** What the authorizer makes of a request, by Kubernetes' rules for paths and methods (RequestInfo). */
function asked({ url }: SeenRequest): string {
  const parts = url.pathname.split('/').filter(Boolean)
  const [group, rest] = parts[0] === 'api' ? ['', parts.slice(2)] : [parts[1]!, parts.slice(3)]
  const [resource, name, subresource] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest
  if (group !== '') return `create ${group}/${resource}`
  const verb = name !== undefined ? 'get' : url.searchParams.has('watch') ? 'watch' : 'list'
  return `${verb} /${resource}${subresource === undefined ? '' : `/${subresource}`}`
}

const callsOf = (requests: ReadonlyArray<SeenRequest>): string[] => [...new Set(requests.map(asked))].sort()

const forever = new AbortController().signal

/** A tail's life: list, watch, follow, a look at one pod. */
async function tailOnce(tailed: Tailed): Promise<void> {
  const pod = tailed.cluster.runPod({ name: 'web', namespace: 'shop' })
  await tailed.knows(pod)
  const { handle, seen } = tailed.follow(pod)
  pod.container().log.append('hello')
  await seen.line(1)
  await tailed.view.refresh(pod, forever)
  handle.stop()
  await handle.done
}

let cluster: FakeCluster
let client: KubernetesClient
beforeEach(async () => {
  cluster = await FakeCluster.start()
  client = createKubernetesClient(cluster.target(), { timers: new ManualTimers() })
})
afterEach(async () => {
  await client.close()
  await cluster.stop()
})

describe('the rights of deploy/rbac.yaml', () => {
  it('of pods are those that tails use', async () => {
    const tailed = await Tailed.start()
    await tailOnce(tailed)
    const { access } = accessOf(tailed.client, { mode: 'single' })
    await access.mayFollow(['default'], reader('ada'), podNamed('web', 'shop'))
    await tailed.stop()
    expect(callsOf(tailed.cluster.requests.all)).toEqual(granted('weir-tail'))
  })

  it('of access are those that the check of access uses', async () => {
    cluster.setNamespace('shop', { 'loco.io/workspace-id': 'acme' })
    cluster.allow('ada', 'shop')
    const { access } = accessOf(client, { mode: 'multi' }, { subjectAccessReview: true })
    const decision = await access.mayFollow(['acme'], reader('ada'), podNamed('web', 'shop'))
    expect(decision).toEqual({ kind: 'follow', tenantId: 'acme' })
    expect(callsOf(cluster.requests.all)).toEqual(granted('weir-tail-access'))
  })

  it('are bound', () => {
    const bound = manifests
      .filter(({ kind }) => kind === 'ClusterRoleBinding')
      .map(({ roleRef }) => roleRef?.name)
    const roles = manifests.filter(({ kind }) => kind === 'ClusterRole').map(({ metadata }) => metadata.name)
    expect(bound).toEqual(roles)
  })
})

describe('a right that is missing', () => {
  const ada = { user: { username: 'ada' }, verb: 'get', resource: 'pods' }
  type Call = (client: KubernetesClient) => Promise<unknown>
  it.each<[right: string, verb: SeenRequest['verb'], call: Call]>([
    ['list pods in all namespaces', 'list', (client) => client.listPods({}, 10, forever)],
    ['list pods in namespace shop', 'list', (client) => client.listPods({ namespace: 'shop' }, 10, forever)],
    [
      'watch pods in namespace shop',
      'watch',
      (client) => client.watchPods({ namespace: 'shop' }, '1', forever).next(),
    ],
    ['get pods in namespace shop', 'get', (client) => client.getPod('shop', 'web', forever)],
    [
      'get pods/log in namespace shop',
      'log',
      (client) => client.readLog({ namespace: 'shop', pod: 'web', container: 'app', signal: forever }).next(),
    ],
    ['get namespaces', 'namespace', (client) => client.getNamespace('shop', forever)],
    [
      'create subjectaccessreviews.authorization.k8s.io',
      'review',
      (client) => client.reviewAccess(ada, forever),
    ],
    ['create tokenreviews.authentication.k8s.io', 'review', (client) => client.reviewToken('t', [], forever)],
  ])('is named: %s', async (right, verb, call) => {
    const refuse = { status: 403, message: 'User "system:serviceaccount:weir:weir" cannot' }
    if (verb === 'log') cluster.kubelet.behave({ refuse })
    else cluster.behaveCalls(verb, { refuse })
    const error = await call(client).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(KubernetesError)
    const { code, message, detail } = error as KubernetesError
    expect(code).toBe('forbidden')
    expect(message).toContain(
      `the gateway's account may not ${right} (RBAC); deploy/rbac.yaml has what it needs.`,
    )
    expect(message).not.toContain('serviceaccount')
    expect(detail).toContain('serviceaccount')
  })
})
