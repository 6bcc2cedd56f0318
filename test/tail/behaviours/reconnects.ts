import { describe, expect, it } from 'vitest'
import type { LogBehaviour } from '../support/fake-log-response.ts'
import type { TestCluster } from '../support/test-cluster.ts'
import { expectAll, type StartCluster, useTailed } from './rig.ts'

type Break = {
  readonly name: string
  readonly behaviour: LogBehaviour
  /** Whether the tail can learn that something went wrong; it can, unless a row says otherwise. */
  readonly isTold?: (cluster: TestCluster) => boolean
}

const BREAKS: ReadonlyArray<Break> = [
  {
    name: 'a reset in the middle of a line',
    behaviour: { fault: 'reset', afterBytes: 110 },
    isTold: ({ tellsOfCuts }) => tellsOfCuts,
  },
  // What is left of a stamp is taken for what a kubelet writes when it fails.
  { name: 'a reset in the middle of a stamp', behaviour: { fault: 'reset', afterBytes: 75 } },
  { name: 'a reset before the first byte', behaviour: { fault: 'reset', afterBytes: 0 } },
  {
    name: 'a clean end by a proxy',
    behaviour: { fault: 'end', afterBytes: 120 },
    isTold: () => false,
  },
  {
    name: 'too many requests',
    behaviour: { refuse: { status: 429, message: 'slow down', retryAfterSeconds: 7 } },
  },
  {
    name: 'an unreachable kubelet',
    behaviour: { refuse: { status: 500, message: 'dial tcp 10.0.0.1:10250' } },
  },
  { name: 'a kubelet that fails', behaviour: { fault: { errorText: 'failed to read: boom' } } },
  {
    name: 'a kubelet that fails mid-line',
    behaviour: { fault: { errorText: 'rpc error' }, afterBytes: 70 },
  },
]

/** A follow that ends for no reason of the container. */
export function reconnects(startCluster: StartCluster): void {
  const { start, runPod } = useTailed(startCluster)

  describe('reconnects deliver every line once', () => {
    it.each(BREAKS)('after $name', async ({ behaviour, isTold = () => true }) => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      for (let i = 0; i < 5; i++) log.append(`line ${i}, padded to some length`)
      on.cluster.kubelet.behave(behaviour)
      const { seen } = on.follow(pod)
      await on.timers.fire('backoff')
      await seen.line(5)
      log.append('after')
      await seen.line(6)
      expectAll(seen, pod)
      expect(on.problems.length > 0).toBe(isTold(on.cluster))
    })

    it('also when every connection to the API server is cut', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      log.append('before')
      const { seen } = on.follow(pod)
      await seen.line(1)
      on.cluster.cutConnections()
      log.append('between')
      // The view of the pods backs off as well, and for longer.
      await seen.reached('retrying')
      await on.timers.fire('backoff')
      log.append('after')
      await seen.line(3)
      expectAll(seen, pod)
    })

    it('also of lines that share a nanosecond, and of lines that are the same', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      const ns = on.cluster.clock.next()
      for (const text of ['x', 'x', 'y', 'x']) log.append(text, { ns })
      const opened = on.cluster.kubelet.nextLog()
      const { seen } = on.follow(pod)
      await seen.line(4)
      const follow = await opened
      follow.reset()
      await follow.ended
      log.append('x', { ns })
      await on.timers.fire('backoff')
      log.append('end')
      await seen.text('end')
      expectAll(seen, pod)
    })

    it('also of lines whose stamps are out of order', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      const ns = on.cluster.clock.next()
      log.append('late', { ns: ns + 900_000_000n, stream: 'stderr' })
      log.append('early', { ns })
      const opened = on.cluster.kubelet.nextLog()
      const { seen } = on.follow(pod)
      await seen.line(2)
      ;(await opened).reset()
      log.append('earlier', { ns: ns - 50_000_000n })
      await on.timers.fire('backoff')
      await seen.line(3)
      expectAll(seen, pod)
    })

    it('also after more lines in the overlap than are remembered', async () => {
      const on = await start({ windowLinesMax: 64 })
      const pod = await runPod(on)
      const { log } = pod.container()
      for (let i = 0; i < 500; i++) log.append(`line ${i}`)
      const opened = on.cluster.kubelet.nextLog()
      const { seen } = on.follow(pod)
      await seen.line(500)
      ;(await opened).reset()
      log.append('after')
      await on.timers.fire('backoff')
      await seen.text('after')
      expectAll(seen, pod)
    })

    it('renews the follow before the kubelet cuts it', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      log.append('before')
      const { seen } = on.follow(pod)
      await seen.line(1)
      expect(on.timers.leftMs('lifetime')).toBeLessThan(4 * 3_600_000)
      const renewed = on.cluster.kubelet.nextLog()
      await on.timers.fire('lifetime')
      log.append('between')
      await renewed
      log.append('after')
      await seen.line(3)
      expectAll(seen, pod)
    })
  })
}
