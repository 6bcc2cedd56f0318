import { describe, expect, it } from 'vitest'
import { stampText } from '../../../src/tail/kubernetes/contract.ts'
import type { Recorder } from '../support/recorder.ts'
import { type StartCluster, truth, useTailed } from './rig.ts'

/** Containers that start again, and statuses that tell of it late. */
export function restarts(startCluster: StartCluster): void {
  const { followed } = useTailed(startCluster)

  describe('restarts', () => {
    it('deliver the rest of the old instance, then the new one, each under its id', async () => {
      const { on, pod, seen, follow } = await followed()
      follow.silence()
      pod.container().log.append('two')
      await on.cluster.restart(pod)
      pod.container().log.append('three')
      await on.timers.fire('end-grace')
      await seen.text('three')
      expect(seen.texts).toEqual(truth(pod))
      expect(seen.gaps).toEqual([])
      const [first, second] = pod.container().instances.map(({ id }) => id)
      expect(instancesOf(seen)).toEqual([first, first, second])
    })

    it('in a crash loop: what ended is read once, the next when it starts', async () => {
      const { on, pod, seen } = await followed()
      const container = pod.container()
      container.crashLoop = true
      for (const text of ['two', 'three', 'four']) {
        container.exit()
        await on.cluster.publish(pod)
        await seen.journal.until(
          () => seen.states.filter((name) => name === 'waiting').length >= container.instances.length,
        )
        container.start()
        container.log.append(text)
        await on.cluster.publish(pod)
        await seen.text(text)
      }
      expect(seen.texts).toEqual(truth(pod))
      expect(seen.gaps).toEqual([])
    })

    it('that the status tells late: the lines of the new instance are not given to the old one', async () => {
      const { on, pod, seen, follow } = await followed()
      const container = pod.container()
      follow.reset()
      await follow.ended
      container.log.append('two')
      container.exit()
      container.start()
      container.log.append('three')
      // The status still says that the first instance runs.
      await on.timers.fire('backoff')
      await seen.text('two')
      await on.cluster.publish(pod)
      await seen.text('three')
      expect(seen.texts).toEqual(truth(pod))
      expect(seen.gaps).toEqual([])
      const [first, second] = container.instances.map(({ id }) => id)
      expect(instancesOf(seen)).toEqual([first, first, second])
    })

    it('more of them than the kubelet keeps: a gap for what is lost, and the instances that are left', async () => {
      const { on, pod, seen, follow } = await followed()
      const container = pod.container()
      follow.silence()
      container.log.append('lost, first instance')
      for (const text of ['lost, second instance', 'third', 'fourth']) {
        container.exit()
        container.start()
        container.log.append(text)
      }
      await on.cluster.publish(pod)
      await on.timers.fire('end-grace')
      await seen.text('fourth')
      expect(seen.texts).toEqual(['one', 'third', 'fourth'])
      expect(seen.gaps.map(({ reason }) => reason)).toEqual(['restarted', 'restarted'])
    })
  })

  describe('a status that is behind', () => {
    it('by two restarts: what would come too late lies in a gap, and nothing is out of order or twice', async () => {
      const { on, pod, seen } = await followed()
      const container = pod.container()
      container.crashLoop = true
      container.exit()
      await on.cluster.publish(pod)
      await seen.reached('waiting')
      // The second instance is known, but its log is not read before the third one runs.
      on.cluster.kubelet.behave({ refuse: { status: 500, message: 'not now' } })
      container.start()
      container.log.append('second')
      await on.cluster.publish(pod)
      await seen.reached('retrying')
      on.cluster.clock.pass(10)
      container.exit()
      container.start()
      container.log.append('third')
      await on.timers.fire('backoff')
      await seen.text('third')
      await on.cluster.publish(pod)
      await on.timers.fire('end-grace')
      container.log.append('third, again')
      await seen.text('third, again')
      expect(seen.texts).toEqual(['one', 'third', 'third, again'])
      expect(seen.gaps).toMatchObject([{ reason: 'restarted' }])
      const lost = container.instances[1]!.log.written[0]!
      expect(BigInt(stampText(seen.gaps[0]!.from!))).toBe(lost.ns)
    })

    it('by a start: if it was seen so late that its first lines may be rotated away, that is said', async () => {
      const { on, pod, seen } = await followed()
      const container = pod.container()
      container.exit()
      container.start()
      container.log.append('lost')
      on.cluster.clock.pass(5)
      container.log.rotate()
      container.log.append('left')
      // A minute after the start.
      on.timers.after('retry', 60_000, () => undefined)
      await on.timers.fire('retry')
      await on.cluster.publish(pod)
      await seen.text('left')
      expect(seen.texts).toEqual(['one', 'left'])
      expect(seen.gaps).toMatchObject([{ reason: 'rotated', instance: { restartCount: 1 }, from: undefined }])
    })
  })
}

function instancesOf(seen: Recorder): string[] {
  return seen.journal.all.flatMap((entry) => (entry.kind === 'line' ? [entry.instance] : []))
}
