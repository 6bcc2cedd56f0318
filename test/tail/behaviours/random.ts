import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { LogBehaviour } from '../support/fake-log-response.ts'
import type { FakePod } from '../support/fake-pod.ts'
import { fastTimers } from '../support/manual-timers.ts'
import { complaints } from '../support/oracle.ts'
import { Tailed } from '../support/tailed.ts'
import type { TestCluster } from '../support/test-cluster.ts'
import type { StartCluster } from './rig.ts'

export type RandomRuns = {
  /** How often the tests of what loses nothing, and of what may lose lines, are run. */
  readonly runs: { readonly quiet: number; readonly rough: number }
  /** Seconds of the tail in a second. A request should take much less than its timeouts. */
  readonly speed: number
  /** Between two deeds, per turn; 0 is a turn of the event loop. */
  readonly breathMs: number
}

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
  | { readonly do: 'cut_watches' }
  | { readonly do: 'cut_all' }
  | { readonly do: 'forget' }
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
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { do: 'cut_watches' as const },
      { do: 'cut_all' as const },
      { do: 'forget' as const },
    ),
  },
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

/** Follows a container through all this, to the end of its pod; what is wrong with what was delivered. */
async function live(
  startCluster: StartCluster,
  deeds: ReadonlyArray<Deed>,
  { speed, breathMs }: RandomRuns,
): Promise<{ wrong: string[]; gaps: number; missing: number }> {
  const options = { lifetimeMs: 120_000, exhaustedMs: 10_000 }
  const tailed = await Tailed.on(await startCluster(), fastTimers(speed), options)
  const { cluster } = tailed
  try {
    const pod = await cluster.runPod({ name: 'web-0' })
    await tailed.knows(pod)
    pod.container().log.append('0 is the first')
    const { handle, seen } = tailed.follow(pod)
    // Before it, nothing is promised: of the first instance the kubelet may have rotated anything.
    await seen.line(1)
    let written = 1
    for (const deed of deeds) {
      if (deed.do === 'breathe') await breathe(deed.turns, breathMs)
      else if (deed.do.startsWith('write')) written = writeLines(cluster, pod, deed, written)
      else await perform(cluster, pod, deed)
    }
    await cluster.finishPod(pod)
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

async function breathe(turns: number, breathMs: number): Promise<void> {
  for (let i = 0; i < turns; i++)
    await new Promise<void>((resolve) => {
      if (breathMs === 0) setImmediate(resolve)
      else setTimeout(resolve, breathMs)
    })
}

/** How many lines there are then. */
function writeLines({ clock }: TestCluster, pod: FakePod, deed: Deed, written: number): number {
  const { log } = pod.container()
  const text = (index: number, length = 10): string => `${index} `.padEnd(length, 'x')
  switch (deed.do) {
    case 'write':
      for (let i = 0; i < deed.lines; i++)
        log.append(text(written + i, deed.length), { ns: clock.next(BigInt(deed.stepNs)) })
      return written + deed.lines
    case 'write_both': {
      const ns = clock.next(50_000_000n)
      log.append(text(written), { ns, stream: 'stderr' })
      log.append(text(written + 1), { ns: ns - 40_000_000n })
      return written + 2
    }
    default:
      log.append(text(written, 30), { newline: false })
      log.append(' and the rest')
      return written + 1
  }
}

async function perform(cluster: TestCluster, pod: FakePod, deed: Deed): Promise<void> {
  const container = pod.container()
  switch (deed.do) {
    case 'rotate':
      // A file is not full within the second of its container's start.
      cluster.clock.pass(3)
      return container.log.rotate()
    case 'restart':
      container.exit()
      cluster.clock.pass(deed.afterSeconds)
      container.start()
      if (deed.told) await cluster.publish(pod)
      return
    case 'tell':
      return await cluster.publish(pod)
    case 'reset':
    case 'end':
    case 'silence':
      for (const follow of cluster.kubelet.openFollows) follow[deed.do]()
      return
    case 'cut_watches':
      return cluster.cutWatches()
    case 'cut_all':
      return cluster.cutConnections()
    case 'forget':
      return await cluster.forget()
    case 'pass':
      return cluster.clock.pass(deed.seconds)
    case 'misbehave':
      return cluster.kubelet.behave(deed.behaviour)
  }
}

/** Deeds at random, and what must be true whatever they are. */
export function whateverHappens(startCluster: StartCluster, options: RandomRuns): void {
  it('Guarantees: without rotation and restart every line is delivered once, in order, and no gap is announced', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(quiet, { minLength: 1, maxLength: 40 }), async (deeds) => {
        expect(await live(startCluster, deeds, options)).toEqual({ wrong: [], gaps: 0, missing: 0 })
      }),
      { numRuns: options.runs.quiet },
    )
  })

  it('Guarantees: every line is delivered once, in order, or lies in a gap that is announced in its place', async () => {
    let missing = 0
    await fc.assert(
      fc.asyncProperty(fc.array(rough, { minLength: 1, maxLength: 60 }), async (deeds) => {
        const result = await live(startCluster, deeds, options)
        missing += result.missing
        expect(result.wrong).toEqual([])
      }),
      { numRuns: options.runs.rough },
    )
    // The generator does lose lines: else nothing about gaps was tested.
    expect(missing).toBeGreaterThan(0)
  })
}
