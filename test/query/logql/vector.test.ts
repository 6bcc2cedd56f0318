import { describe, expect, it } from 'vitest'
import { instant, type Row, range, vector } from './support.ts'

/** Values by stream, one sample each. */
const ROWS: Row[] = [
  ['a', 'x', 2],
  ['a', 'y', 6],
  ['b', 'x', 4],
  ['b', 'z', Number.NaN],
].map(
  ([app, zone, v]): Row => ({
    at: 1,
    line: `v=${v}`,
    stream: { t: '1', app: String(app), zone: String(zone) },
  }),
)

const ALL = 'sum_over_time({t="1"} | logfmt | drop t | unwrap v [5s])'
const A = ALL.replace('t="1"', 't="1", app="a"')
const B = ALL.replace('t="1"', 't="1", app="b", zone="x"')

describe('vector aggregations', () => {
  it.each([
    [`sum(${A})`, ['{} 8']],
    [`sum by (app) (${ALL})`, ['{app="a"} 8', '{app="b"} NaN']],
    [`sum(${A}) by (zone, nope)`, ['{zone="x"} 2', '{zone="y"} 6']],
    [`sum without (zone) (${A})`, ['{app="a"} 8']],
    [`avg by (app) (${A})`, ['{app="a"} 4']],
    [`min by (app) (${ALL})`, ['{app="a"} 2', '{app="b"} 4']],
    [`max by (app) (${ALL})`, ['{app="a"} 6', '{app="b"} 4']],
    [`count by (app) (${ALL})`, ['{app="a"} 2', '{app="b"} 2']],
    [`stddev by (app) (${A})`, ['{app="a"} 2']],
    [`stdvar by (app) (${A})`, ['{app="a"} 4']],
    [`topk(2, ${ALL})`, ['{app="a", zone="y"} 6', '{app="b", zone="x"} 4']],
    [
      `topk(9, ${ALL})`,
      ['{app="a", zone="y"} 6', '{app="b", zone="x"} 4', '{app="a", zone="x"} 2', '{app="b", zone="z"} NaN'],
    ],
    [`topk by (app) (1, ${ALL})`, ['{app="a", zone="y"} 6', '{app="b", zone="x"} 4']],
    [`bottomk(2, ${ALL})`, ['{app="a", zone="x"} 2', '{app="b", zone="x"} 4']],
    [`approx_topk(1, ${ALL})`, ['{app="a", zone="y"} 6']],
    [
      `sort(${ALL})`,
      ['{app="a", zone="x"} 2', '{app="b", zone="x"} 4', '{app="a", zone="y"} 6', '{app="b", zone="z"} NaN'],
    ],
    [
      `sort_desc(${ALL})`,
      ['{app="a", zone="y"} 6', '{app="b", zone="x"} 4', '{app="a", zone="x"} 2', '{app="b", zone="z"} NaN'],
    ],
    ['sum(count_over_time({t="none"}[5s]))', []],
    ['sum(count_over_time({t="none"}[5s])) or vector(0)', ['{} 0']],
  ])('%s', async (query, expected) => {
    expect(await vector(query, 5, ROWS)).toEqual(expected)
  })

  it('chooses the same of equal values every time', async () => {
    const rows = ['d', 'b', 'c', 'a'].map((app): Row => ({ at: 1, stream: { t: '1', app } }))
    for (const order of [rows, rows.toReversed()])
      expect(await vector('topk(2, count_over_time({t="1"}[5s]))', 5, order)).toEqual([
        '{app="a", t="1"} 1',
        '{app="b", t="1"} 1',
      ])
  })
})

describe('binary operations', () => {
  it.each([
    // Scalars
    ['1 + 2 * 3 ^ 2 ^ 0.5 % 4', String(1 + ((2 * 3 ** (2 ** 0.5)) % 4))],
    ['1 / 0', 'NaN'],
    ['5 % 0', 'NaN'],
    ['2 > 1', '1'],
    ['1 >= bool 2', '0'],
    ['1 == 1 != 0', '1'],
    ['-1 - -2', '1'],
  ])('%s of scalars', async (query, expected) => {
    expect(await vector(query, 5, ROWS)).toEqual([expected])
  })

  it.each([
    // A vector and a scalar
    [`${A} * 2`, ['{app="a", zone="x"} 4', '{app="a", zone="y"} 12']],
    [`10 - ${A}`, ['{app="a", zone="x"} 8', '{app="a", zone="y"} 4']],
    [`${A} / 0`, ['{app="a", zone="x"} NaN', '{app="a", zone="y"} NaN']],
    [`${A} > 3`, ['{app="a", zone="y"} 6']],
    [`3 < ${A}`, ['{app="a", zone="y"} 6']],
    [`${A} > bool 3`, ['{app="a", zone="x"} 0', '{app="a", zone="y"} 1']],
    [`3 < bool ${A}`, ['{app="a", zone="x"} 0', '{app="a", zone="y"} 1']],
    ['vector(1)+vector(1)', ['{} 2']],
    // Two vectors
    [`${A} + ${A}`, ['{app="a", zone="x"} 4', '{app="a", zone="y"} 12']],
    [`${A} - on (zone) ${B}`, ['{zone="x"} -2']],
    [`${A} - ignoring (app) ${B}`, ['{zone="x"} -2']],
    [`${A} < on (zone) ${B}`, ['{zone="x"} 2']],
    [`${A} > on (zone) ${B}`, []],
    [`${A} > bool on (zone) ${B}`, ['{zone="x"} 0']],
    [
      `${A} / on (app) group_left sum by (app) (${A})`,
      ['{app="a", zone="x"} 0.25', '{app="a", zone="y"} 0.75'],
    ],
    [`sum by (app) (${A}) - on (app) group_right ${A}`, ['{app="a", zone="x"} 6', '{app="a", zone="y"} 2']],
    [
      `${A} * on () group_left (extra) label_replace(vector(3), "extra", "e", "", "")`,
      ['{app="a", extra="e", zone="x"} 6', '{app="a", extra="e", zone="y"} 18'],
    ],
    // Sets
    [`${ALL} and ${A}`, ['{app="a", zone="x"} 2', '{app="a", zone="y"} 6']],
    [`${ALL} and on (zone) ${B}`, ['{app="a", zone="x"} 2', '{app="b", zone="x"} 4']],
    [`${ALL} unless ${A}`, ['{app="b", zone="x"} 4', '{app="b", zone="z"} NaN']],
    [`${A} unless ignoring (app) ${B}`, ['{app="a", zone="y"} 6']],
    [`${A} or ${B}`, ['{app="a", zone="x"} 2', '{app="a", zone="y"} 6', '{app="b", zone="x"} 4']],
    [`${A} or on (zone) ${B}`, ['{app="a", zone="x"} 2', '{app="a", zone="y"} 6']],
    // label_replace
    [`label_replace(${B}, "out", "$1-\${2}x$$$3", "app", "(b)(.*)")`, ['{app="b", out="b-x$", zone="x"} 4']],
    [`label_replace(${B}, "app", "", "app", ".*")`, ['{zone="x"} 4']],
    [`label_replace(${B}, "out", "y", "app", "a")`, ['{app="b", zone="x"} 4']],
  ])('%s', async (query, expected) => {
    expect(await vector(query, 5, ROWS)).toEqual(expected)
  })

  it.each([
    [`${A} + on (app) ${A}`, 'many-to-many matching not allowed'],
    [`${A} + on (app) sum by (app) (${A})`, 'many-to-one matching must be explicit (group_left/group_right)'],
    [`${A} * on (app) group_left ${A}`, 'found duplicate series on the right hand-side'],
    [
      `sum by (app) (${A}) * on (app) group_right sum by (app) (${A}) * 0 + on (app) ${A}`,
      'found duplicate series',
    ],
    [`label_replace(${A}, "zone", "same", "zone", ".*")`, 'makes two series the same'],
  ])('%s is refused', async (query, message) => {
    await expect(instant(query, 5, ROWS)).rejects.toThrow(message)
  })

  it('goes step by step in ranges', async () => {
    const rows = [1, 2, 2.5, 6].map((at): Row => ({ at, stream: { app: 'a' } }))
    const query = '2 * sum(count_over_time({app="a"}[2s])) - count_over_time({app="b"}[2s]) or vector(7)'
    const [series, ...others] = await range(query, { from: 2, step: 2, count: 4 }, rows)
    expect(others).toEqual([])
    expect(series!.points).toEqual([0, 1, 2, 3].map((step) => ({ step, value: 7 })))
    const [scalar] = await range('1+1', { from: 0, step: 1, count: 2 }, [])
    expect(scalar!.points).toEqual([
      { step: 0, value: 2 },
      { step: 1, value: 2 },
    ])
    await expect(range('sum(approx_topk(1, vector(1)))', { from: 0, step: 1, count: 2 }, [])).rejects.toThrow(
      'only supported on instant queries',
    )
  })
})
