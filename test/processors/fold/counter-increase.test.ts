import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FoldState } from '../../../src/processors/fold/fold-state.ts'
import {
  type CounterPoint,
  counterPoint,
  EPOCH_MS,
  FoldWorld,
  foldedCounter,
  IDLE_AFTER_MS,
} from './world.ts'

/**
 * Scenario: senders of cumulative monotonic sums whose processes restart, whose points are lost, late and sent again; the
 * gateway restarts, cleanly or not. Guarantees: the folded series rises by exactly what its members rose by, and never goes back.
 */

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-fold-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** What a property test does to a world, in order. */
type Step =
  | { readonly kind: 'export'; readonly member: number; readonly grows: number; readonly delivery: Delivery }
  | { readonly kind: 'restart of a member'; readonly member: number }
  | { readonly kind: 'clean restart' }
  | { readonly kind: 'kill' }
type Delivery = 'now' | 'late' | 'lost' | 'twice'

const MEMBERS = 4
const EXPORT = fc.record({
  kind: fc.constant('export' as const),
  member: fc.nat(MEMBERS - 1),
  grows: fc.nat(1000),
  delivery: fc.constantFrom<Delivery>('now', 'now', 'now', 'late', 'lost', 'twice'),
})
const RESTART = fc.record({ kind: fc.constant('restart of a member' as const), member: fc.nat(MEMBERS - 1) })

function steps(...more: fc.WeightedArbitrary<Step>[]): fc.Arbitrary<Step[]> {
  return fc.array(
    fc.oneof<[fc.WeightedArbitrary<Step>, fc.WeightedArbitrary<Step>, ...fc.WeightedArbitrary<Step>[]]>(
      { weight: 12, arbitrary: EXPORT },
      { weight: 2, arbitrary: RESTART },
      ...more,
    ),
    { maxLength: 60, size: 'max' },
  )
}

/**
 * What was delivered of one member, in the plainest way: of each start time the value it was first heard of with and the highest. A
 * start time older than the two latest is not heard of any more, as the documentation says.
 */
class Heard {
  readonly #lives = new Map<bigint, { first: bigint; highest: bigint }>()

  hear(startNs: bigint, value: bigint): void {
    const known = this.#lives.get(startNs)
    const younger = [...this.#lives.keys()].filter((each) => each > startNs)
    if (younger.length >= 2) return
    if (known === undefined) this.#lives.set(startNs, { first: value, highest: value })
    else if (value > known.highest) known.highest = value
  }

  increase(sinceNs: bigint): bigint {
    return [...this.#lives].reduce(
      (sum, [startNs, { first, highest }]) => sum + highest - (startNs > sinceNs ? 0n : first),
      0n,
    )
  }
}

class Senders {
  world = new FoldWorld()
  readonly outputs: { startNs: bigint; timeNs: bigint; value: bigint }[] = []
  heard = Array.from({ length: MEMBERS }, () => new Heard())
  readonly #members = Array.from({ length: MEMBERS }, (_, i) => ({
    startMs: -1000 + 700 * i,
    value: BigInt(50 * i),
  }))
  readonly #late: CounterPoint[] = []
  #state: FoldState | undefined
  /** How many outputs there were at the last kill. */
  #begun = 0
  readonly #directory: string

  constructor(path: string) {
    this.#directory = path
  }

  async step(step: Step): Promise<void> {
    this.world.pass(1000)
    const nowMs = this.world.nowMs - EPOCH_MS
    if (step.kind === 'restart of a member') this.#members[step.member] = { startMs: nowMs, value: 0n }
    else if (step.kind === 'export') this.#export(step, nowMs)
    else await this.#restart(step.kind === 'clean restart')
    await this.#state?.tick()
  }

  #export({ delivery, grows, member }: Step & { kind: 'export' }, nowMs: number): void {
    const sender = this.#members[member]!
    sender.value += BigInt(grows)
    const sent = counterPoint(String(member), sender.startMs, nowMs, sender.value)
    if (delivery === 'late') this.#late.push(sent)
    if (delivery === 'now' || delivery === 'twice') this.#deliver([sent])
    // A commit that was refused is sent again; a late point comes with the next one, after it.
    if (delivery === 'twice') this.#deliver([sent, ...this.#late.splice(0, 1)])
  }

  #deliver(points: CounterPoint[]): void {
    const output = foldedCounter(this.world, ...points)
    this.outputs.push({ ...output, value: output.value as bigint })
    for (const { id, startNs, value } of points) this.heard[Number(id)]!.hear(startNs, value as bigint)
  }

  /** Of a kill nothing is told: there is another process over the same directory. */
  async #restart(isClean: boolean): Promise<void> {
    if (isClean) await this.#state?.stop()
    else {
      this.heard = Array.from({ length: MEMBERS }, () => new Heard())
      this.#begun = this.outputs.length
    }
    await this.start()
  }

  async start(): Promise<void> {
    this.#state = await FoldState.open(this.#directory, {
      membersMax: 100,
      foldsMax: 10,
      bucketsMax: 1000,
      idleAfterMs: IDLE_AFTER_MS,
      instance: 'gateway-1',
      nowMs: () => this.world.nowMs,
      log: { info: () => {}, warn: () => {} },
    })
    this.world.use(this.#state.engine)
  }

  /** What the points since the last kill say. */
  get increase(): bigint {
    return this.outputs.length > this.#begun ? this.outputs.at(-1)!.value : 0n
  }

  get expected(): bigint {
    const sinceNs = this.outputs.at(-1)?.startNs ?? 0n
    return this.heard.reduce((sum, heard) => sum + heard.increase(sinceNs), 0n)
  }

  /** Later points are later, and not lower unless they begin anew. */
  expectNoStepBack(): void {
    this.outputs.forEach((output, i) => {
      const before = this.outputs[i - 1]
      if (before === undefined) return
      expect(output.timeNs > before.timeNs).toBe(true)
      expect(output.startNs >= before.startNs).toBe(true)
      if (output.startNs === before.startNs) expect(output.value >= before.value).toBe(true)
      else expect(output.startNs > before.timeNs).toBe(true)
    })
  }
}

async function run(all: ReadonlyArray<Step>): Promise<Senders> {
  const senders = new Senders(join(directory, String(runs++)))
  await senders.start()
  for (const step of all) await senders.step(step)
  return senders
}
let runs = 0

describe('the increase of a folded counter', () => {
  it('is the sum of its members over resets, gaps, late and repeated points, and clean restarts', async () => {
    const clean = { weight: 1, arbitrary: fc.constant<Step>({ kind: 'clean restart' }) }
    await fc.assert(
      fc.asyncProperty(steps(clean), async (all) => {
        const senders = await run(all)
        senders.expectNoStepBack()
        expect(senders.increase).toBe(senders.expected)
      }),
      { numRuns: 80 },
    )
  })

  it('begins anew after a kill, and never goes back', async () => {
    const kill = { weight: 1, arbitrary: fc.constant<Step>({ kind: 'kill' }) }
    await fc.assert(
      fc.asyncProperty(steps(kill), async (all) => {
        const senders = await run(all)
        senders.expectNoStepBack()
        expect(senders.increase).toBe(senders.expected)
      }),
      { numRuns: 50 },
    )
  })
})
