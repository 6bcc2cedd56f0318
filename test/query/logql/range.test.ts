import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RangeOp } from '../../../src/query/logql/ast.ts'
import { RANGE_OPS } from '../../../src/query/logql/parser/aggregation.ts'
import { reference } from './range-reference.ts'
import { instant, plain, type Row, range, vector } from './support.ts'

type Point = { readonly at: number; readonly pod: string; readonly value: number }

/** Times on a grid of half seconds, so that samples lie on the edges of windows. */
const points = fc.array(
  fc.record({
    at: fc.integer({ min: -40, max: 80 }).map((half) => half / 2),
    pod: fc.constantFrom('p1', 'p2', 'p3'),
    value: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 50 }) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    ),
  }),
  { maxLength: 40 },
)
const grid = fc.record({
  from: fc.integer({ min: 0, max: 10 }),
  step: fc.integer({ min: 1, max: 9 }),
  count: fc.integer({ min: 1, max: 6 }),
})
const width = fc.integer({ min: 1, max: 20 })
const offset = fc.integer({ min: -10, max: 10 })

function near(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
}

const GROUPINGS = ['', 'by (pod)', 'by ()', 'without (pod)']
const CASES = [...RANGE_OPS].flatMap(([op, rules]) =>
  (rules.grouping ? GROUPINGS : ['']).map((grouping) => ({
    op,
    grouping,
    unwrapped: rules.unwrap !== 'never',
  })),
)

describe('range aggregations', () => {
  it.each(CASES.filter(({ op }) => op !== 'absent_over_time'))(
    '$op $grouping is what its definition says',
    async ({ op, grouping, unwrapped }) => {
      await fc.assert(
        fc.asyncProperty(points, grid, width, offset, async (all, { from, step, count }, seconds, back) => {
          const rows = all.map(
            ({ at, pod, value }): Row => ({ at, line: `v=${value}`, stream: { app: 'a', pod } }),
          )
          const pipeline = unwrapped ? '| logfmt | unwrap v' : ''
          const phi = op === 'quantile_over_time' ? '0.3, ' : ''
          const query = `${op}(${phi}{app="a"} ${pipeline} [${seconds}s] offset ${back}s) ${grouping}`
          const found = await range(query, { from, step, count }, rows)
          const expected = byDefinition(op, all, unwrapped, grouping, { from, step, count }, seconds, back)
          const got = new Map(found.map(({ labels, points: list }) => [plain(labels).pod ?? '', list]))
          expect([...got.keys()].sort()).toEqual([...expected.keys()].sort())
          for (const [pod, values] of expected) {
            expect(got.get(pod)!.map((point) => point.step)).toEqual(values.map((value) => value.step))
            got.get(pod)!.forEach((point, i) => {
              expect(
                near(point.value, values[i]!.value) ? '' : `${point.value} is not ${values[i]!.value}`,
              ).toBe('')
            })
          }
        }),
        { numRuns: 60 },
      )
    },
  )

  it('absent_over_time is there where nothing is', async () => {
    await fc.assert(
      fc.asyncProperty(points, grid, width, async (all, { from, step, count }, seconds) => {
        const rows = all.map(({ at }): Row => ({ at, stream: { app: 'a' } }))
        const found = await range(
          `absent_over_time({app="a", x!="y", z=~"|q"}[${seconds}s])`,
          { from, step, count },
          rows,
        )
        const steps = Array.from({ length: count }, (_, i) => i).filter((i) => {
          const to = from + i * step
          return !all.some(({ at }) => at > to - seconds && at <= to)
        })
        expect(found.flatMap(({ points: list }) => list)).toEqual(steps.map((i) => ({ step: i, value: 1 })))
        for (const { labels } of found) expect(plain(labels)).toEqual({ app: 'a' })
      }),
    )
  })
})

type Found = Array<{ readonly step: number; readonly value: number }>

function byDefinition(
  op: RangeOp,
  all: ReadonlyArray<Point>,
  unwrapped: boolean,
  grouping: string,
  { from, step, count }: { from: number; step: number; count: number },
  seconds: number,
  back: number,
): Map<string, Found> {
  const sorted = [...all].sort((a, b) => a.at - b.at)
  const perPod = grouping === '' || grouping === 'by (pod)'
  const found = new Map<string, Found>()
  for (const pod of perPod ? ['p1', 'p2', 'p3'] : ['']) {
    const values: Found = []
    for (let i = 0; i < count; i++) {
      const to = from + i * step - back
      const window = sorted
        .filter((point) => (!perPod || point.pod === pod) && point.at > to - seconds && point.at <= to)
        .map(({ at, value }) => ({
          at,
          value: unwrapped ? value : op.startsWith('bytes') ? `v=${value}`.length : 1,
        }))
      if (window.length > 0) values.push({ step: i, value: reference(op, window, to - seconds, to, 0.3) })
    }
    if (values.length > 0) found.set(pod, values)
  }
  return found
}

describe('samples', () => {
  const rows: Row[] = [
    { at: 1, line: 'v=1 took=1m30s size=1KiB', stream: { app: 'a', env: 'x' } },
    { at: 2, line: 'v=x took=2s size=2KB', stream: { app: 'a', env: 'x' } },
    { at: 3, line: 'other=1', stream: { app: 'a', env: 'y' } },
  ]

  it.each([
    ['sum_over_time({app="a"} | logfmt v | unwrap v | __error__="" [5s])', ['{app="a", env="x"} 1']],
    ['sum_over_time({app="a"} | logfmt took | unwrap duration(took) [5s])', ['{app="a", env="x"} 92']],
    ['sum_over_time({app="a"} | logfmt size | unwrap bytes(size) [5s])', ['{app="a", env="x"} 3024']],
    // Errors of parsers are counted where the query asks for __error__ and groups.
    ['sum(count_over_time({app="a"} | json | __error__!="" [5s]))', ['{} 3']],
    ['sum by (__error__) (count_over_time({app="a"} | json [5s]))', ['{__error__="JSONParserErr"} 3']],
    [
      'sum by (env) (count_over_time({app="a"} | json | __error__=~".*" [5s]))',
      ['{env="x"} 2', '{env="y"} 1'],
    ],
    [
      'sum by (e) (count_over_time({app="a"} | json | label_format e="{{.__error__}}" [5s]))',
      ['{e="JSONParserErr"} 3'],
    ],
    // Nobody reads the labels, so lines are not taken apart.
    ['sum(count_over_time({app="a"} | json [5s]))', ['{} 3']],
    ['sum(rate({app="a"} |= "v=" | json | drop env | decolorize [4s]))', ['{} 0.25']],
    ['sum by () (bytes_over_time({app="a"} | logfmt --strict | json [5s]))', ['{} 51']],
    ['absent_over_time({app="a"} | json [5s])', []],
    [
      'count_over_time({app="a"} | json | __error__="JSONParserErr" | drop __error__, __error_details__ [5s])',
      ['{app="a", env="x"} 2', '{app="a", env="y"} 1'],
    ],
    ['bytes_over_time({app="a"} | line_format "ü€" [5s])', ['{app="a", env="x"} 10', '{app="a", env="y"} 5']],
  ])('%s', async (query, expected) => {
    expect(await vector(query, 5, rows)).toEqual(expected)
  })

  it.each([
    ['count_over_time({app="a"} | json [5s])', "pipeline error: 'JSONParserErr'"],
    ['sum_over_time({app="a"} | logfmt | unwrap v [5s])', "pipeline error: 'SampleExtractionErr'"],
    ['count_over_time({app="a"} | logfmt | v > 5 [5s])', "pipeline error: 'LabelFilterErr'"],
    ['count_over_time({app="a"} | json | __error__!="" [5s])', "pipeline error: 'JSONParserErr'"],
    [
      'sum(sum_over_time({app="a"} | logfmt v | unwrap v | __error__!="" [5s]))',
      "'SampleExtractionErr' for series",
    ],
    ['sum by (env) (count_over_time({app="a"} | logfmt | v > 0 | __error__=~".*" [5s]))', "'LabelFilterErr'"],
    ['sum by (env) (count_over_time({app="a"} | json [5s]))', "pipeline error: 'JSONParserErr'"],
    ['max(count_over_time({app="a"} | json [5s]))', "pipeline error: 'JSONParserErr'"],
    ['sum(count_over_time({app="a"} | json | env="x" [5s]))', "pipeline error: 'JSONParserErr'"],
    // The filter drops errors; what the other part lets in again fails.
    ['count_over_time({app="a"} | json | __error__="" or env="x" [5s])', "pipeline error: 'JSONParserErr'"],
  ])('%s fails, since lines would be miscounted', async (query, message) => {
    await expect(instant(query, 5, rows)).rejects.toThrow(message)
  })

  it('groups before it counts, where that gives the same', async () => {
    const many = Array.from({ length: 20 }, (_, i): Row => {
      return {
        at: 1 + i / 10,
        line: `v=${i}`,
        stream: { app: 'a', pod: String(i % 2) },
        metadata: { id: String(i) },
      }
    })
    const at = async (query: string, rangeSeriesMax: number): Promise<unknown> => {
      const result = await instant(query, 5, many, { rangeSeriesMax })
      if (result.kind === 'scalar') return result
      // Sums of other orders differ in the last digit.
      return result.samples.map(({ labels, value }) => [plain(labels), value.toFixed(9)])
    }
    for (const op of ['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate'])
      for (const grouping of ['', 'by (pod)', 'without (id)']) {
        const query = `${op}({app="a"}[5s])`
        expect(await at(`sum ${grouping} (${query})`, 3)).toEqual(
          await at(`sum ${grouping} (${query} * 1)`, 99),
        )
      }
    for (const op of ['sum', 'max', 'min'])
      for (const grouping of ['', 'by (pod)', 'by (v)', 'without (id)']) {
        const query = `${op}_over_time({app="a"} | logfmt | unwrap v [5s])`
        expect(await at(`${op} ${grouping} (${query})`, 3)).toEqual(
          await at(`${op} ${grouping} (${query} * 1)`, 99),
        )
      }
    await expect(at('avg by (pod) (count_over_time({app="a"}[5s]))', 3)).rejects.toThrow('more than 3 series')
  })

  it('bounds series, samples and steps', async () => {
    const many = Array.from(
      { length: 20 },
      (_, i): Row => ({ at: (i + 1) / 10, stream: { app: 'a', id: String(i) } }),
    )
    const query = 'count_over_time({app="a"}[5s])'
    await expect(instant(query, 5, many, { seriesMax: 19 })).rejects.toThrow('maximum of series (19) reached')
    await expect(range(query, { from: 2, step: 1, count: 3 }, many, { seriesMax: 19 })).rejects.toThrow(
      'maximum of series (19)',
    )
    await expect(range(query, { from: 2, step: 1, count: 3 }, many, { samplesMax: 19 })).rejects.toThrow(
      'more than 19 lines at once',
    )
    await expect(instant(`avg(${query})`, 5, many, { rangeSeriesMax: 19 })).rejects.toThrow(
      'more than 19 series',
    )
    await expect(range(query, { from: 2, step: 1, count: 3 }, many, { pointsMax: 2 })).rejects.toThrow(
      'at most 2 are allowed',
    )
    expect(await vector(`sum(${query})`, 4, many)).toEqual(['{} 20'])
  })
})
