import { afterEach, describe, expect, it } from 'vitest'
import { stampText } from '../../src/tail/kubernetes/contract.ts'
import type { LogResponse } from './support/fake-log-response.ts'
import type { FakePod } from './support/fake-pod.ts'
import type { Recorder } from './support/recorder.ts'
import { Tailed } from './support/tailed.ts'

let tailed: Tailed | undefined

afterEach(async () => {
  await tailed?.stop()
  tailed = undefined
})

/** A container that has written `one`, and its open follow. */
async function followed(): Promise<{
  on: Tailed
  pod: FakePod
  seen: Recorder
  follow: LogResponse
  done: Promise<void>
}> {
  const on = await Tailed.start()
  tailed = on
  const pod = on.cluster.runPod({ name: 'web-0' })
  await on.knows(pod)
  pod.container().log.append('one')
  const opened = on.cluster.nextLog()
  const { handle, seen } = on.follow(pod)
  await seen.line(1)
  return { on, pod, seen, follow: await opened, done: handle.done }
}

function truth(pod: FakePod): string[] {
  return pod.container().instances.flatMap(({ log }) => log.written.map(({ text }) => text))
}

function instancesOf(seen: Recorder): string[] {
  return seen.journal.all.flatMap((entry) => (entry.kind === 'line' ? [entry.instance] : []))
}

describe('restarts', () => {
  it('deliver the rest of the old instance, then the new one, each under its id', async () => {
    const { on, pod, seen, follow } = await followed()
    follow.silence()
    pod.container().log.append('two')
    on.cluster.restart(pod)
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
      on.cluster.publish(pod)
      await seen.journal.until(
        () => seen.states.filter((name) => name === 'waiting').length >= container.instances.length,
      )
      container.start()
      container.log.append(text)
      on.cluster.publish(pod)
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
    on.cluster.publish(pod)
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
    on.cluster.publish(pod)
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
    on.cluster.publish(pod)
    await seen.reached('waiting')
    // The second instance is known, but its log is not read before the third one runs.
    on.cluster.behave({ refuse: { status: 500, message: 'not now' } })
    container.start()
    container.log.append('second')
    on.cluster.publish(pod)
    await seen.reached('retrying')
    on.cluster.clock.pass(10)
    container.exit()
    container.start()
    container.log.append('third')
    await on.timers.fire('backoff')
    await seen.text('third')
    on.cluster.publish(pod)
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
    on.cluster.publish(pod)
    await seen.text('left')
    expect(seen.texts).toEqual(['one', 'left'])
    expect(seen.gaps).toMatchObject([{ reason: 'rotated', instance: { restartCount: 1 }, from: undefined }])
  })
})

describe('the end of a pod', () => {
  it('a cut that the API server passes on as a clean end, in the middle of the last line, loses nothing', async () => {
    const { on, pod, seen, follow, done } = await followed()
    follow.silence()
    for (let i = 0; i < 5; i++) pod.container().log.append(`${i} of the last words`)
    // After the line that is known, and in the middle of two that are not.
    const known = Buffer.byteLength('2026-03-01T10:00:00.000000000Z one\n')
    on.cluster.behave(...[known, 120, 170].map((afterBytes) => ({ fault: 'end' as const, afterBytes })))
    on.cluster.finishPod(pod)
    await on.timers.fire('end-grace')
    await done
    expect(seen.texts).toEqual(truth(pod))
    expect(seen.gaps).toEqual([])
  })

  it('without loss, if the kubelet ended the follow in order and the status tells why', async () => {
    const { on, pod, seen, follow, done } = await followed()
    pod.container().log.append('last words', { newline: false })
    on.cluster.behave(...Array(3).fill({ refuse: { status: 404, message: 'pods "web-0" not found' } }))
    pod.container().exit()
    await follow.ended
    on.cluster.publish(pod)
    await seen.reached('draining')
    on.cluster.deletePod(pod)
    await done
    expect(seen.texts).toEqual(truth(pod))
    expect(seen.gaps).toEqual([])
    expect(seen.journal.all.at(-1)).toEqual({ kind: 'state', state: { name: 'done', reason: 'pod_gone' } })
  })

  it('with a gap, if it was cut', async () => {
    const { on, pod, seen, follow, done } = await followed()
    follow.silence()
    pod.container().log.append('lost')
    on.cluster.deletePod(pod)
    await on.timers.fire('end-grace')
    await done
    expect(seen.texts).toEqual(['one'])
    expect(seen.gaps).toMatchObject([{ reason: 'gone', to: undefined }])
  })

  it('another pod of the same name is not taken for it', async () => {
    const { on, pod, seen, follow, done } = await followed()
    on.cluster.endWatches('cut')
    follow.reset()
    on.cluster.deletePod(pod)
    const other = on.cluster.runPod({ name: 'web-0' })
    other.container().log.append("somebody else's")
    await on.timers.fire('backoff')
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
    const on = await Tailed.start()
    tailed = on
    const pod = on.cluster.runPod({ name: 'silent' })
    await on.knows(pod)
    const opened = on.cluster.nextLog()
    const { handle } = on.follow(pod)
    const follow = await opened
    handle.stop()
    await handle.done
    await follow.ended
    expect(on.cluster.openFollows).toEqual([])
  })
})
