import { describe, expect, it } from 'vitest'
import { LINE_FLAGS } from '../../../src/tail/kubernetes/contract.ts'
import { expectAll, type StartCluster, useTailed } from './rig.ts'

/** A follow that nothing befalls, and where it begins. */
export function healthyFollows(startCluster: StartCluster): void {
  const { start, runPod } = useTailed(startCluster)

  describe('a healthy follow', () => {
    it('delivers what is there and what comes, with the stamps of the file, until the pod ends', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      log.append('one')
      log.append('zwei äöü', { stream: 'stderr' })
      log.append('')
      const { handle, seen } = on.follow(pod)
      await seen.line(3)
      log.append('four')
      await seen.line(4)
      await on.cluster.finishPod(pod)
      await handle.done
      expectAll(seen, pod)
      expect(seen.journal.all.flatMap((entry) => (entry.kind === 'line' ? [entry.ns] : []))).toEqual(
        log.written.map(({ ns }) => ns),
      )
      expect(seen.states).toEqual(['opening', 'live', 'draining', 'done'])
      expect(handle.state).toEqual({ name: 'done', reason: 'pod_ended' })
    })

    it('reads stamps of every zone', async () => {
      const on = await start()
      const pod = await runPod(on, { zone: '+05:30' })
      const { log } = pod.container()
      log.append('one')
      const { seen } = on.follow(pod)
      await seen.line(1)
      expect(seen.journal.all.find((entry) => entry.kind === 'line')).toMatchObject({
        ns: log.written[0]!.ns,
      })
    })

    it('waits for a container that has not started, without asking for its log', async () => {
      const on = await start()
      const pod = await on.cluster.addPod({ name: 'web-0' })
      await on.knows(pod)
      const { seen } = on.follow(pod)
      pod.container().start()
      pod.container().log.append('first')
      await on.cluster.publish(pod)
      await seen.line(1)
      expect(on.cluster.kubelet.requests.all).toHaveLength(1)
    })

    it('delivers a last line without newline when the container has ended, and marks it', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      log.append('whole')
      log.append('no newline', { newline: false })
      const { handle, seen } = on.follow(pod)
      await seen.line(1)
      await on.cluster.finishPod(pod)
      await handle.done
      expectAll(seen, pod)
      expect(seen.journal.all.flatMap((entry) => (entry.kind === 'line' ? [entry.flags] : []))).toEqual([
        0,
        LINE_FLAGS.unterminated,
      ])
    })

    it('joins the parts of a long line, and cuts and marks what is longer than the limit', async () => {
      const on = await start({ lineBytesMax: 40_000 })
      const pod = await runPod(on)
      const { log } = pod.container()
      log.append('a'.repeat(40_000))
      log.append('b'.repeat(100_000))
      log.append('short')
      const { seen } = on.follow(pod)
      await seen.line(3)
      expect(seen.texts).toEqual(['a'.repeat(40_000), 'b'.repeat(40_000), 'short'])
      expect(seen.journal.all.flatMap((entry) => (entry.kind === 'line' ? [entry.flags] : []))).toEqual([
        0,
        LINE_FLAGS.truncated,
        0,
      ])
    })
  })

  describe('where to start', () => {
    const OLD = ['one', 'two', 'three', 'four']
    it.each([
      { start: { from: 'beginning' } as const, expected: [...OLD, 'new'] },
      { start: { from: 'now' } as const, expected: ['new'] },
      { start: { from: 'last', lines: 2 } as const, expected: ['three', 'four', 'new'] },
      { start: { from: 'last', lines: 100 } as const, expected: [...OLD, 'new'] },
    ])('$start', async ({ start: from, expected }) => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      for (const text of OLD) log.append(text)
      const opened = on.cluster.kubelet.nextLog()
      const { seen } = on.follow(pod, from)
      await opened
      log.append('new')
      await seen.text('new')
      expect(seen.texts).toEqual(expected)
      expect(seen.gaps).toEqual([])
    })

    it('now, in a container that has written nothing: its first line is new', async () => {
      const on = await start()
      const pod = await runPod(on)
      const opened = on.cluster.kubelet.nextLog()
      const { seen } = on.follow(pod, { from: 'now' })
      await opened
      pod.container().log.append('first')
      await seen.line(1)
      expect(seen.texts).toEqual(['first'])
    })

    it('a second: inclusive, and with what the instance before wrote since', async () => {
      const on = await start()
      const pod = await runPod(on)
      pod.container().log.append('too old')
      on.cluster.clock.pass(10)
      const seconds = on.cluster.clock.seconds
      pod.container().log.append('of the instance before', { ns: BigInt(seconds) * 1_000_000_000n })
      await on.cluster.restart(pod)
      pod.container().log.append('of this instance')
      await on.knows(pod)
      const { seen } = on.follow(pod, { from: 'second', seconds })
      await seen.line(2)
      expect(seen.texts).toEqual(['of the instance before', 'of this instance'])
      expect(seen.gaps).toEqual([])
    })

    it('a second that cuts a long line: its tail is not taken for a line', async () => {
      const on = await start()
      const pod = await runPod(on)
      const { log } = pod.container()
      log.append(`${'a'.repeat(16_384)}`, { newline: false })
      on.cluster.clock.pass(5)
      log.append('tail of the long line')
      log.append('next')
      const { seen } = on.follow(pod, { from: 'second', seconds: on.cluster.clock.seconds })
      await seen.text('next')
      expect(seen.texts).toEqual(['next'])
    })
  })
}
