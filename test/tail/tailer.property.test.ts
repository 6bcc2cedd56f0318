import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeCluster } from './support/fake-cluster.ts'
import type { LogBehaviour } from './support/fake-log-response.ts'
import type { FakePod } from './support/fake-pod.ts'
import { fastTimers } from './support/manual-timers.ts'
import { complaints } from './support/oracle.ts'
import { Tailed } from './support/tailed.ts'

/** One thing that happens to the cluster. */
type Deed =
  | { readonly do: 'write'; readonly lines: number; readonly length: number; readonly stepNs: number }
  | { readonly do: 'write_both' }
  | { readonly do: 'write_part' }
  | { readonly do: 'rotate' }
  | { readonly do: 'restart'; readonly told: boolean; readonly afterSeconds: number }
  | { readonly do: 'tell' }
  | { readonly do: 'reset' }
  | { readonly do: 'end' }
  | { readonly do: 'silence' }
  | { readonly do: 'cut_watch' }
  | { readonly do: 'compact' }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'misbehave'; readonly behaviour: LogBehaviour }
  | { readonly do: 'breathe'; readonly turns: number }

const behaviour: fc.Arbitrary<LogBehaviour> = fc.oneof(
  fc.record({ fault: fc.constantFrom('reset', 'end', 'silence' as const), afterBytes: fc.nat(400) }),
  fc.record({ fault: fc.constant({ errorText: 'rpc error: code = Unknown' }), afterBytes: fc.nat(400) }),
  fc.constant({ fault: { errorText: 'failed to create fsnotify watcher: too many open files' } }),
  fc.record({
    refuse: fc.constantFrom(
      { status: 429, message: 'busy', retryAfterSeconds: 1 },
      { status: 500, message: 'no' },
    ),
  }),
)

function write(): fc.Arbitrary<Deed> {
  return fc.record({
    do: fc.constant('write' as const),
    lines: fc.integer({ min: 1, max: 30 }),
    length: fc.constantFrom(10, 10, 10, 200, 20_000),
    stepNs: fc.constantFrom(0, 1_000, 1_000_000, 400_000_000),
  })
}

const quiet: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: write() },
  { weight: 2, arbitrary: fc.constant({ do: 'write_both' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'write_part' as const }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom({ do: 'reset' as const }, { do: 'end' as const }, { do: 'silence' as const }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'cut_watch' as const }, { do: 'compact' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 20 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('misbehave' as const), behaviour }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('breathe' as const), turns: fc.integer({ min: 1, max: 30 }) }),
  },
)

const rough: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 12, arbitrary: quiet },
  { weight: 2, arbitrary: fc.constant({ do: 'rotate' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('restart' as const),
      told: fc.boolean(),
      afterSeconds: fc.constantFrom(1, 12),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'tell' as const }) },
)

/** An hour of the tail in some seconds. */
const SPEED = 1000

/** Follows a container through all this, to the end of its pod; what is wrong with what was delivered. */
async function live(deeds: ReadonlyArray<Deed>): Promise<{ wrong: string[]; gaps: number; missing: number }> {
  const tailed = await Tailed.start(
    await FakeCluster.start(),
    { lifetimeMs: 120_000, exhaustedMs: 10_000 },
    fastTimers(SPEED),
  )
  try {
    const pod = tailed.cluster.runPod({ name: 'web-0' })
    await tailed.knows(pod)
    pod.container().log.append('0 is the first')
    const { handle, seen } = tailed.follow(pod)
    // Before it, nothing is promised: of the first instance the kubelet may have rotated anything.
    await seen.line(1)
    let written = 1
    for (const deed of deeds) written = await perform(tailed, pod, deed, written)
    tailed.cluster.finishPod(pod)
    await handle.done
    const lines = pod.container().instances.reduce((sum, { log }) => sum + log.written.length, 0)
    return {
      wrong: complaints(pod.container(), seen.journal.all, pod.container().instances.length > 1),
      gaps: seen.gaps.length,
      missing: lines - seen.texts.length,
    }
  } finally {
    await tailed.stop()
  }
}

async function perform(
  { cluster }: Tailed<FakeCluster, ReturnType<typeof fastTimers>>,
  pod: FakePod,
  deed: Deed,
  written: number,
): Promise<number> {
  const container = pod.container()
  const text = (index: number, length = 10): string => `${index} `.padEnd(length, 'x')
  switch (deed.do) {
    case 'write':
      for (let i = 0; i < deed.lines; i++)
        container.log.append(text(written + i, deed.length), { ns: cluster.clock.next(BigInt(deed.stepNs)) })
      return written + deed.lines
    case 'write_both': {
      const ns = cluster.clock.next(50_000_000n)
      container.log.append(text(written), { ns, stream: 'stderr' })
      container.log.append(text(written + 1), { ns: ns - 40_000_000n })
      return written + 2
    }
    case 'write_part':
      container.log.append(text(written, 30), { newline: false })
      container.log.append(' and the rest')
      return written + 1
    case 'rotate':
      // A file is not full within the second of its container's start.
      cluster.clock.pass(3)
      container.log.rotate()
      return written
    case 'restart':
      container.exit()
      cluster.clock.pass(deed.afterSeconds)
      container.start()
      if (deed.told) cluster.publish(pod)
      return written
    case 'tell':
      cluster.publish(pod)
      return written
    case 'reset':
    case 'end':
    case 'silence':
      for (const follow of cluster.kubelet.openFollows) follow[deed.do]()
      return written
    case 'cut_watch':
      cluster.endWatches('cut')
      return written
    case 'compact':
      cluster.compact(true)
      return written
    case 'pass':
      cluster.clock.pass(deed.seconds)
      return written
    case 'misbehave':
      cluster.kubelet.behave(deed.behaviour)
      return written
    case 'breathe':
      for (let i = 0; i < deed.turns; i++) await new Promise((resolve) => setImmediate(resolve))
      return written
  }
}

describe('whatever happens', () => {
  it('Guarantees: without rotation and restart every line is delivered once, in order, and no gap is announced', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(quiet, { minLength: 1, maxLength: 40 }), async (deeds) => {
        expect(await live(deeds)).toEqual({ wrong: [], gaps: 0, missing: 0 })
      }),
      { numRuns: 40 },
    )
  })

  it('Guarantees: every line is delivered once, in order, or lies in a gap that is announced in its place', async () => {
    let missing = 0
    await fc.assert(
      fc.asyncProperty(fc.array(rough, { minLength: 1, maxLength: 60 }), async (deeds) => {
        const result = await live(deeds)
        missing += result.missing
        expect(result.wrong).toEqual([])
      }),
      { numRuns: 80 },
    )
    // The generator does lose lines: else nothing about gaps was tested.
    expect(missing).toBeGreaterThan(0)
  })
})
