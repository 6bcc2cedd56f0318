import { describe, expect, it } from 'vitest'
import type { LogBehaviour } from '../support/fake-log-response.ts'
import { expectAll, type StartCluster, useTailed } from './rig.ts'

/** A follow that ends for no reason of the container. */
export function reconnects(startCluster: StartCluster): void {
  const { start, runPod } = useTailed(startCluster)

  describe('reconnects deliver every line once', () => {
    it.each([
      { name: 'reset in the middle of a line', behaviour: { fault: 'reset', afterBytes: 75 } },
      { name: 'reset before the first byte', behaviour: { fault: 'reset', afterBytes: 0 } },
      { name: 'a clean end by a proxy', behaviour: { fault: 'end', afterBytes: 120 } },
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
    ] satisfies { name: string; behaviour: LogBehaviour }[])('after $name', async ({ behaviour }) => {
      const { fault, afterBytes = 0 }: LogBehaviour = behaviour
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
      const isHidden = fault === 'end' || (fault === 'reset' && afterBytes > 0 && !on.cluster.tellsOfCuts)
      expect(on.problems.length > 0).toBe(!isHidden)
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
