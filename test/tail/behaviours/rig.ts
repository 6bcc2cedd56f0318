import { afterEach, expect } from 'vitest'
import type { TailOptions } from '../../../src/tail/kubernetes/tailer/options.ts'
import type { LogResponse } from '../support/fake-log-response.ts'
import type { FakePod, FakePodOptions } from '../support/fake-pod.ts'
import { ManualTimers } from '../support/manual-timers.ts'
import type { Recorder } from '../support/recorder.ts'
import { Tailed } from '../support/tailed.ts'
import type { TestCluster } from '../support/test-cluster.ts'

export type StartCluster = () => Promise<TestCluster>

/** Time passes when the test says so. */
export type AnyTailed = Tailed<ManualTimers, TestCluster>

/** A container that has written `one`, and its open follow. */
export type Followed = {
  readonly on: AnyTailed
  readonly pod: FakePod
  readonly seen: Recorder
  readonly follow: LogResponse
  readonly done: Promise<void>
}

export type Rig = {
  start(options?: Partial<TailOptions>): Promise<AnyTailed>
  /** A pod that runs and that the tail knows. */
  runPod(on: AnyTailed, options?: Partial<FakePodOptions>): Promise<FakePod>
  followed(): Promise<Followed>
}

/** A cluster and its tail per test, and what most tests begin with. */
export function useTailed(startCluster: StartCluster): Rig {
  let tailed: AnyTailed | undefined
  afterEach(async () => {
    await tailed?.stop()
    tailed = undefined
  })
  const start = async (options: Partial<TailOptions> = {}): Promise<AnyTailed> => {
    tailed = await Tailed.on(await startCluster(), new ManualTimers(), options)
    return tailed
  }
  const runPod = async (on: AnyTailed, options: Partial<FakePodOptions> = {}): Promise<FakePod> => {
    const pod = await on.cluster.runPod({ name: 'web-0', ...options })
    await on.knows(pod)
    return pod
  }
  return {
    start,
    runPod,
    async followed() {
      const on = await start()
      const pod = await runPod(on)
      pod.container().log.append('one')
      const opened = on.cluster.kubelet.nextLog()
      const { handle, seen } = on.follow(pod)
      await seen.line(1)
      return { on, pod, seen, follow: await opened, done: handle.done }
    },
  }
}

/** What the container wrote, over all its instances. */
export function truth(pod: FakePod): string[] {
  return pod.container().instances.flatMap(({ log }) => log.written.map(({ text }) => text))
}

export function expectAll(seen: Recorder, pod: FakePod): void {
  expect(seen.texts).toEqual(truth(pod))
  expect(seen.gaps).toEqual([])
}
