import { describe, expect, it } from 'vitest'
import { PromqlEvaluationError, PromqlLimitError } from '../../../src/query/promql/error.ts'
import { evaluate } from '../../../src/query/promql/evaluate/evaluate.ts'
import { DEFAULT_LIMITS } from '../../../src/query/promql/limits.ts'
import { parse } from '../../../src/query/promql/parse.ts'
import { ask, loaded, type Times } from './support.ts'

const DATA = `
load 1m
  x{pod="a"} 0+1x10
  x{pod="b"} 0+1x10
  x{pod="c"} 0+1x10
`
const INSTANT = { startMs: 600_000, endMs: 600_000, stepMs: 0 }
const RANGE = { startMs: 0, endMs: 600_000, stepMs: 60_000 }

describe('a query that is too large', () => {
  it.each([
    ['x', { pointsMax: 10 }, 'exceeded maximum resolution of 10 points per timeseries: this range has 11'],
    ['x', { seriesMax: 2 }, 'a vector of the query has 3 series; at most 2 are allowed'],
    ['count_values("v", x)', { seriesMax: 9 }, 'at most 9 are allowed'],
    ['x', { samplesMax: 50 }, 'needs more than 50 samples'],
    [
      'max_over_time(x[10m:1ms])',
      { samplesMax: 100_000 },
      'a subquery has 1200000 steps; at most 100000 are allowed',
    ],
    ['sum_over_time(max_over_time(x[5m:1s])[5m:1s])', { samplesMax: 2000 }, 'needs more than 2000 samples'],
  ])('%s of %j: %s', async (query, limits, message) => {
    const asked = ask(query, loaded(DATA), RANGE, { ...DEFAULT_LIMITS, ...limits })
    await expect(asked).rejects.toThrow(message)
    await expect(asked).rejects.toBeInstanceOf(PromqlLimitError)
  })

  it('is one that a source refuses', async () => {
    const source = { select: () => Promise.reject(new PromqlLimitError('too many')) }
    await expect(ask('x', source, RANGE)).rejects.toThrow('too many')
  })
})

describe('notes', () => {
  it('are kept once each, and no more than a person can read', async () => {
    const metrics = Array.from({ length: 150 }, (_, i) => `  x${i}{i="${i}"} 0+1x10`).join('\n')
    const { annotations } = await ask('rate({__name__=~"x.+"}[5m])', loaded(`load 1m\n${metrics}\n`), RANGE)
    expect(annotations.infos).toHaveLength(100)
    expect(new Set(annotations.infos).size).toBe(100)
  })
})

describe('a query that takes long', () => {
  const many = `load 15s\n${Array.from({ length: 300 }, (_, i) => `  x_total{pod="${i}"} 0+1x400`).join('\n')}\n`
  const long: Times = { startMs: 0, endMs: 6_000_000, stepMs: 1000 }

  it('lets others have the thread', async () => {
    let turns = 0
    let running = true
    const turn = (): void => {
      turns++
      if (running) setImmediate(turn)
    }
    setImmediate(turn)
    await ask('sum by (pod) (max_over_time(x_total[20m]))', loaded(many), long)
    running = false
    expect(turns).toBeGreaterThan(3)
  })

  it('ends when nobody waits for it any more', async () => {
    const abort = new AbortController()
    const query = 'max_over_time(x_total[20m])'
    const options = { query, ...long, lookbackMs: 300_000, subqueryStepMs: 60_000, signal: abort.signal }
    const asked = evaluate(parse(query), options, loaded(many))
    setImmediate(() => abort.abort(new Error('gone')))
    await expect(asked).rejects.toThrow('gone')
  })
})

describe('a query whose evaluation must not give a result', () => {
  it.each([
    [
      'x + on (job) x',
      'found duplicate series for the match group {} on the right hand-side of the operation',
    ],
    [
      'x + on (job) group_left () x',
      'many-to-many matching not allowed: matching labels must be unique on one side',
    ],
    [
      'x + on (job) x{pod="a"}',
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    ],
    ['label_replace(x, "pod", "z", "", "")', 'vector cannot contain metrics with the same labelset'],
    ['label_replace(x, "pod", "z", "pod", "(")', 'invalid regular expression in label_replace(): ('],
    ['topk(scalar(x), x)', 'Parameter value is NaN'],
    ['topk(1e30, x)', 'Scalar value 1e+30 overflows int64'],
    ['double_exponential_smoothing(x[5m], 1, 0.5)', 'invalid smoothing factor. Expected: 0 < sf < 1, got: 1'],
    ['double_exponential_smoothing(x[5m], 0.5, 0)', 'invalid trend factor. Expected: 0 < tf < 1, got: 0'],
    ['rate(x[1m - 1m])', 'duration must be greater than 0'],
    ['rate(x[1m / (1s - 1s)])', 'division by zero'],
  ])('%s: %s', async (query, message) => {
    const asked = ask(query, loaded(DATA), INSTANT)
    await expect(asked).rejects.toThrow(message)
    await expect(asked).rejects.toBeInstanceOf(PromqlEvaluationError)
  })

  it('is one of a type that ranges have not', async () => {
    await expect(ask('x[5m]', loaded(DATA), RANGE)).rejects.toThrow(
      'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    )
    await expect(ask('"a"', loaded(DATA), RANGE)).rejects.toThrow('invalid expression type "string"')
  })
})

describe('an instant query for a range', () => {
  it('gives the samples', async () => {
    const result = await ask('x{pod="a"}[3m] offset 1m', loaded(DATA), INSTANT)
    if (result.kind !== 'matrix') throw new Error(result.kind)
    expect(result.series.map(({ labels, timesMs, values }) => [...labels, ...timesMs, ...values])).toEqual([
      [['__name__', 'x'], ['pod', 'a'], 420_000, 480_000, 540_000, 7, 8, 9],
    ])
  })

  it('gives what a subquery evaluates to', async () => {
    const result = await ask('(rate(x{pod="a"}[2m])[2m:1m])', loaded(DATA), INSTANT)
    if (result.kind !== 'matrix') throw new Error(result.kind)
    expect(result.series.map(({ labels, timesMs }) => [...labels, ...timesMs])).toEqual([
      [['pod', 'a'], 540_000, 600_000],
    ])
  })
})
