import { createKubernetesClient, type KubernetesClient } from '../../../src/tail/kubernetes/client/client.ts'
import type { KubernetesError } from '../../../src/tail/kubernetes/client/error.ts'
import type { Start, TailHandle } from '../../../src/tail/kubernetes/contract.ts'
import { WatchedPods } from '../../../src/tail/kubernetes/pods/watch-pods.ts'
import { createKubernetesTail, type KubernetesTail } from '../../../src/tail/kubernetes/tail-source.ts'
import type { TailOptions } from '../../../src/tail/kubernetes/tailer/options.ts'
import type { Timers } from '../../../src/tail/kubernetes/timers.ts'
import { FakeCluster } from './fake-cluster.ts'
import type { FakePod } from './fake-pod.ts'
import { ManualTimers } from './manual-timers.ts'
import { Recorder } from './recorder.ts'
import type { TestCluster } from './test-cluster.ts'

const ASK_TIMEOUT_MS = 10_000

/** A cluster and a tail of it, which ends with it. */
export class Tailed<Clock extends Timers = ManualTimers, Cluster extends TestCluster = FakeCluster> {
  readonly cluster: Cluster
  readonly timers: Clock
  readonly client: KubernetesClient
  readonly view: WatchedPods
  readonly tail: KubernetesTail
  readonly problems: KubernetesError[] = []

  private constructor(cluster: Cluster, timers: Clock, options: Partial<TailOptions>) {
    this.cluster = cluster
    this.timers = timers
    const random = (): number => 0.5
    this.client = createKubernetesClient(cluster.target(), { timers, random })
    this.view = new WatchedPods(this.client, { scope: {}, podsMax: 100, timers, random })
    this.tail = createKubernetesTail({
      clusters: [{ client: this.client, view: this.view }],
      // Requests are not spread over time where no test is about it.
      options: { opensPerSecond: 1e9, ...options },
      timers,
      random,
      onProblem: (_container, error) => this.problems.push(error),
    })
  }

  /** Of a cluster of its own, in this process. */
  static async start(options: Partial<TailOptions> = {}): Promise<Tailed> {
    return await Tailed.on(await FakeCluster.start(), new ManualTimers(), options)
  }

  static async on<Clock extends Timers, Cluster extends TestCluster>(
    cluster: Cluster,
    timers: Clock,
    options: Partial<TailOptions> = {},
  ): Promise<Tailed<Clock, Cluster>> {
    const tailed = new Tailed(cluster, timers, options)
    tailed.view.start()
    await tailed.view.listed
    return tailed
  }

  follow(
    pod: FakePod,
    start: Start = { from: 'beginning' },
    container = 'app',
  ): { readonly handle: TailHandle; readonly seen: Recorder } {
    const seen = new Recorder()
    const { namespace, name, uid: podUid } = pod
    const handle = this.tail.follow(
      { cluster: 'test', namespace, pod: name, podUid, container },
      { start },
      seen,
    )
    return { handle, seen }
  }

  /** Resolves when the view knows what the API server knows of the pod. */
  async knows({ uid, namespace, name }: FakePod): Promise<void> {
    await this.view.refresh({ uid, namespace, name }, AbortSignal.timeout(ASK_TIMEOUT_MS))
  }

  async stop(): Promise<void> {
    await this.tail.stop()
    await this.view.stop()
    await this.client.close()
    await this.cluster.stop()
  }
}
