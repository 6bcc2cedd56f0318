import { afterEach, describe, expect, it } from 'vitest'
import { LINE_FLAGS, stampText } from '../../src/tail/kubernetes/contract.ts'
import type { TailOptions } from '../../src/tail/kubernetes/tailer/options.ts'
import type { FakePod } from './support/fake-pod.ts'
import type { Recorder } from './support/recorder.ts'
import { Tailed } from './support/tailed.ts'

let tailed: Tailed | undefined

afterEach(async () => {
  await tailed?.stop()
  tailed = undefined
})

async function start(options: Partial<TailOptions> = {}): Promise<Tailed> {
  tailed = await Tailed.start(options)
  return tailed
}

async function runPod(
  on: Tailed,
  options: Partial<Parameters<Tailed['cluster']['runPod']>[0]> = {},
): Promise<FakePod> {
  const pod = on.cluster.runPod({ name: 'web-0', ...options })
  await on.knows(pod)
  return pod
}

/** What the container wrote, over all its instances. */
function truth(pod: FakePod): string[] {
  return pod.container().instances.flatMap(({ log }) => log.written.map(({ text }) => text))
}

function expectAll(seen: Recorder, pod: FakePod): void {
  expect(seen.texts).toEqual(truth(pod))
  expect(seen.gaps).toEqual([])
}

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
    on.cluster.finishPod(pod)
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
    expect(seen.journal.all.find((entry) => entry.kind === 'line')).toMatchObject({ ns: log.written[0]!.ns })
  })

  it('waits for a container that has not started, without asking for its log', async () => {
    const on = await start()
    const pod = on.cluster.addPod({ name: 'web-0' })
    await on.knows(pod)
    const { seen } = on.follow(pod)
    pod.container().start()
    pod.container().log.append('first')
    on.cluster.publish(pod)
    await seen.line(1)
    expect(on.cluster.requests.all.filter(({ verb }) => verb === 'log')).toHaveLength(1)
  })

  it('delivers a last line without newline when the container has ended, and marks it', async () => {
    const on = await start()
    const pod = await runPod(on)
    const { log } = pod.container()
    log.append('whole')
    log.append('no newline', { newline: false })
    const { handle, seen } = on.follow(pod)
    await seen.line(1)
    on.cluster.finishPod(pod)
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
    const opened = on.cluster.nextLog()
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
    const opened = on.cluster.nextLog()
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
    on.cluster.restart(pod)
    pod.container().log.append('of this instance')
    await on.view.refresh(
      { uid: pod.uid, namespace: pod.namespace, name: pod.name },
      AbortSignal.timeout(10_000),
    )
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
  ] as const)('after $name', async ({ behaviour }) => {
    const on = await start()
    const pod = await runPod(on)
    const { log } = pod.container()
    for (let i = 0; i < 5; i++) log.append(`line ${i}, padded to some length`)
    on.cluster.behave(behaviour)
    const { seen } = on.follow(pod)
    await on.timers.fire('backoff')
    await seen.line(5)
    log.append('after')
    await seen.line(6)
    expectAll(seen, pod)
    expect(on.problems.length).toBeGreaterThanOrEqual(
      'fault' in behaviour && behaviour.fault === 'end' ? 0 : 1,
    )
  })

  it('waits as long as Retry-After says', async () => {
    const on = await start()
    const pod = await runPod(on)
    on.cluster.behave({ refuse: { status: 429, message: 'slow down', retryAfterSeconds: 7 } })
    const { seen } = on.follow(pod)
    await seen.reached('retrying')
    expect(on.timers.leftMs('backoff')).toBe(7000)
  })

  it('also of lines that share a nanosecond, and of lines that are the same', async () => {
    const on = await start()
    const pod = await runPod(on)
    const { log } = pod.container()
    const ns = on.cluster.clock.next()
    for (const text of ['x', 'x', 'y', 'x']) log.append(text, { ns })
    const opened = on.cluster.nextLog()
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
    const opened = on.cluster.nextLog()
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
    const opened = on.cluster.nextLog()
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
    const renewed = on.cluster.nextLog()
    await on.timers.fire('lifetime')
    log.append('between')
    await renewed
    log.append('after')
    await seen.line(3)
    expectAll(seen, pod)
  })
})

describe('rotation', () => {
  it('is nothing to a follow that is open', async () => {
    const on = await start()
    const pod = await runPod(on)
    const { log } = pod.container()
    const opened = on.cluster.nextLog()
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
    const opened = on.cluster.nextLog()
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
    const opened = on.cluster.nextLog()
    const { handle, seen } = on.follow(pod)
    await seen.line(1)
    ;(await opened).reset()
    log.append('lost')
    log.rotate()
    await on.timers.fire('backoff')
    on.cluster.finishPod(pod)
    await handle.done
    expect(seen.texts).toEqual(['seen'])
    expect(seen.gaps).toMatchObject([{ reason: 'rotated', to: undefined }])
  })

  it('that silences the follow: the log is compared, and the follow opened again', async () => {
    const on = await start()
    const pod = await runPod(on)
    const { log } = pod.container()
    log.append('one')
    const opened = on.cluster.nextLog()
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
    const logs = on.cluster.requests.all.flatMap(({ log }) => (log === undefined ? [] : [log]))
    expect(logs.map(({ query }) => query.follow)).toEqual([true, false, false].slice(0, logs.length))
    expect(on.cluster.openFollows).toHaveLength(1)
    pod.container().log.append('two')
    await seen.line(2)
    expectAll(seen, pod)
  })
})
