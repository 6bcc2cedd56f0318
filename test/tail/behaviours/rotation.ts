import { describe, expect, it } from 'vitest'
import { stampText } from '../../../src/tail/kubernetes/contract.ts'
import { expectAll, type StartCluster, useTailed } from './rig.ts'

/** Files that are renamed under a follow, and follows that go silent. */
export function rotations(startCluster: StartCluster): void {
  const { start, runPod, followed } = useTailed(startCluster)

  describe('rotation', () => {
    it('is nothing to a follow that is open', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      const opened = on.cluster.kubelet.nextLog()
      const { seen } = on.follow(pod)
      await opened
      for (let i = 0; i < 6; i++) {
        log.append(`line ${i}`)
        if (i % 2 === 1) log.rotate()
      }
      await seen.line(6)
      expectAll(seen, pod)
    })

    it('while nobody was connected: the gap is announced, with what it spans, before the next line', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      log.append('seen')
      const opened = on.cluster.kubelet.nextLog()
      const { seen } = on.follow(pod)
      await seen.line(1)
      const follow = await opened
      follow.reset()
      await follow.ended
      log.append('lost')
      log.rotate()
      log.append('after')
      await on.timers.fire('backoff')
      await seen.line(2)
      expect(seen.texts).toEqual(['seen', 'after'])
      const [gap] = seen.gaps
      expect(gap).toMatchObject({ reason: 'rotated', instance: { restartCount: 0 } })
      expect([stampText(gap!.from!), stampText(gap!.to!)]).toEqual([
        String(log.written[0]!.ns),
        String(log.written[2]!.ns),
      ])
      expect(seen.journal.all.map(({ kind }) => kind).filter((kind) => kind !== 'state')).toEqual([
        'line',
        'gap',
        'line',
      ])
    })

    it('and nothing written since: the gap is announced when the container ends', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      log.append('seen')
      const opened = on.cluster.kubelet.nextLog()
      const { handle, seen } = on.follow(pod)
      await seen.line(1)
      ;(await opened).reset()
      log.append('lost')
      log.rotate()
      await on.timers.fire('backoff')
      await on.cluster.finishPod(pod)
      await handle.done
      expect(seen.texts).toEqual(['seen'])
      expect(seen.gaps).toMatchObject([{ reason: 'rotated', to: undefined }])
    })

    it('and nothing written since, for long: the gap is announced once, and the next line follows it', async () => {
      const { on, pod, seen, follow } = await followed()
      const { log } = pod.container()
      follow.reset()
      await follow.ended
      log.append('lost')
      log.rotate()
      await on.timers.fire('backoff')
      await on.timers.fire('stall')
      await seen.announced(1)
      expect(seen.gaps).toMatchObject([{ reason: 'rotated', to: undefined }])
      log.append('after')
      await seen.line(2)
      expect(seen.texts).toEqual(['one', 'after'])
      expect(seen.gaps).toHaveLength(1)
    })

    it('that silences the follow: the log is compared, and the follow opened again', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      log.append('one')
      const opened = on.cluster.kubelet.nextLog()
      const { seen } = on.follow(pod)
      await seen.line(1)
      ;(await opened).silence()
      log.append('two')
      await on.timers.fire('stall')
      await on.timers.fire('stall-grace')
      await seen.line(2)
      expectAll(seen, pod)
    })

    it('silence with nothing to say costs a comparison, and no follow', async () => {
      const on = await start()
      const pod = await runPod(on)
      pod.container().log.append('one')
      const { seen } = on.follow(pod)
      await seen.line(1)
      await on.timers.fire('stall')
      await on.timers.fire('stall')
      expect(on.timers.leftMs('stall-grace')).toBeUndefined()
      const logs = on.cluster.kubelet.requests.all.flatMap(({ response }) =>
        response === undefined ? [] : [response],
      )
      expect(logs.map(({ query }) => query.follow)).toEqual([true, false, false].slice(0, logs.length))
      expect(on.cluster.kubelet.openFollows).toHaveLength(1)
      pod.container().log.append('two')
      await seen.line(2)
      expectAll(seen, pod)
    })
  })
}
