import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Timers } from '../../src/tail/kubernetes/timers.ts'
import { whateverHappens } from '../tail/behaviours/random.ts'
import type { FakePod } from '../tail/support/fake-pod.ts'
import { fastTimers } from '../tail/support/manual-timers.ts'
import { complaints } from '../tail/support/oracle.ts'
import type { Recorder } from '../tail/support/recorder.ts'
import { Tailed } from '../tail/support/tailed.ts'
import { ControlPlane } from './support/control-plane.ts'
import { RealCluster } from './support/real-cluster.ts'

/**
 * Scenario: a container writes on while its API server is killed, forgets its history, or loses every connection; time is
 * real. Guarantees: every line arrives once, in order, and no gap is announced.
 */

let plane: ControlPlane
let tailed: Tailed<Timers, RealCluster> | undefined

beforeAll(async () => {
  plane = await ControlPlane.start()
})
afterAll(() => plane.stop())
afterEach(async () => {
  await tailed?.stop()
  tailed = undefined
})

type Live = {
  readonly on: Tailed<Timers, RealCluster>
  readonly pod: FakePod
  readonly seen: Recorder
  readonly done: Promise<void>
  /** Writes until the promise is settled; every line is another. */
  writeDuring(happening: Promise<unknown>): Promise<void>
}

async function live(): Promise<Live> {
  const on = await Tailed.on(await RealCluster.start(plane), fastTimers(1))
  tailed = on
  const pod = await on.cluster.runPod({ name: 'web-0' })
  await on.knows(pod)
  pod.container().log.append('0 is the first')
  const { handle, seen } = on.follow(pod)
  await seen.line(1)
  let written = 1
  const write = (): void => pod.container().log.append(`${written++} of many lines`)
  return {
    on,
    pod,
    seen,
    done: handle.done,
    async writeDuring(happening) {
      const timer = setInterval(write, 5)
      await happening.finally(() => clearInterval(timer))
      write()
    },
  }
}

async function expectNothingLost({ on, pod, seen, done }: Live): Promise<void> {
  await on.cluster.finishPod(pod)
  await done
  expect(complaints(pod.container(), seen.journal.all, pod.container().instances.length > 1)).toEqual([])
  expect(seen.gaps).toEqual([])
  const written = pod.container().instances.reduce((sum, { log }) => sum + log.written.length, 0)
  expect(seen.texts).toHaveLength(written)
}

describe('nothing is lost, doubled or announced', () => {
  it('when the API server is killed and comes back', async () => {
    const one = await live()
    await one.writeDuring(plane.killApiServer().then(() => plane.startApiServer()))
    await expectNothingLost(one)
  })

  it('when its kubelet can not be reached for a while', async () => {
    const one = await live()
    const happening = async (): Promise<void> => {
      await plane.kubelet.close()
      const failures = one.on.problems.length
      await expect.poll(() => one.on.problems.length, { timeout: 20_000 }).toBeGreaterThan(failures + 1)
      await plane.kubelet.open()
    }
    await one.writeDuring(happening())
    expect(one.on.problems.some(({ detail }) => detail.includes('connection refused'))).toBe(true)
    await expectNothingLost(one)
  })

  it('when it is killed, and the container has restarted before the tail is back', async () => {
    const one = await live()
    await one.writeDuring(plane.killApiServer())
    one.pod.container().restart()
    await one.writeDuring(plane.startApiServer().then(() => one.on.cluster.publish(one.pod)))
    await expectNothingLost(one)
  })

  it('when it comes back without history', async () => {
    const one = await live()
    const happening = async (): Promise<void> => {
      await plane.etcd.compact()
      await plane.killApiServer()
      await plane.startApiServer()
    }
    await one.writeDuring(happening())
    await expectNothingLost(one)
  })

  it('when every connection is cut, again and again, in the middle of lines and requests', async () => {
    const one = await live()
    const happening = async (): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        const { length } = one.seen.texts
        await one.seen.line(length + 5)
        one.on.cluster.cutConnections()
      }
    }
    await one.writeDuring(happening())
    await expectNothingLost(one)
  })
})

describe('whatever happens', () => {
  whateverHappens(() => RealCluster.start(plane), {
    runs: { quiet: 25, rough: 25 },
    speed: 100,
    breathMs: 2,
  })
})
