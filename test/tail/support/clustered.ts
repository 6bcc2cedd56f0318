import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import type { WrittenLine } from './cri-log.ts'
import { FakeCluster } from './fake-cluster.ts'
import type { FakePod } from './fake-pod.ts'
import { sendLines } from './sender.ts'
import { NATIVE_TAIL, type NativeFrame, TailClient } from './tail-client.ts'
import type { TestCluster } from './test-cluster.ts'

export const CLUSTER = 'test'

/** `more`: of the configuration; `ofKubernetes`, `ofTail`: of its sections. */
export type ClusteredOptions = {
  readonly more?: string
  readonly ofKubernetes?: string
  readonly ofTail?: string
}

/** A gateway that may ask a cluster, which ends with it. The clocks of the nodes are behind by `behindSeconds` when it starts. */
export class Clustered<Cluster extends TestCluster = FakeCluster> {
  readonly cluster: Cluster
  readonly directory: string
  gateway: TestGateway
  /** Of the configuration: what every one of these gateways has, and what this one has beside it. */
  readonly #base: string
  readonly #more: string

  private constructor(
    cluster: Cluster,
    directory: string,
    gateway: TestGateway,
    yaml: { readonly base: string; readonly more: string },
  ) {
    this.cluster = cluster
    this.directory = directory
    this.gateway = gateway
    this.#base = yaml.base
    this.#more = yaml.more
  }

  get #yaml(): string {
    return this.#base + this.#more
  }

  /** Of a cluster of its own, in this process. */
  static async start(behindSeconds: number, options: ClusteredOptions = {}): Promise<Clustered> {
    return Clustered.on(await FakeCluster.start(), behindSeconds, options)
  }

  static async on<Cluster extends TestCluster>(
    cluster: Cluster,
    behindSeconds: number,
    { more = '', ofKubernetes = '', ofTail = '' }: ClusteredOptions = {},
  ): Promise<Clustered<Cluster>> {
    cluster.clock.pass(Math.floor(Date.now() / 1000) - behindSeconds - cluster.clock.seconds)
    const directory = await mkdtemp(join(tmpdir(), 'weir-clustered-'))
    const kubeconfig = join(directory, 'kubeconfig')
    await writeFile(kubeconfig, cluster.kubeconfig(), { mode: 0o600 })
    const base =
      `kubernetes: {opensPerSecond: 1000, ${ofKubernetes} clusters: {${CLUSTER}: {kubeconfig: [${kubeconfig}]}}}\n` +
      `tail: {pingIntervalMs: 200, lingerMs: 0, replicaPollMs: 100, ${ofTail}}\n`
    const gateway = await startTestGateway(base + more)
    return new Clustered(cluster, directory, gateway, { base, more })
  }

  /** Another gateway for the same cluster and configuration: the caller stops it. */
  replica(): Promise<TestGateway> {
    return startTestGateway(this.#yaml)
  }

  /** Stops the gateway and starts it again over the same data; clients are cut off. */
  async restart(): Promise<void> {
    await this.gateway.gateway.stop()
    const { dataDir } = this.gateway
    this.gateway = await startTestGateway(this.#yaml, { dataDir })
  }

  /** Puts other processors in force; `more` as in `start`. */
  reload(more: string): void {
    this.gateway.rewrite(this.#base + more)
    this.gateway.gateway.reload('test')
  }

  async stop(): Promise<void> {
    await this.gateway.stop()
    await rm(this.gateway.dataDir, { recursive: true, force: true })
    await this.cluster.stop()
    await rm(this.directory, { recursive: true, force: true })
  }

  tail(
    parameters: Readonly<Record<string, string>>,
    gateway: TestGateway = this.gateway,
  ): Promise<TailClient<NativeFrame>> {
    return TailClient.open<NativeFrame>(gateway.urls.api, NATIVE_TAIL, parameters)
  }

  /** Sends lines of a container as a collector would; resolves when they are acknowledged. */
  async collect(pod: FakePod, lines: ReadonlyArray<WrittenLine>, restartCount = 0): Promise<void> {
    await sendLines(
      this.gateway.urls.http,
      {
        'k8s.cluster.name': CLUSTER,
        'k8s.namespace.name': pod.namespace,
        'k8s.pod.name': pod.name,
        'k8s.pod.uid': pod.uid,
        'k8s.container.name': 'app',
        'k8s.container.restart_count': String(restartCount),
        'service.name': 'shop',
      },
      lines.map(({ text, ns, stream }) => ({
        body: text.trimEnd(),
        timeNs: ns,
        attributes: { 'log.iostream': stream },
      })),
    )
  }

  /** The value of a sample of the gateway's metrics, written as there; undefined if there is none. */
  async metric(sample: string): Promise<number | undefined> {
    const text = await (await fetch(`${this.gateway.urls.api}/metrics`)).text()
    const line = text.split('\n').find((one) => one.startsWith(`${sample} `))
    return line === undefined ? undefined : Number(line.slice(sample.length + 1))
  }

  /** Resolves when all that was acknowledged is in ClickHouse. */
  async stored(): Promise<void> {
    for (;;) {
      if ((await this.metric('weir_spool_oldest_seconds')) === 0) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
