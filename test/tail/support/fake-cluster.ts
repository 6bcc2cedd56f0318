import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../../src/config/secret.ts'
import { fixedCredentials } from '../../../src/tail/kubernetes/client/credentials.ts'
import type { ClusterTarget } from '../../../src/tail/kubernetes/client/target.ts'
import { createAuthority, type Identity } from './certificates.ts'
import { NodeClock } from './cri-log.ts'
import { answer, type ServerState } from './fake-api.ts'
import { FakeKubelet } from './fake-kubelet.ts'
import { type FakeContainer, FakePod, type FakePodOptions } from './fake-pod.ts'
import { Journal } from './journal.ts'
import { base64, kubeconfigOf } from './kubeconfig.ts'
import type { TestCluster } from './test-cluster.ts'

/** A request as the server saw it. */
export type SeenRequest = {
  readonly verb: 'list' | 'watch' | 'get' | 'log' | 'namespace' | 'review'
  readonly url: URL
  /** The common name of the client's certificate, or who the token is. */
  readonly user: string | undefined
}

/** How a list, watch, get or review is answered otherwise than in health. */
export type CallBehaviour = {
  readonly refuse?: { readonly status: number; readonly message: string; readonly retryAfterSeconds?: number }
  /** The connection is cut without an answer. */
  readonly cut?: true
  /** Answered as it is, not by the resource. */
  readonly body?: string
}

/**
 * API server and kubelets of a small cluster in this process: HTTPS with client certificates, list and watch with versions,
 * logs from real files. Behaviours are queued per kind of request; without one a request is answered in health.
 */
export class FakeCluster implements TestCluster {
  readonly clock = new NodeClock()
  readonly tellsOfCuts = true
  readonly kubelet: FakeKubelet
  readonly requests = new Journal<SeenRequest>()
  readonly url: string
  readonly ca: string
  readonly identity: Identity
  readonly #directory: string
  readonly #state: ServerState
  readonly #sockets: Set<Socket>
  readonly #close: () => Promise<void>

  private constructor(given: {
    readonly url: string
    readonly ca: string
    readonly identity: Identity
    readonly directory: string
    readonly state: ServerState
    readonly sockets: Set<Socket>
    readonly close: () => Promise<void>
  }) {
    this.url = given.url
    this.ca = given.ca
    this.identity = given.identity
    this.#directory = given.directory
    this.#state = given.state
    this.kubelet = given.state.kubelet
    this.#sockets = given.sockets
    this.#close = given.close
    this.#state.onRequest = (request) => this.requests.push(request)
  }

  static async start(): Promise<FakeCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'weir-cluster-'))
    const authority = createAuthority()
    const identity = authority.client('weir', ['system:serviceaccounts'])
    const state: ServerState = {
      version: 1000,
      stored: new Map(),
      events: [],
      oldestVersion: 0,
      namespaces: new Map(),
      tokens: new Map(),
      access: new Set(),
      kubelet: new FakeKubelet(),
      callBehaviours: new Map(),
      watches: new Set(),
      onRequest: () => undefined,
    }
    const server = createServer(
      { ...authority.server(), ca: authority.ca, requestCert: true, rejectUnauthorized: false },
      (request, response) => void answer(state, request, response),
    )
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new FakeCluster({
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ca: authority.ca,
      identity,
      directory,
      state,
      sockets,
      async close() {
        const closed = new Promise((resolve) => server.close(resolve))
        for (const socket of sockets) socket.destroy()
        await closed
        await rm(directory, { recursive: true, force: true })
      },
    })
  }

  stop(): Promise<void> {
    return this.#close()
  }

  /** How Weir reaches it: with a client certificate. */
  target(name = 'test'): ClusterTarget {
    const key = new Secret(this.identity.key)
    return {
      name,
      server: this.url,
      ca: this.ca,
      insecureSkipTlsVerify: false,
      credentials: fixedCredentials({ cert: this.identity.cert, key }),
    }
  }

  kubeconfig(): string {
    const { cert, key } = this.identity
    return kubeconfigOf(this.url, this.ca, {
      'client-certificate-data': base64(cert),
      'client-key-data': base64(key),
    })
  }

  /** A scheduled pod whose containers have not started; the API server knows it. */
  addPod(options: FakePodOptions): FakePod {
    const pod = new FakePod(options, this.#directory, this.clock)
    this.kubelet.add(pod)
    this.publish(pod)
    return pod
  }

  /** A pod that runs; the API server knows. */
  runPod(options: FakePodOptions): FakePod {
    const pod = this.addPod(options)
    pod.run()
    this.publish(pod)
    return pod
  }

  /** One that runs already when the API server first hears of it: as a cluster is to who comes to it. */
  foundPod(options: FakePodOptions): FakePod {
    const pod = new FakePod(options, this.#directory, this.clock)
    this.kubelet.add(pod)
    pod.run()
    this.publish(pod)
    return pod
  }

  /** The kubelet tells the API server how the pod is. Until then its status is old. */
  publish(pod: FakePod): void {
    const type = this.#state.stored.has(pod.uid) ? 'MODIFIED' : 'ADDED'
    const object = pod.object(++this.#state.version)
    this.#state.stored.set(pod.uid, object)
    this.#event(type, object)
  }

  /** Ends a container and starts it again. */
  restart(pod: FakePod, container: FakeContainer = pod.container()): void {
    container.restart()
    this.publish(pod)
  }

  /** Containers end, the pod stays as Succeeded. */
  finishPod(pod: FakePod): void {
    pod.finish()
    this.publish(pod)
  }

  deletePod(pod: FakePod): void {
    this.kubelet.remove(pod)
    this.#state.stored.delete(pod.uid)
    this.#event('DELETED', pod.object(++this.#state.version))
  }

  /** A bookmark for every watch. */
  bookmark(): void {
    const object = { kind: 'Pod', metadata: { resourceVersion: String(++this.#state.version) } }
    for (const watch of this.#state.watches) watch.send({ type: 'BOOKMARK', object })
  }

  /** History up to now is gone. Watches that are open get `ERROR` 410 if they are to. */
  compact(tellWatches: boolean): void {
    this.#state.oldestVersion = ++this.#state.version
    this.#state.events.length = 0
    if (!tellWatches) return
    const object = {
      kind: 'Status',
      status: 'Failure',
      code: 410,
      reason: 'Expired',
      message: 'too old resource version',
    }
    for (const watch of [...this.#state.watches]) {
      watch.send({ type: 'ERROR', object })
      watch.end()
    }
  }

  cutWatches(): void {
    this.endWatches('cut')
  }

  forget(): void {
    this.compact(true)
  }

  /** Ends every watch: in order, or by a cut. */
  endWatches(how: 'end' | 'cut'): void {
    for (const watch of [...this.#state.watches]) watch[how]()
  }

  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Who comes back at once is cut off again. */
  restartApiServer(meanwhile: () => void): void {
    this.behaveCalls('list', { cut: true })
    this.behaveCalls('watch', { cut: true }, { cut: true })
    this.cutConnections()
    meanwhile()
  }

  /** The next calls of this verb are answered so, one after the other. */
  behaveCalls(verb: SeenRequest['verb'], ...behaviours: CallBehaviour[]): void {
    const queued = this.#state.callBehaviours.get(verb) ?? []
    this.#state.callBehaviours.set(verb, [...queued, ...behaviours])
  }

  /** Accepts a token, in the place of a client certificate. */
  acceptToken(token: string, user: string): void {
    this.#state.tokens.set(token, user)
  }

  rejectToken(token: string): void {
    this.#state.tokens.delete(token)
  }

  setNamespace(name: string, labels: Readonly<Record<string, string>>): void {
    this.#state.namespaces.set(name, labels)
  }

  deleteNamespace(name: string): void {
    this.#state.namespaces.delete(name)
  }

  /** Lets a user read the logs of a namespace. */
  allow(user: string, namespace: string): void {
    this.#state.access.add(`${user} ${namespace}`)
  }

  forbid(user: string, namespace: string): void {
    this.#state.access.delete(`${user} ${namespace}`)
  }

  get openWatches(): number {
    return this.#state.watches.size
  }

  #event(type: string, object: object): void {
    this.#state.events.push({ version: this.#state.version, type, object })
    for (const watch of this.#state.watches) watch.send({ type, object })
  }
}
