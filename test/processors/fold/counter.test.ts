import { describe, expect, it } from 'vitest'
import { counterPoint, counterRequest, FoldWorld, foldedCounter, IDLE_AFTER_MS, nsAt } from './world.ts'

/** What a folded cumulative monotonic sum is, case by case; its increase over anything: counter-increase.test.ts. */

describe('a folded counter', () => {
  it('begins with nothing, takes older series as baselines and counts younger ones in full', () => {
    const world = new FoldWorld()
    expect(
      foldedCounter(world, counterPoint('old', -1000, -1, 100n), counterPoint('new', 5, -1, 3n)),
    ).toEqual({
      value: 3n,
      startNs: nsAt(0),
      timeNs: nsAt(0) + 1n,
    })
    world.pass(10_000)
    expect(
      foldedCounter(world, counterPoint('old', -1000, 9000, 107n), counterPoint('younger', 4000, 9000, 2n)),
    ).toEqual({
      value: 12n,
      startNs: nsAt(0),
      timeNs: nsAt(9000),
    })
  })

  it('has one point in the place of many, with the labels that are left and the gateway it is of', () => {
    const world = new FoldWorld()
    const { kept, verdicts } = world.send(
      counterRequest([
        { ...counterPoint('a', 1, 0, 1n), route: '/x' },
        { ...counterPoint('b', 1, 0, 2n), route: '/y' },
        { ...counterPoint('c', 1, 0, 4n), route: '/x' },
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
    foldedCounter(
      world,
      counterPoint('a', 1, 0, 5n),
      counterPoint('b', 1, 0, 5n),
      counterPoint('c', 1, 0, 5n),
      counterPoint('d', 1, 0, 5n),
    )
    for (let i = 0; i < 5; i++) {
      world.pass(IDLE_AFTER_MS / 2)
      foldedCounter(world, counterPoint('d', 1, 1000 * (i + 1), 5n))
    }
    expect(world.engine.members.count).toBe(1)
    // It comes back as it was: what it had counted is counted already.
    expect(foldedCounter(world, counterPoint('a', 1, 9000, 9n)).value).toBe(20n)
    expect(foldedCounter(world, counterPoint('a', 1, 9001, 10n)).value).toBe(21n)
    // It was started again since: that can't have been counted.
    expect(foldedCounter(world, counterPoint('b', 2, 9000, 7n)).value).toBe(28n)
  })

  it('drops the members that there is no room for, and counts none of them', () => {
    const world = new FoldWorld({}, { membersMax: 2 })
    const request = counterRequest(['a', 'b', 'c', 'd'].map((id) => counterPoint(id, 1, 0, 1n)))
    expect(world.send(request).verdicts).toEqual(['kept', 'aggregate', 'fold_state_full', 'fold_state_full'])
    const none = new FoldWorld({}, { foldsMax: 0 })
    expect(none.send(request).verdicts).toEqual(Array(4).fill('fold_state_full'))
  })

  it('never goes back in time or value, whoever is late and whatever clock is ahead', () => {
    const world = new FoldWorld()
    const first = foldedCounter(world, counterPoint('a', 1, 3_600_000, 1n))
    expect(first.timeNs).toBe(nsAt(0) + 1n)
    expect(foldedCounter(world, counterPoint('b', 1, -5000, 1n))).toEqual({
      value: 2n,
      startNs: nsAt(0),
      timeNs: nsAt(0) + 2n,
    })
    world.pass(1000)
    expect(foldedCounter(world, counterPoint('b', 1, 500, 2n))).toEqual({
      value: 3n,
      startNs: nsAt(0),
      timeNs: nsAt(500),
    })
  })

  it('adds integers exactly beyond 2^53, and goes on as a double from the first one', () => {
    const world = new FoldWorld()
    const large = 2n ** 53n
    expect(foldedCounter(world, counterPoint('a', 1, 1, large), counterPoint('b', 1, 1, 1n)).value).toBe(
      large + 1n,
    )
    expect(foldedCounter(world, counterPoint('a', 1, 2, large + 1n)).value).toBe(large + 2n)
    expect(foldedCounter(world, counterPoint('b', 1, 2, 2.5)).value).toBe(Number(large + 2n) + 1.5)
    const full = new FoldWorld()
    foldedCounter(full, counterPoint('a', 1, 1, 2n ** 63n - 1n))
    expect(foldedCounter(full, counterPoint('b', 1, 1, 2n ** 62n)).value).toBe(2 ** 63 + 2 ** 62)
  })

  it('is not spoiled by values that are no numbers, and forgets none because a series ended', () => {
    const world = new FoldWorld()
    expect(
      foldedCounter(world, counterPoint('a', 1, 1, 1.5), counterPoint('b', 1, 1, Number.NaN)).value,
    ).toBe(1.5)
    expect(
      foldedCounter(world, counterPoint('b', 1, 2, Number.POSITIVE_INFINITY), counterPoint('c', 1, 1, -4))
        .value,
    ).toBe(1.5)
    const stale = {
      attributes: [{ key: 'id', value: { stringValue: 'a' } }],
      timeUnixNano: String(nsAt(3)),
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
    world.send(counterRequest([counterPoint('a', 1, 1, 5n)]), 'one')
    expect(world.send(counterRequest([counterPoint('a', 1, 1, 7n)]), 'two').kept[0]!.point.asInt).toBe(7n)
    const [resource] = counterRequest([counterPoint('a', 1, 1, 9n)]).resourceMetrics!
    const attributes = [label('service.name', 'shop')]
    const other = world.send({ resourceMetrics: [{ ...resource, resource: { attributes } }] }, 'one')
    expect(other.kept[0]).toMatchObject({ resource: { attributes }, point: { asInt: 9n } })
  })
})

function label(key: string, stringValue: string): { key: string; value: { stringValue: string } } {
  return { key, value: { stringValue } }
}
