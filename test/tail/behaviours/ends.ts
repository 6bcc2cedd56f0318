import { describe, expect, it } from 'vitest'
import { type StartCluster, truth, useTailed } from './rig.ts'

/** Pods that end, are deleted or replaced, and tails that are stopped. */
export function ends(startCluster: StartCluster): void {
  const { followed, start, runPod } = useTailed(startCluster)

  describe('the end of a pod', () => {
    it('a cut that the API server passes on as a clean end, in the middle of the last line, loses nothing', async () => {
      const { on, pod, seen, follow, done } = await followed()
      follow.silence()
      for (let i = 0; i < 5; i++) pod.container().log.append(`${i} of the last words`)
      // After the line that is known, and in the middle of two that are not.
      const known = Buffer.byteLength('2026-03-01T10:00:00.000000000Z one\n')
      // A real API server makes the clean end of a cut itself.
      const fault = on.cluster.tellsOfCuts ? 'end' : 'reset'
      on.cluster.kubelet.behave(...[known, 120, 170].map((afterBytes) => ({ fault, afterBytes }) as const))
      await on.cluster.finishPod(pod)
      await on.timers.fire('end-grace')
      await done
      expect(seen.texts).toEqual(truth(pod))
      expect(seen.gaps).toEqual([])
    })

    it('without loss, if the kubelet ended the follow in order and the status tells why', async () => {
      const { on, pod, seen, follow, done } = await followed()
      pod.container().log.append('last words', { newline: false })
      on.cluster.kubelet.behave(
        ...Array(3).fill({ refuse: { status: 404, message: 'pods "web-0" not found' } }),
      )
      pod.container().exit()
      await follow.ended
      await on.cluster.publish(pod)
      await seen.reached('draining')
      await on.cluster.deletePod(pod)
      await done
      expect(seen.texts).toEqual(truth(pod))
      expect(seen.gaps).toEqual([])
      expect(seen.journal.all.at(-1)).toEqual({ kind: 'state', state: { name: 'done', reason: 'pod_gone' } })
    })

    it('with a gap, if it was cut', async () => {
      const { on, pod, seen, follow, done } = await followed()
      follow.silence()
      pod.container().log.append('lost')
      await on.cluster.deletePod(pod)
      await on.timers.fire('end-grace')
      await done
      expect(seen.texts).toEqual(['one'])
      expect(seen.gaps).toMatchObject([{ reason: 'gone', to: undefined }])
    })

    it('another pod of the same name is not taken for it', async () => {
      const { on, pod, seen, follow, done } = await followed()
      on.cluster.cutConnections()
      follow.reset()
      await on.cluster.deletePod(pod)
      const other = await on.cluster.runPod({ name: 'web-0' })
      other.container().log.append("somebody else's")
      // The view of the pods may be back already, and tell.
      await Promise.race([on.timers.fire('backoff'), done])
      await done
      expect(seen.texts).toEqual(['one'])
      expect(seen.gaps).toMatchObject([{ reason: 'gone' }])
    })

    it('stop ends the upstream, and nothing comes after done', async () => {
      const { on, pod, seen, follow } = await followed()
      await on.tail.stop()
      await follow.ended
      const { length } = seen.journal.all
      pod.container().log.append('unheard')
      expect(seen.journal.all).toHaveLength(length)
      expect(seen.journal.all.at(-1)).toEqual({ kind: 'state', state: { name: 'done', reason: 'stopped' } })
    })

    it('stop also ends a follow that has no headers yet', async () => {
      const on = await start()
      const pod = await runPod(on)
      const opened = on.cluster.kubelet.nextLog()
      const { handle } = on.follow(pod)
      const follow = await opened
      handle.stop()
      await handle.done
      await follow.ended
      expect(on.cluster.kubelet.openFollows).toEqual([])
    })
  })
}
