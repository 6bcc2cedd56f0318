import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SHARDS } from '../../../src/processors/cardinality-limit/series-slots.ts'
import {
  AGED,
  FRESH,
  JUDGE_SHIFT,
  KNOWN,
  OVER,
  SeriesTable,
} from '../../../src/processors/cardinality-limit/series-table.ts'

type PlainSeries = { readonly metric: number; last: number; born: number; flags: number }

/** The same by a plain Map: what a table must say. `born` is -1 for what a restart brought. */
class PlainTable {
  readonly series = new Map<string, PlainSeries>()
  readonly seriesMax: number
  window = 0

  constructor(seriesMax: number) {
    this.seriesMax = seriesMax
  }

  isRecent(window: number): boolean {
    return window >= 0 && this.window - window <= 1
  }

  known(key: string): PlainSeries | undefined {
    const found = this.series.get(key)
    return found !== undefined && this.isRecent(found.last) ? found : undefined
  }

  count(which: (series: PlainSeries) => boolean): number {
    return [...this.series.values()].filter((series) => this.isRecent(series.last) && which(series)).length
  }
}

type SeriesStep = {
  readonly kind: 'see' | 'retract' | 'flag'
  readonly key: number
  readonly flags: number
}
type Step = SeriesStep | { readonly kind: 'rotate' | 'sweep' | 'restart' }

const METRICS = 3
const KEYS = 40

const FLAGS = fc.constantFrom(0, FRESH, OVER, FRESH | OVER | (9 << JUDGE_SHIFT))

function onSeries(kind: SeriesStep['kind']): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constant(kind), key: fc.nat(KEYS - 1), flags: FLAGS })
}

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: onSeries('see') },
  { weight: 2, arbitrary: onSeries('retract') },
  { weight: 2, arbitrary: onSeries('flag') },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('rotate' as const, 'sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
)

/** Fingerprints with every bit in use, some equal but for the metric or for one word. */
function wordsOf(key: number): [number, number, number] {
  return [Math.imul(key >> 2, 0x9e3779b1) | 0, (key & 1) - 1, 1 + (key % METRICS)]
}

function run(steps: ReadonlyArray<Step>, make: () => SeriesTable, seriesMax: number): void {
  let table = make()
  const plain = new PlainTable(seriesMax)
  for (const step of steps) {
    if ('key' in step) apply(step, table, plain)
    else if (step.kind === 'rotate') {
      table.rotate()
      plain.window++
    } else if (step.kind === 'sweep') table.sweep()
    else table = restarted(table, plain, make)
    for (let metric = 1; metric <= METRICS; metric++) {
      const own = (series: PlainSeries): boolean => series.metric === metric
      expect(table.activeOf(metric)).toBe(plain.count(own))
      expect(table.withinOf(metric)).toBe(plain.count((series) => own(series) && !(series.flags & OVER)))
      const born = [...plain.series.values()].filter((series) => own(series) && plain.isRecent(series.born))
      expect(table.bornOf(metric)).toBe(born.length)
    }
    expect(table.active).toBe(plain.count(() => true))
  }
}

function apply({ kind, key, flags }: SeriesStep, table: SeriesTable, plain: PlainTable): void {
  const words = wordsOf(key)
  const name = words.join(' ')
  const known = plain.known(name)
  expect(table.touch(...words)).toBe(known === undefined ? 0 : KNOWN | known.flags)
  if (known !== undefined) known.last = plain.window
  if (kind === 'see' && known === undefined) {
    const hasRoom = plain.count(() => true) < plain.seriesMax
    expect(table.admit(...words, flags)).toBe(hasRoom)
    if (hasRoom) plain.series.set(name, { metric: words[2], last: plain.window, born: plain.window, flags })
  } else if (kind === 'flag') {
    table.setFlags(...words, flags)
    if (known !== undefined) known.flags = flags
  } else if (kind === 'retract' && known?.born === plain.window) {
    table.retract(...words)
    plain.series.delete(name)
  }
}

function restarted(old: SeriesTable, plain: PlainTable, make: () => SeriesTable): SeriesTable {
  const table = make()
  for (let shard = 0; shard < SHARDS; shard++) {
    const words = new Int32Array(old.wordsOf(shard))
    const length = old.copyShard(shard, words)
    for (let i = 0; i < length; i += 3) {
      const third = words[i + 2]!
      expect(table.restore(words[i]!, words[i + 1]!, third & 0xfffff, third & (OVER | AGED))).toBe(true)
    }
  }
  for (const [name, series] of plain.series) {
    if (plain.known(name) === undefined) plain.series.delete(name)
    series.born = -1
    series.flags &= OVER
  }
  return table
}

describe('a series table says what a plain Map says', () => {
  it.each([
    ['with room', {}, 1000],
    ['when it is full', {}, 12],
    ['when every series falls into one bucket', { hash: { words: () => 0 } }, 1000],
    ['when every series falls into the last bucket', { hash: { words: () => -1 } }, 30],
  ])('%s', (_, options, seriesMax) => {
    const make = (): SeriesTable => new SeriesTable({ seriesMax, ...options })
    fc.assert(
      fc.property(fc.array(STEP, { minLength: 30, maxLength: 200 }), (steps) => run(steps, make, seriesMax)),
      { numRuns: 100 },
    )
  })
})

/** Distinct fingerprints: multiplication by an odd number permutes the words. */
function seriesOf(i: number): [number, number, number] {
  return [Math.imul(i, 0x2c1b3c6d) | 0, Math.imul(i, 0x297a2d39) | 0, 1 + (i % 7)]
}

/** How many of the first `count` series are known, and how many are not as `expected` says. */
function wrong(table: SeriesTable, count: number, expected: (i: number) => boolean): number {
  let wrong = 0
  for (let i = 0; i < count; i++) if ((table.touch(...seriesOf(i)) === KNOWN) !== expected(i)) wrong++
  return wrong
}

describe('growing and shrinking', () => {
  it('keeps every series of 300,000, in at most 24 bytes each, and forgets those that are not seen', () => {
    const count = 300_000
    const table = new SeriesTable({ seriesMax: count })
    let refused = 0
    for (let i = 0; i < count; i++) if (!table.admit(...seriesOf(i), 0)) refused++
    expect(refused).toBe(0)
    expect(table.admit(...seriesOf(count), 0)).toBe(false)
    expect(wrong(table, count + 1, (i) => i < count)).toBe(0)
    expect(table.byteLength).toBeLessThanOrEqual(24 * count)
    table.rotate()
    for (let i = 0; i < count; i += 3) table.touch(...seriesOf(i))
    table.rotate()
    expect(table.active).toBe(count / 3)
    while (!table.sweep());
    expect(wrong(table, count, (i) => i % 3 === 0)).toBe(0)
    table.rotate()
    table.rotate()
    while (!table.sweep());
    expect(table.active).toBe(0)
    expect(Array.from({ length: 7 }, (_, i) => table.slotsOf(i + 1))).toEqual(Array(7).fill(0))
    expect(table.byteLength).toBeLessThan(4 << 20)
  })

  it('takes as many as seriesMax while all of them turn over in every window', () => {
    const seriesMax = 50_000
    const table = new SeriesTable({ seriesMax })
    let next = 0
    let refused = 0
    for (let window = 0; window < 12; window++) {
      for (let i = 0; i < seriesMax / 2; i++) if (!table.admit(...seriesOf(next++), 0)) refused++
      table.rotate()
    }
    expect(refused).toBe(0)
    expect(table.byteLength).toBeLessThan(24 * seriesMax + (3 << 20))
  })
})

it('places series by a secret of its own', () => {
  const shards = (table: SeriesTable): string => {
    for (let i = 0; i < 2000; i++) table.admit(...seriesOf(i), 0)
    return Array.from({ length: SHARDS }, (_, shard) => table.wordsOf(shard)).join()
  }
  const [one, another] = [1, 2].map(() => shards(new SeriesTable({ seriesMax: 10_000 })))
  expect(one).not.toBe(another)
})
