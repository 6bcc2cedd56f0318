import { describe, expect, it } from 'vitest'
import type { TailOptions } from '../../../src/tail/kubernetes/tailer/options.ts'
import type { FakePod } from '../support/fake-pod.ts'
import type { Recorder } from '../support/recorder.ts'
import { type AnyTailed, type StartCluster, useTailed } from './rig.ts'

/** More to follow than may be followed. */
export function caps(startCluster: StartCluster): void {
  const { start, runPod } = useTailed(startCluster)

  async function pods(
    count: number,
    options: Partial<TailOptions>,
  ): Promise<{ on: AnyTailed; pods: FakePod[] }> {
    const on = await start(options)
    const made: FakePod[] = []
    for (let i = 0; i < count; i++) {
      const pod = await runPod(on, { name: `pod-${i}`, node: i % 2 === 0 ? 'even' : 'odd' })
      pod.container().log.append(`${pod.name} says one`)
      made.push(pod)
    }
    return { on, pods: made }
  }

  describe('caps', () => {
    it.each([
      { options: { followsPerNodeMax: 1 }, open: 2 },
      { options: { followsMax: 3 }, open: 3 },
    ])(
      '$options: $open of six are followed, the others read every few seconds, and nothing is lost',
      async ({ options, open }) => {
        const { on, pods: all } = await pods(6, options)
        const seen = await followAll(on, all)
        expect(on.cluster.kubelet.openFollows).toHaveLength(open)
        expect(seen.filter(({ states }) => states.includes('polling'))).toHaveLength(6 - open)
        for (const pod of all) pod.container().log.append(`${pod.name} says two`)
        for (let i = open; i < 6; i++) await on.timers.fire('poll')
        await Promise.all(seen.map((recorder) => recorder.line(2)))
        all.forEach((pod, i) => {
          expect(seen[i]!.texts).toEqual([`${pod.name} says one`, `${pod.name} says two`])
          expect(seen[i]!.gaps).toEqual([])
        })
      },
    )

    it('a place that is free again is taken', async () => {
      const { on, pods: all } = await pods(2, { followsMax: 1 })
      const first = on.follow(all[0]!)
      await first.seen.line(1)
      const second = on.follow(all[1]!)
      await second.seen.reached('polling')
      first.handle.stop()
      await first.handle.done
      await on.timers.fire('poll')
      await second.seen.reached('live')
      expect(second.seen.texts).toEqual(['pod-1 says one'])
    })

    it('a line that is not finished is not polled in halves', async () => {
      const { on, pods: all } = await pods(1, { followsMax: 0 })
      const { seen } = on.follow(all[0]!)
      await seen.line(1)
      const { log } = all[0]!.container()
      log.append('half', { newline: false })
      await on.timers.fire('poll')
      log.append(' and half')
      await on.timers.fire('poll')
      await seen.line(2)
      expect(seen.texts).toEqual(['pod-0 says one', 'half and half'])
    })

    it('a node without inotify instances is polled for a while, other nodes are not', async () => {
      const { on, pods: all } = await pods(2, { exhaustedMs: 5_000 })
      on.cluster.kubelet.behave({
        fault: { errorText: 'failed to create fsnotify watcher: too many open files' },
      })
      const even = on.follow(all[0]!).seen
      await even.reached('polling')
      const odd = on.follow(all[1]!).seen
      await odd.reached('live')
      expect(even.texts).toEqual(['pod-0 says one'])
      await on.timers.fire('poll')
      await on.timers.fire('poll')
      await even.reached('live')
      expect(even.gaps).toEqual([])
      // What the kubelet wrote may be anybody's: it is in the log, not in a state.
      expect(on.problems.map(({ detail }) => detail).join()).toContain('fsnotify')
      expect(JSON.stringify(even.journal.all.filter(({ kind }) => kind === 'state'))).not.toContain(
        'fsnotify',
      )
    })

    it('logs are opened one after the other', async () => {
      const { on, pods: all } = await pods(3, { opensPerSecond: 10 })
      const seen = all.map((pod) => on.follow(pod).seen)
      await seen[0]!.line(1)
      expect(seen.map(({ texts }) => texts.length)).toEqual([1, 0, 0])
      expect(on.timers.leftMs('open-rate')).toBe(100)
      await on.timers.fire('open-rate')
      await on.timers.fire('open-rate')
      await Promise.all(seen.map((recorder) => recorder.line(1)))
    })
  })
}

async function followAll(on: AnyTailed, all: ReadonlyArray<FakePod>): Promise<Recorder[]> {
  const seen: Recorder[] = []
  for (const pod of all) {
    const recorder = on.follow(pod).seen
    await recorder.line(1)
    seen.push(recorder)
  }
  return seen
}
