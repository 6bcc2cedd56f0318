import { copyFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { SeriesState } from '../../../src/processors/cardinality-limit/series-state.ts'
import { OVER } from '../../../src/processors/cardinality-limit/series-table.ts'
import { SeriesTracker } from '../../../src/processors/cardinality-limit/series-tracker.ts'
import { headFrame } from '../../../src/processors/cardinality-limit/state-format.ts'
import { frame } from '../../../src/processors/state-frames.ts'

const IDLE_MS = 600_000
const directories: string[] = []
const states: SeriesState[] = []

afterEach(async () => {
  await Promise.all(states.splice(0).map((state) => state.stop()))
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true })
})

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-series-'))
  directories.push(directory)
  return directory
}

type World = { nowMs: number; readonly warnings: { fields: object; message: string }[] }

function newWorld(): World {
  return { nowMs: 1_700_000_000_000, warnings: [] }
}

function newTracker(world: World): SeriesTracker {
  return new SeriesTracker({
    seriesMax: 10_000,
    metricsMax: 1000,
    idleAfterMs: IDLE_MS,
    nowMs: () => world.nowMs,
  })
}

async function openState(directory: string, world: World): Promise<SeriesState> {
  const state = await SeriesState.open(directory, {
    makeTracker: () => newTracker(world),
    saveIntervalMs: 60_000,
    nowMs: () => world.nowMs,
    log: {
      info: () => {},
      warn: (fields, message) => void world.warnings.push({ fields, message }),
    },
  })
  states.push(state)
  return state
}

/** Series `from` to `to`, of one metric, as a batch would bring them. */
function see(tracker: SeriesTracker, metric: string, from: number, to: number, flags = 0): void {
  const name = Buffer.from(metric)
  const number = tracker.registry.number(`tenant of ${metric}`, name, 0, name.length)
  for (let i = from; i < to; i++) {
    const low = Math.imul(i, 0x2c1b3c6d) | 0
    if (tracker.table.touch(low, i, number) === 0) tracker.admit(low, i, number, flags)
  }
  tracker.settle()
}

/** Which of the series are known, as ranges; looks without touching what it does not have to. */
function known(tracker: SeriesTracker, metric: string, to: number): number[] {
  const name = Buffer.from(metric)
  const number = tracker.registry.find(`tenant of ${metric}`, name, 0, name.length)
  return Array.from({ length: to }, (_, i) => i).filter(
    (i) => number !== 0 && tracker.table.touch(Math.imul(i, 0x2c1b3c6d) | 0, i, number) !== 0,
  )
}

function range(to: number): number[] {
  return Array.from({ length: to }, (_, i) => i)
}

function activeOf(tracker: SeriesTracker, metric: string): { active: number; within: number } {
  const name = Buffer.from(metric)
  const number = tracker.registry.find(`tenant of ${metric}`, name, 0, name.length)
  return { active: tracker.table.activeOf(number), within: tracker.table.withinOf(number) }
}

describe('a clean restart', () => {
  it('changes nothing: counts, ages, what is past a dry run, and which metric is which', async () => {
    const [directory, world] = [await newDirectory(), newWorld()]
    const state = await openState(directory, world)
    // Numbers are not given in the order in which the restored process will give them.
    see(state.tracker, 'first', 0, 10)
    see(state.tracker, 'old', 0, 3000)
    state.tracker.table.rotate()
    see(state.tracker, 'young', 0, 2000)
    see(state.tracker, 'young', 2000, 2500, OVER)
    await state.stop()

    const { tracker } = await openState(directory, world)
    expect(activeOf(tracker, 'first')).toEqual({ active: 10, within: 10 })
    expect(activeOf(tracker, 'old')).toEqual({ active: 3000, within: 3000 })
    expect(activeOf(tracker, 'young')).toEqual({ active: 2500, within: 2000 })
    expect(tracker.top('tenant of young', 5)).toEqual([{ metric: 'young', active: 2500, new: 0 }])
    tracker.table.rotate()
    expect(activeOf(tracker, 'old').active).toBe(0)
    expect(known(tracker, 'young', 3000)).toEqual(range(2500))
    expect(tracker.table.active).toBe(2500)
    expect(world.warnings).toEqual([])
  })

  it('over and over loses nothing', async () => {
    const [directory, world] = [await newDirectory(), newWorld()]
    for (let i = 0; i < 5; i++) {
      const state = await openState(directory, world)
      expect(known(state.tracker, 'm', 1000)).toEqual(range(100 * i))
      see(state.tracker, 'm', 0, 100 * (i + 1))
      await state.stop()
      expect((await readdir(directory)).sort()).toEqual([expect.stringMatching(/^journal-\d+$/), 'snapshot'])
    }
  })

  it.each([
    ['less than half of idleAfterMs ago', 0.4 * IDLE_MS, 1500],
    ['between half and all of it ago', 0.9 * IDLE_MS, 500],
    ['longer ago', 1.1 * IDLE_MS, 0],
    ['later: the clock was set back', -IDLE_MS, 1500],
  ])('counts the time in between as idle: stopped %s', async (_, awayMs, active) => {
    const [directory, world] = [await newDirectory(), newWorld()]
    const state = await openState(directory, world)
    see(state.tracker, 'm', 0, 1000)
    state.tracker.table.rotate()
    see(state.tracker, 'm', 1000, 1500)
    await state.stop()
    world.nowMs += awayMs
    expect((await openState(directory, world)).tracker.table.active).toBe(active)
  })
})

/** A directory as a process leaves it that is killed now. */
async function killed(directory: string): Promise<string> {
  const copy = await newDirectory()
  await cp(directory, copy, { recursive: true })
  return copy
}

describe('after a kill', () => {
  it('everything is known that was admitted before the last flush', async () => {
    const [directory, world] = [await newDirectory(), newWorld()]
    const state = await openState(directory, world)
    see(state.tracker, 'm', 0, 1000)
    await state.tick()
    see(state.tracker, 'm', 1000, 2000)
    see(state.tracker, 'later', 0, 5)
    await state.tick()
    see(state.tracker, 'm', 2000, 2500)
    const { tracker } = await openState(await killed(directory), world)
    expect(known(tracker, 'm', 3000)).toEqual(range(2000))
    expect(known(tracker, 'later', 10)).toEqual(range(5))
    await state.stop()
  })

  it('without any snapshot, the journal is there', async () => {
    const [directory, world] = [await newDirectory(), newWorld()]
    const state = await openState(directory, world)
    await state.tick()
    see(state.tracker, 'm', 0, 1000)
    await state.tick()
    const copy = await killed(directory)
    await rm(join(copy, 'snapshot'))
    expect(known((await openState(copy, world)).tracker, 'm', 2000)).toEqual(range(1000))
    await state.stop()
  })

  it('while a snapshot was written, the one before and both journals are there', async () => {
    const [directory, world] = [await newDirectory(), newWorld()]
    const state = await openState(directory, world)
    see(state.tracker, 'm', 0, 1000)
    await state.tick()
    see(state.tracker, 'm', 1000, 1200)
    await state.tick()
    const before = await killed(directory)
    world.nowMs += 60_000
    await state.tick()
    see(state.tracker, 'm', 1200, 1300)
    await state.tick()
    const after = await killed(directory)
    const [journal] = (await readdir(after)).filter((name) => name.startsWith('journal'))
    await copyFile(join(after, journal!), join(before, journal!))
    await writeFile(join(before, 'snapshot.new'), 'half of a snapshot')
    expect(known((await openState(before, world)).tracker, 'm', 2000)).toEqual(range(1300))
    await state.stop()
  })
})

/** A directory with a snapshot of 500 series and a journal of 40 more, written ten by ten. */
async function written(world: World): Promise<string> {
  const directory = await newDirectory()
  const state = await openState(directory, world)
  see(state.tracker, 'm', 0, 500)
  await state.tick()
  for (let i = 0; i < 4; i++) {
    see(state.tracker, 'm', 500 + 10 * i, 510 + 10 * i)
    await state.tick()
  }
  const copy = await killed(directory)
  await state.stop()
  return copy
}

describe('a broken file', () => {
  async function isPutAside(directory: string, world: World, reason: RegExp): Promise<void> {
    const state = await openState(directory, world)
    expect(world.warnings).toEqual([
      {
        fields: {
          file: join(directory, 'snapshot'),
          movedTo: 'snapshot.broken',
          reason: expect.stringMatching(reason),
        },
        message: expect.stringContaining('put aside'),
      },
    ])
    expect(await readdir(directory)).toContain('snapshot.broken')
    // What the journal has is all that is known; counting goes on.
    expect(known(state.tracker, 'm', 600)).toEqual(range(540).slice(500))
    see(state.tracker, 'm', 0, 3)
    await state.stop()
    const again = await openState(directory, world)
    expect(known(again.tracker, 'm', 10)).toEqual([0, 1, 2])
    expect(world.warnings).toHaveLength(1)
    await again.stop()
  }

  it('is put aside if it is cut anywhere', async () => {
    const world = newWorld()
    const directory = await written(world)
    const whole = await readFile(join(directory, 'snapshot'))
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        const copy = await killed(directory)
        await writeFile(join(copy, 'snapshot'), whole.subarray(0, length))
        world.warnings.length = 0
        await isPutAside(copy, world, /is cut short|is empty/)
      }),
      { numRuns: 20, examples: [[0], [whole.length - 12], [28]] },
    )
  })

  it('is put aside if any bit is wrong', async () => {
    const world = newWorld()
    const directory = await written(world)
    const whole = await readFile(join(directory, 'snapshot'))
    await fc.assert(
      fc.asyncProperty(fc.nat(8 * whole.length - 1), async (bit) => {
        const copy = await killed(directory)
        const bytes = Buffer.from(whole)
        bytes[bit >> 3]! ^= 1 << (bit & 7)
        await writeFile(join(copy, 'snapshot'), bytes)
        world.warnings.length = 0
        await isPutAside(copy, world, /checksum|cut short/)
      }),
      { numRuns: 20 },
    )
  })

  it.each([
    ['of another version', versioned(2), /is of version 2; this Weir reads version 1/],
    ['of another program', Buffer.from('SQLite format 3\0'.repeat(100)), /checksum|cut short/],
    ['that begins with something else', frame(3, Buffer.alloc(64)), /is no file of series/],
  ])('is put aside if it is one %s', async (_, bytes, reason) => {
    const world = newWorld()
    const directory = await written(world)
    await writeFile(join(directory, 'snapshot'), bytes)
    await isPutAside(directory, world, reason)
  })

  it('that is a journal counts up to where it is broken', async () => {
    const world = newWorld()
    const directory = await written(world)
    const [name] = (await readdir(directory)).filter((file) => file.startsWith('journal'))
    const whole = await readFile(join(directory, name!))
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.boolean(), async (at, isCut) => {
        const copy = await killed(directory)
        const bytes = Buffer.from(whole)
        bytes[at]! ^= 0x10
        await writeFile(join(copy, name!), isCut ? whole.subarray(0, at) : bytes)
        const state = await openState(copy, world)
        const found = known(state.tracker, 'm', 600)
        expect(found).toEqual(range(found.length))
        expect(found.length % 10).toBe(0)
        expect(found.length).toBeGreaterThanOrEqual(500)
        expect(found.length).toBeLessThan(540)
        await state.stop()
      }),
      { numRuns: 20 },
    )
  })
})

function versioned(version: number): Buffer {
  const payload = Buffer.from(headFrame({ number: 1, series: 0 }).subarray(12))
  payload.writeUInt32LE(version, 8)
  return frame(1, payload)
}

it('goes on counting while the disk fails, says so, and saves again once it can', async () => {
  const [directory, world] = [await newDirectory(), newWorld()]
  const state = await openState(directory, world)
  await rm(directory, { recursive: true })
  see(state.tracker, 'm', 0, 100)
  await state.tick()
  expect(world.warnings).toEqual([
    { fields: { err: expect.anything(), directory }, message: expect.stringContaining('could not save') },
  ])
  const restored = await newDirectory()
  await cp(restored, directory, { recursive: true })
  world.nowMs += 60_000
  await state.tick()
  expect(known((await openState(await killed(directory), world)).tracker, 'm', 200)).toEqual(range(100))
  await state.stop()
})
