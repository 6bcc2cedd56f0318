import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FoldEngineOptions } from '../../../src/processors/fold/engine.ts'
import { FoldState } from '../../../src/processors/fold/fold-state.ts'
import type { MetricsRequest } from '../../otlp/proto.ts'
import { counterRequest, EPOCH_MS, FoldWorld, IDLE_AFTER_MS, labels, MS, metricRequest } from './world.ts'

/**
 * Scenario: a gateway stops, cleanly or not, and starts again with what its directory holds. Guarantees: after a clean stop nothing is
 * counted twice or lost; after any other, folds begin anew and say so.
 */

let directory: string
let world: FoldWorld
let warnings: string[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-folds-'))
  world = new FoldWorld()
  warnings = []
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function start(more: Partial<FoldEngineOptions> = {}): Promise<FoldState> {
  const state = await FoldState.open(directory, {
    membersMax: 1000,
    foldsMax: 100,
    bucketsMax: 10_000,
    idleAfterMs: IDLE_AFTER_MS,
    instance: 'gateway-1',
    nowMs: () => world.nowMs,
    log: { info: () => {}, warn: (_, message) => void warnings.push(message) },
    ...more,
  })
  world.use(state.engine)
  return state
}

const ns = (ms: number): bigint => BigInt(EPOCH_MS + ms) * MS

function counter(ms: number, value: bigint, id = 'a', startMs = 1): MetricsRequest {
  return counterRequest([{ id, startNs: ns(startMs), timeNs: ns(ms), value }])
}

/** One member of each kind that remembers; `step` makes all of them larger. */
function allKinds(id: string, step: number): MetricsRequest {
  const times = { startTimeUnixNano: String(ns(1)), timeUnixNano: String(ns(10 * step)) }
  const point = { attributes: labels({ id }), ...times }
  const count = String(2 * step)
  const cumulative = { aggregationTemporality: 2 }
  const of = (data: object, name: string): object => ({ name, ...data })
  const buckets = { explicitBounds: [1, 5], bucketCounts: [String(step), String(step), '0'] }
  const exponential = { scale: 2, positive: { offset: 3, bucketCounts: [String(step), '0', String(step)] } }
  return {
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              of(
                { sum: { ...cumulative, isMonotonic: true, dataPoints: [{ ...point, asInt: count }] } },
                'counter',
              ),
              of({ sum: { ...cumulative, dataPoints: [{ ...point, asInt: count }] } }, 'updown'),
              of({ gauge: { dataPoints: [{ ...point, asDouble: step + 0.5 }] } }, 'gauge'),
              of(
                { histogram: { ...cumulative, dataPoints: [{ ...point, count, sum: step, ...buckets }] } },
                'histogram',
              ),
              of(
                {
                  exponentialHistogram: {
                    ...cumulative,
                    dataPoints: [{ ...point, count, sum: step, ...exponential }],
                  },
                },
                'exponential',
              ),
              of({ summary: { dataPoints: [{ ...point, count, sum: step }] } }, 'summary'),
            ],
          },
        ],
      },
    ],
  } as MetricsRequest
}

describe('after a clean stop', () => {
  it('all kinds go on as if there had been none', async () => {
    const undisturbed = new FoldWorld()
    for (let step = 1; step <= 4; step++) {
      const state = await start()
      for (const id of ['a', 'b']) {
        const expected = undisturbed.send(allKinds(id, step))
        const said = world.send(allKinds(id, step))
        expect(said).toEqual(expected)
        expect(said.kept).toHaveLength(6)
      }
      await state.tick()
      await state.stop()
    }
    expect(warnings).toEqual([])
  })

  it('the file is gone as soon as it is used, so that it can not be used twice', async () => {
    const first = await start()
    world.send(counter(1, 5n))
    await first.stop()
    await first.stop()
    expect(await readdir(directory)).toEqual(['folds'])
    await start()
    expect(await readdir(directory)).toEqual(['folds.open'])
  })

  it('without folds nothing is left behind', async () => {
    await (await start()).stop()
    expect(await readdir(directory)).toEqual([])
  })

  it('into less room, members that there is no room for are baselines when they come back', async () => {
    const first = await start()
    world.send(counter(1, 5n, 'a'))
    world.send(counter(1, 7n, 'b'))
    await first.stop()
    await start({ membersMax: 1 })
    expect(world.engine.members.count).toBe(1)
    world.pass(1)
    expect(world.send(counter(2, 6n, 'a')).kept[0]!.point.asInt).toBe(13n)
    expect(world.send(counter(2, 9n, 'b')).verdicts).toEqual(['fold_state_full'])
  })
})

describe('after any other stop', () => {
  it('folds begin anew, and the first points of what was there are counted apart', async () => {
    const first = await start()
    expect(world.send(counter(1, 5n)).kept[0]!.point.asInt).toBe(5n)
    await first.tick()
    world.nowMs += 10_000
    await start()
    expect(warnings).toHaveLength(1)
    const request = counterRequest(
      ['a', 'b', 'c'].map((id) => ({
        id,
        startNs: ns(id === 'c' ? 10_001 : 1),
        timeNs: ns(10_000),
        value: 8n,
      })),
    )
    const { kept, verdicts } = world.send(request)
    // The first stands for the fold.
    expect(verdicts).toEqual(['kept', 'fold_restart', 'aggregate'])
    expect(kept[0]!.point).toMatchObject({ asInt: 8n, startTimeUnixNano: ns(10_000) })
    expect(world.engine.baselines).toBe(2)
  })

  it('also while the file of the stop before is being taken', async () => {
    const first = await start()
    world.send(counter(1, 5n))
    await first.stop()
    await start()
    world.send(counter(2, 6n))
    // Killed before any tick.
    world.nowMs += 1000
    await start()
    expect(warnings).toHaveLength(1)
    expect(world.engine.folds.count).toBe(0)
  })

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['that is cut short', (bytes) => bytes.subarray(0, -30)],
    ['that is empty', () => Buffer.alloc(0)],
    ['that is something else', () => Buffer.from('x'.repeat(100))],
    ['with a bit turned', (bytes) => Buffer.from(bytes).fill(bytes[60]! ^ 1, 60, 61)],
  ])('a file %s is put aside', async (_, spoil) => {
    const first = await start()
    world.send(counter(1, 5n))
    await first.stop()
    const path = join(directory, 'folds')
    await writeFile(path, spoil(await readFile(path)))
    await start()
    expect(warnings).toHaveLength(2)
    expect(await readdir(directory)).toEqual(['folds.broken'])
    expect(world.engine.folds.count).toBe(0)
    expect(world.send(counter(2, 6n)).verdicts).toEqual(['kept'])
  })
})

it('a metric of a fold that is idle and empty is forgotten, and begins anew', async () => {
  await start()
  const gauge = (ms: number): MetricsRequest =>
    metricRequest({
      gauge: { dataPoints: [{ attributes: labels({ id: 'a' }), timeUnixNano: String(ns(ms)), asInt: '1' }] },
    })
  world.send(gauge(1))
  for (let i = 0; i < 4; i++) world.pass(IDLE_AFTER_MS / 2)
  expect([world.engine.members.count, world.engine.folds.count]).toEqual([0, 0])
  expect(world.send(gauge(3 * IDLE_AFTER_MS)).kept[0]!.point.asInt).toBe(1n)
})
