import { describe, expect, it } from 'vitest'
import type { GridAnswer, GridRequest, SeriesSource } from '../../../src/query/promql/source.ts'
import { ask, loaded, pointsOf } from './support.ts'

const DATA = `
load 15s
  x_total{pod="a", zone="x"} 0+10x40
  x_total{pod="b", zone="x"} 0+20x20 0+20x20
  y{pod="a", zone="x"} 5+1x40
`
const TIMES = { startMs: 120_000, endMs: 480_000, stepMs: 60_000 }

/** A source that answers grids as the evaluator itself would, and keeps what it was asked. */
function pushing(answers: (request: GridRequest) => boolean): { source: SeriesSource; asked: GridRequest[] } {
  const memory = loaded(DATA)
  const asked: GridRequest[] = []
  const grid = async (request: GridRequest): Promise<GridAnswer | undefined> => {
    asked.push(request)
    if (!answers(request)) return undefined
    const { grid: instants, func, rangeMs, offsetMs, aggregation, matchers, parameter } = request
    const selector = `{${matchers.map(({ name, op, value }) => `${name}${op}"${value}"`).join(',')}}`
    const offset = offsetMs === 0 ? '' : ` offset ${offsetMs / 1000}`
    const scalar = parameter === undefined ? '' : func === 'quantile_over_time' ? `${parameter}, ` : ''
    const ranged =
      func === 'last' ? selector + offset : `${func}(${scalar}${selector}[${rangeMs}ms]${offset})`
    // The evaluator would drop the name; a source gives it.
    const named =
      func === 'last' || aggregation !== undefined
        ? ranged
        : `label_replace(${ranged}, "__name__", "$1", "__name__", "(.*)")`
    const by = aggregation === undefined ? '' : ` by (${aggregation.grouping.labels.join(',')})`
    const query = aggregation === undefined ? named : `${aggregation.op}${by}(${ranged})`
    const { startMs, stepMs, count } = instants
    const result = await ask(query, memory, { startMs, stepMs, endMs: startMs + stepMs * (count - 1) })
    return result.kind === 'vector' ? { series: result.series, metricNames: ['y'] } : undefined
  }
  return { source: { select: (request) => memory.select(request), grid }, asked }
}

const kindOf = ({ func, aggregation }: GridRequest): string => `${aggregation?.op ?? ''} ${func}`.trim()

describe('a source that computes grids', () => {
  it('is asked for the larger part first, and for the smaller where it declines', async () => {
    const { source, asked } = pushing(() => false)
    await ask('sum by (zone) (rate(x_total[1m] offset 30s)) / max(y)', source, TIMES)
    expect(asked.map(kindOf)).toEqual(['sum rate', 'rate', 'max last', 'last'])
    expect(asked[0]).toEqual({
      matchers: [expect.objectContaining({ name: '__name__', op: '=', value: 'x_total' })],
      func: 'rate',
      parameter: undefined,
      rangeMs: 60_000,
      offsetMs: 30_000,
      aggregation: { op: 'sum', grouping: { without: false, labels: ['zone'] } },
      grid: { startMs: 120_000, stepMs: 60_000, count: 7 },
      seriesMax: 100_000,
    })
    expect(asked[3]).toMatchObject({ func: 'last', rangeMs: 300_000 })
  })

  it.each([
    ['sum by (zone) (rate(x_total[1m]))', ['sum rate']],
    ['rate(x_total[1m])', ['rate']],
    ['x_total', ['last']],
    ['last_over_time(x_total[2m])', ['last_over_time']],
    ['topk(1, increase(x_total[2m]))', ['increase']],
    ['quantile_over_time(0.5, x_total[2m])', ['quantile_over_time']],
    ['avg without (pod) (x_total) + 1', ['avg last', 'last']],
    ['max_over_time(rate(x_total[1m])[5m:1m])', ['rate']],
    ['label_replace(rate(x_total[1m]), "a", "$1", "__name__", "(.*)_total")', ['rate']],
    ['x_total and on (pod) y', ['last', 'last']],
  ])('gives what the evaluator gives: %s', async (query, kinds) => {
    const { source, asked } = pushing(({ aggregation }) => aggregation?.grouping.without !== true)
    const pushed = pointsOf(await ask(query, source, TIMES))
    expect(asked.map(kindOf)).toEqual(kinds)
    expect(pushed).toEqual(pointsOf(await ask(query, loaded(DATA), TIMES)))
    expect(pushed.size).toBeGreaterThan(0)
  })

  it.each([
    'x_total @ 60',
    'rate(x_total[1m] @ end())',
    'rate(x_total[1m] smoothed)',
    'quantile_over_time(2, x_total[1m])',
    'quantile_over_time(scalar(up), {a="b"}[1m] @ 0)',
    'mad_over_time(x_total[1m])',
    'timestamp(x_total)',
  ])('is not asked for %s', async (query) => {
    const { source, asked } = pushing(() => true)
    await ask(query, source, TIMES)
    expect(asked.filter(({ matchers }) => matchers.every(({ value }) => value !== 'up'))).toEqual([])
  })

  it('is believed about the names of metrics', async () => {
    const { source } = pushing(() => true)
    const { annotations } = await ask('sum(rate(y[1m]))', source, TIMES)
    expect(annotations.infos).toEqual([
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "y" (1:10)',
    ])
  })
})

describe('what a source is asked for', () => {
  it('is bounded by the times that the query looks at, and says what for', async () => {
    const memory = loaded(DATA)
    const asked: unknown[] = []
    const source: SeriesSource = {
      select: (request) => {
        asked.push([request.startMs, request.endMs, request.hints])
        return memory.select(request)
      },
    }
    await ask('sum by (zone) (rate(x_total[1m] offset 10s)) + count(y) + y @ 60', source, TIMES)
    const none = { func: '', by: undefined }
    expect(asked).toEqual([
      [50_000, 470_000, { ...none, func: 'rate', stepMs: 60_000, rangeMs: 60_000 }],
      [-180_000, 480_000, { ...none, func: 'count', stepMs: 60_000, rangeMs: 0 }],
      [-240_000, 60_000, { ...none, stepMs: 60_000, rangeMs: 0 }],
    ])
  })
})
