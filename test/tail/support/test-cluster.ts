import type { ClusterTarget } from '../../../src/tail/kubernetes/client/target.ts'
import type { NodeClock } from './cri-log.ts'
import type { FakeKubelet } from './fake-kubelet.ts'
import type { FakeContainer, FakePod, FakePodOptions } from './fake-pod.ts'

type Eventually<Value> = Value | Promise<Value>

/**
 * A cluster that tests write into and read from: API server and kubelets in this process (`FakeCluster`), or a real API
 * server before the same kubelet (`RealCluster`). What only a real one has to wait for is a promise: await it all.
 */
export interface TestCluster {
  /** Of its nodes; no other clock of the cluster is looked at. */
  readonly clock: NodeClock
  readonly kubelet: FakeKubelet
  /**
   * Whether who reads a log learns that its connection to the kubelet was cut. A real API server ends the body in order,
   * as if all had been read.
   */
  readonly tellsOfCuts: boolean
  /** How Weir reaches it. */
  target(): ClusterTarget
  /** The same for a whole gateway: the text of a kubeconfig. */
  kubeconfig(): string
  /** A scheduled pod whose containers have not started; the API server knows it. */
  addPod(options: FakePodOptions): Eventually<FakePod>
  /** A pod that runs; the API server knows. */
  runPod(options: FakePodOptions): Eventually<FakePod>
  /** The kubelet tells the API server how the pod is. Until then its status is old. */
  publish(pod: FakePod): Eventually<void>
  /** Ends a container and starts it again; the API server knows. */
  restart(pod: FakePod, container?: FakeContainer): Eventually<void>
  /** Containers end, the pod stays as Succeeded. */
  finishPod(pod: FakePod): Eventually<void>
  deletePod(pod: FakePod): Eventually<void>
  /** Cuts every connection to the API server, as a load balancer that goes away. */
  cutConnections(): void
  /** At least those of watches; a real network does not know which they are. */
  cutWatches(): void
  /** The API server goes, and every connection with it; `meanwhile` nobody answers, then it is back. */
  restartApiServer(meanwhile: () => void): Eventually<void>
  /** Lets a user read the logs of the pods of a namespace; the API server knows. */
  allow(user: string, namespace: string): Eventually<void>
  forbid(user: string, namespace: string): Eventually<void>
  /** The API server's history is gone: who asks for an older version has to list. */
  forget(): Eventually<void>
  stop(): Promise<void>
}
