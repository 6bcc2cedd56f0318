import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../../src/config/secret.ts'
import { fixedCredentials } from '../../../src/tail/kubernetes/client/credentials.ts'
import type { ClusterTarget } from '../../../src/tail/kubernetes/client/target.ts'
import { NodeClock } from '../../tail/support/cri-log.ts'
import { FakeKubelet } from '../../tail/support/fake-kubelet.ts'
import { type FakeContainer, FakePod, type FakePodOptions } from '../../tail/support/fake-pod.ts'
import { kubeconfigOf } from '../../tail/support/kubeconfig.ts'
import type { TestCluster } from '../../tail/support/test-cluster.ts'
import { Api } from './api.ts'
import type { ControlPlane } from './control-plane.ts'
import { allowLogs, forbidLogs } from './rbac.ts'

/** The pods of one test on a real API server; their kubelet is the tests'. Only one at a time on a control plane. */
export class RealCluster implements TestCluster {
  readonly clock = new NodeClock()
  readonly kubelet = new FakeKubelet()
  readonly tellsOfCuts = false
  readonly plane: ControlPlane
  readonly #directory: string
  readonly #pods = new Set<FakePod>()
  /** By node: a kubelet may change its own pods, nobody else's. */
  readonly #kubelets = new Map<string, Api>()

  private constructor(plane: ControlPlane, directory: string) {
    this.plane = plane
    this.#directory = directory
    plane.kubelet.kubelet = this.kubelet
  }

  static async start(plane: ControlPlane): Promise<RealCluster> {
    return new RealCluster(plane, await mkdtemp(join(tmpdir(), 'weir-nodes-')))
  }

  target(): ClusterTarget {
    return {
      name: 'test',
      server: `https://127.0.0.1:${this.plane.relay.port}`,
      ca: this.plane.authority.ca,
      insecureSkipTlsVerify: false,
      credentials: fixedCredentials({ token: new Secret(this.plane.token) }),
    }
  }

  kubeconfig(): string {
    const { plane } = this
    return kubeconfigOf(this.target().server, plane.authority.ca, { token: plane.token })
  }

  async addPod(options: FakePodOptions): Promise<FakePod> {
    const draft = new FakePod(options, this.#directory, this.clock)
    await this.#ensureNamespace(draft.namespace)
    await this.#kubelet(draft.node)
    const path = `/api/v1/namespaces/${draft.namespace}/pods`
    const { metadata } = await this.plane.admin.do({ method: 'POST', path, body: draft.manifest() })
    const pod = new FakePod(options, this.#directory, this.clock, metadata.uid)
    this.#pods.add(pod)
    this.kubelet.add(pod)
    await this.publish(pod)
    return pod
  }

  async runPod(options: FakePodOptions): Promise<FakePod> {
    const pod = await this.addPod(options)
    pod.run()
    await this.publish(pod)
    return pod
  }

  async publish(pod: FakePod): Promise<void> {
    const kubelet = await this.#kubelet(pod.node)
    await kubelet.do({ method: 'PATCH', path: `${pathOf(pod)}/status`, body: { status: pod.status() } })
  }

  async restart(pod: FakePod, container: FakeContainer = pod.container()): Promise<void> {
    container.restart()
    await this.publish(pod)
  }

  async finishPod(pod: FakePod): Promise<void> {
    pod.finish()
    await this.publish(pod)
  }

  async deletePod(pod: FakePod): Promise<void> {
    this.#pods.delete(pod)
    this.kubelet.remove(pod)
    const path = `${pathOf(pod)}?gracePeriodSeconds=0`
    await this.plane.admin.do({ method: 'DELETE', path })
  }

  cutConnections(): void {
    this.plane.relay.cut()
  }

  cutWatches(): void {
    this.cutConnections()
  }

  async restartApiServer(meanwhile: () => void): Promise<void> {
    await this.plane.killApiServer()
    meanwhile()
    await this.plane.startApiServer()
  }

  async allow(user: string, namespace: string): Promise<void> {
    await this.#ensureNamespace(namespace)
    await allowLogs(this.plane.admin, user, namespace)
  }

  async forbid(user: string, namespace: string): Promise<void> {
    await forbidLogs(this.plane.admin, user, namespace)
  }

  forget(): Promise<void> {
    return this.plane.etcd.compact()
  }

  async stop(): Promise<void> {
    for (const pod of [...this.#pods]) await this.deletePod(pod)
    for (const kubelet of this.#kubelets.values()) kubelet.close()
    await rm(this.#directory, { recursive: true })
  }

  /** With the account that pods run under, which a controller would make. */
  async #ensureNamespace(name: string): Promise<void> {
    const { admin } = this.plane
    await admin.ensure('/api/v1/namespaces', { metadata: { name } })
    await admin.ensure(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } })
  }

  /** Registers the node, as its kubelet does, under the port of the tests' kubelet. */
  async #kubelet(node: string): Promise<Api> {
    const known = this.#kubelets.get(node)
    if (known !== undefined) return known
    const { authority, url, kubelet } = this.plane
    const identity = authority.client(`system:node:${node}`, ['system:nodes'])
    const api = new Api(url, authority.ca, identity)
    this.#kubelets.set(node, api)
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
    }
    await api.ensure('/api/v1/nodes', { metadata: { name: node }, status })
    return api
  }
}

function pathOf({ namespace, name }: FakePod): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`
}
