import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FoldState } from '../../../src/processors/fold/fold-state.ts'
import { type CounterPoint, counterRequest, EPOCH_MS, FoldWorld, IDLE_AFTER_MS, MS } from './world.ts'

/**
 * Scenario: senders with cumulative monotonic sums whose processes restart, whose points are lost, late, repeated and
 * refused; the gateway restarts. Guarantees: the folded series rises by exactly what its members rose by.
 */

const at = (ms: number): bigint => BigInt(EPOCH_MS + ms) * MS

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-fold-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

function point(id: string, startMs: number, timeMs: number, value: bigint | number): CounterPoint {
  return { id, startNs: at(startMs), timeNs: at(timeMs), value }
}

/** Value and times of the one folded point. */
function send(
  world: FoldWorld,
  ...points: CounterPoint[]
): { value: bigint | number; startNs: bigint; timeNs: bigint } {
  const { kept } = world.send(counterRequest(points))
  expect(kept).toHaveLength(1)
  const { asDouble, asInt, startTimeUnixNano, timeUnixNano } = kept[0]!.point as unknown as {
    asInt?: bigint
    asDouble?: number
    startTimeUnixNano: bigint
    timeUnixNano: bigint
  }
  return { value: asInt ?? asDouble!, startNs: startTimeUnixNano, timeNs: timeUnixNano }
}

describe('a folded counter', () => {
  it('begins with nothing, takes older series as baselines and counts younger ones in full', () => {
    const world = new FoldWorld()
    expect(send(world, point('old', -1000, -1, 100n), point('new', 5, -1, 3n))).toEqual({
      value: 3n,
      startNs: at(0),
      timeNs: at(0) + 1n,
    })
    world.pass(10_000)
    expect(send(world, point('old', -1000, 9000, 107n), point('younger', 4000, 9000, 2n))).toEqual({
      value: 12n,
      startNs: at(0),
      timeNs: at(9000),
    })
  })

  it('has one point in the place of many, with the labels that are left and the gateway it is of', () => {
    const world = new FoldWorld()
    const { kept, verdicts } = world.send(
      counterRequest([
        { ...point('a', 1, 0, 1n), route: '/x' },
        { ...point('b', 1, 0, 2n), route: '/y' },
        { ...point('c', 1, 0, 4n), route: '/x' },
      ]),
    )
    expect(verdicts).toEqual(['kept', 'kept', 'aggregate'])
    expect(kept.map(({ point: { attributes, asInt } }) => [attributes, asInt])).toEqual([
      [[label('route', '/x'), label('weir.instance', 'gateway-1')], 5n],
      [[label('route', '/y'), label('weir.instance', 'gateway-1')], 2n],
    ])
  })

  it('keeps what a vanished member counted, also when its memory is given to others', () => {
    const world = new FoldWorld({}, { membersMax: 4 })
    send(world, point('a', 1, 0, 5n), point('b', 1, 0, 5n), point('c', 1, 0, 5n), point('d', 1, 0, 5n))
    for (let i = 0; i < 5; i++) {
      world.pass(IDLE_AFTER_MS / 2)
      send(world, point('d', 1, 1000 * (i + 1), 5n))
    }
    expect(world.engine.members.count).toBe(1)
    // It comes back as it was: what it had counted is counted already.
    expect(send(world, point('a', 1, 9000, 9n)).value).toBe(20n)
    expect(send(world, point('a', 1, 9001, 10n)).value).toBe(21n)
    // It was started again since: that can't have been counted.
    expect(send(world, point('b', 2, 9000, 7n)).value).toBe(28n)
  })

  it('drops the members that there is no room for, and counts none of them', () => {
    const world = new FoldWorld({}, { membersMax: 2 })
    const request = counterRequest(['a', 'b', 'c', 'd'].map((id) => point(id, 1, 0, 1n)))
    expect(world.send(request).verdicts).toEqual(['kept', 'aggregate', 'fold_state_full', 'fold_state_full'])
    const none = new FoldWorld({}, { foldsMax: 0 })
    expect(none.send(request).verdicts).toEqual(Array(4).fill('fold_state_full'))
  })

  it('never goes back in time or value, whoever is late and whatever clock is ahead', () => {
    const world = new FoldWorld()
    const first = send(world, point('a', 1, 3_600_000, 1n))
    expect(first.timeNs).toBe(at(0) + 1n)
    expect(send(world, point('b', 1, -5000, 1n))).toEqual({ value: 2n, startNs: at(0), timeNs: at(0) + 2n })
    world.pass(1000)
    expect(send(world, point('b', 1, 500, 2n))).toEqual({ value: 3n, startNs: at(0), timeNs: at(500) })
  })

  it('adds integers exactly beyond 2^53, and goes on as a double from the first one', () => {
    const world = new FoldWorld()
    const large = 2n ** 53n
    expect(send(world, point('a', 1, 1, large), point('b', 1, 1, 1n)).value).toBe(large + 1n)
    expect(send(world, point('a', 1, 2, large + 1n)).value).toBe(large + 2n)
    expect(send(world, point('b', 1, 2, 2.5)).value).toBe(Number(large + 2n) + 1.5)
    const full = new FoldWorld()
    send(full, point('a', 1, 1, 2n ** 63n - 1n))
    expect(send(full, point('b', 1, 1, 2n ** 62n)).value).toBe(2 ** 63 + 2 ** 62)
  })

  it('is not spoiled by values that are no numbers, and forgets none because a series ended', () => {
    const world = new FoldWorld()
    expect(send(world, point('a', 1, 1, 1.5), point('b', 1, 1, Number.NaN)).value).toBe(1.5)
    expect(send(world, point('b', 1, 2, Number.POSITIVE_INFINITY), point('c', 1, 1, -4)).value).toBe(1.5)
    const stale = {
      attributes: [{ key: 'id', value: { stringValue: 'a' } }],
      timeUnixNano: String(at(3)),
      flags: 1,
    }
    const { kept } = world.send({
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'requests',
                  sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [stale] },
                },
              ],
            },
          ],
        },
      ],
    })
    // Without the route it is another fold, in which nothing was counted.
    expect(kept[0]!.point).toMatchObject({ flags: 0, asInt: 0n })
  })

  it('of one tenant is nothing to another, and of another resource or scope is another', () => {
    const world = new FoldWorld()
    world.send(counterRequest([point('a', 1, 1, 5n)]), 'one')
    expect(world.send(counterRequest([point('a', 1, 1, 7n)]), 'two').kept[0]!.point.asInt).toBe(7n)
    const [resource] = counterRequest([point('a', 1, 1, 9n)]).resourceMetrics!
    const attributes = [label('service.name', 'shop')]
    const other = world.send({ resourceMetrics: [{ ...resource, resource: { attributes } }] }, 'one')
    expect(other.kept[0]).toMatchObject({ resource: { attributes }, point: { asInt: 9n } })
  })
})

function label(key: string, stringValue: string): { key: string; value: { stringValue: string } } {
  return { key, value: { stringValue } }
}

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
    { maxLength: 60 },
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
    const sent = point(String(member), sender.startMs, nowMs, sender.value)
    if (delivery === 'late') this.#late.push(sent)
    if (delivery === 'now' || delivery === 'twice') this.#deliver([sent])
    // A commit that was refused is sent again; a late point comes with the next one, after it.
    if (delivery === 'twice') this.#deliver([sent, ...this.#late.splice(0, 1)])
  }

  #deliver(points: CounterPoint[]): void {
    const output = send(this.world, ...points)
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
      { numRuns: 150 },
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
      { numRuns: 100 },
    )
  })
})
