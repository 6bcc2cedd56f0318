import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combined, scaled, toSchema } from '../../../src/query/promql/histogram/arithmetic.ts'
import { classicQuantile, ofClassic } from '../../../src/query/promql/histogram/classic.ts'
import { sameHistogram } from '../../../src/query/promql/histogram/equal.ts'
import type { Buckets, Histogram } from '../../../src/query/promql/histogram/histogram.ts'
import { histogramFraction, histogramQuantile } from '../../../src/query/promql/histogram/quantile.ts'
import { wasReset } from '../../../src/query/promql/histogram/reset.ts'
import { printHistogram, printShort, printValue } from '../../../src/query/promql/histogram/text.ts'
import { trimmed } from '../../../src/query/promql/histogram/trim.ts'
import { withZeroThreshold } from '../../../src/query/promql/histogram/zero-bucket.ts'

/** Observations are the truth: a histogram of them is made here by comparing each with the bounds of buckets. */
function indexOf(value: number, schema: number): number {
  const bound = (index: number): number => 2 ** (index * 2 ** -schema)
  let index = Math.ceil(Math.log2(value) * 2 ** schema)
  // Logarithms are not exact at the bounds.
  while (bound(index - 1) >= value) index--
  while (bound(index) < value) index++
  return index
}

function bucketsOf(values: ReadonlyArray<number>, schema: number): Buckets {
  if (values.length === 0) return { offset: 0, counts: new Float64Array(0) }
  const indices = values.map((value) => indexOf(value, schema))
  const offset = Math.min(...indices)
  const counts = new Float64Array(Math.max(...indices) - offset + 1)
  for (const index of indices) counts[index - offset]!++
  return { offset, counts }
}

function histogramOf(values: ReadonlyArray<number>, schema: number, zeroThreshold = 2 ** -20): Histogram {
  const beyond = values.filter((value) => Math.abs(value) > zeroThreshold)
  return {
    schema,
    count: values.length,
    sum: values.reduce((a, b) => a + b, 0),
    zeroThreshold,
    zeroCount: values.length - beyond.length,
    positive: bucketsOf(
      beyond.filter((value) => value > 0),
      schema,
    ),
    negative: bucketsOf(
      beyond.filter((value) => value < 0).map((value) => -value),
      schema,
    ),
    customBounds: undefined,
    hint: 'unknown',
  }
}

/** Multiples of a power of two: their sums are exact in any order. */
const observation = fc
  .tuple(fc.integer({ min: -4000, max: 4000 }), fc.constantFrom(1, 1 / 64, 64))
  .map(([value, scale]) => value * scale)
const observations = fc.array(observation, { minLength: 1, maxLength: 40 })
const schema = fc.integer({ min: -2, max: 4 })

describe('histograms of the same observations', () => {
  it('are the same at a coarser schema', () => {
    fc.assert(
      fc.property(observations, schema, schema, (values, one, other) => {
        const coarse = toSchema(histogramOf(values, Math.max(one, other)), Math.min(one, other))
        expect(sameHistogram(coarse, histogramOf(values, Math.min(one, other)))).toBe(true)
      }),
    )
  })

  it('add up to that of all of them, and can be taken away again', () => {
    fc.assert(
      fc.property(observations, observations, schema, schema, (a, b, one, other) => {
        const least = Math.min(one, other)
        const sum = combined(histogramOf(a, one), histogramOf(b, other), 1).histogram
        expect(sameHistogram(sum, histogramOf([...a, ...b], least))).toBe(true)
        const rest = combined(sum, histogramOf(b, least), -1).histogram
        expect(sameHistogram(rest, histogramOf(a, least))).toBe(true)
      }),
    )
  })

  it('have the zero bucket of the wider one, or wider where it would cut a bucket', () => {
    fc.assert(
      fc.property(
        observations,
        observations,
        schema,
        fc.constantFrom(0.5, 1, 3, 17),
        (a, b, one, threshold) => {
          const sum = combined(histogramOf(a, one), histogramOf(b, one, threshold), 1).histogram
          expect(sum.zeroThreshold).toBeGreaterThanOrEqual(threshold)
          const all = [...a, ...b]
          // What lies between the asked and the reached threshold may stand in a bucket that begins below it.
          const exact = histogramOf(all, one, sum.zeroThreshold)
          expect(sum.count).toBe(exact.count)
          expect(sum.zeroCount).toBe(exact.zeroCount)
          expect(sameHistogram(sum, exact)).toBe(true)
        },
      ),
    )
  })

  it('show a reset where one has less of anything', () => {
    fc.assert(
      fc.property(observations, observations, schema, (a, b, one) => {
        const before = histogramOf(a, one)
        expect(wasReset(histogramOf([...a, ...b], one), before)).toBe(false)
        expect(wasReset(before, histogramOf([...a, ...b], one))).toBe(true)
      }),
    )
  })

  it('show a reset where one bucket has less, though all have as many', () => {
    expect(wasReset(histogramOf([1, 8, 8], 0), histogramOf([1, 1, 8], 0))).toBe(true)
    expect(wasReset(histogramOf([-1, 8, 8], 0), histogramOf([-1, -1, 8], 0))).toBe(true)
    expect(wasReset(histogramOf([0, 8, 8], 0), histogramOf([0, 0, 8], 0))).toBe(true)
    // A finer schema is another histogram; what is known of resets goes before what is seen.
    expect(wasReset(histogramOf([1, 1, 8], 1), histogramOf([1, 1, 8], 0))).toBe(true)
    expect(wasReset({ ...histogramOf([1], 0), hint: 'none' }, histogramOf([1, 1], 0))).toBe(false)
    expect(wasReset({ ...histogramOf([1, 1], 0), hint: 'reset' }, histogramOf([1], 0))).toBe(true)
  })

  it('have quantiles in the bucket of the observation of that rank', () => {
    fc.assert(
      fc.property(
        observations,
        schema,
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, one, phi) => {
          const sorted = [...values].sort((a, b) => a - b)
          const rank = sorted[Math.min(sorted.length - 1, Math.ceil(phi * sorted.length) - 1)]!
          const quantile = histogramQuantile(phi, histogramOf(values, one))
          // Within the bucket: its bounds are a factor of 2^(2^-schema) apart.
          const width = 2 ** (2 ** -one) * (1 + 1e-9)
          if (Math.abs(rank) <= 2 ** -20) expect(Math.abs(quantile)).toBeLessThanOrEqual(2 ** -20)
          else {
            expect(Math.sign(quantile)).toBe(Math.sign(rank))
            expect(quantile / rank).toBeLessThanOrEqual(width)
            expect(quantile / rank).toBeGreaterThanOrEqual(1 / width)
          }
        },
      ),
    )
  })

  it('have a fraction below a quantile that is φ', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 40 }),
        schema,
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, one, phi) => {
          const histogram = histogramOf(values, one)
          const below = histogramFraction(
            Number.NEGATIVE_INFINITY,
            histogramQuantile(phi, histogram),
            histogram,
          )
          expect(below).toBeCloseTo(phi, 9)
        },
      ),
    )
  })
})

describe('classic buckets', () => {
  it('have the quantiles of the native histogram that they are', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(counts, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (list, phi) => {
        let count = 0
        const buckets = list.map((one, i) => {
          count += one
          return { upper: i === list.length - 1 ? Number.POSITIVE_INFINITY : i + 1, count }
        })
        expect(classicQuantile(phi, buckets).value).toBeCloseTo(
          histogramQuantile(phi, ofClassic(buckets)!),
          9,
        )
      }),
    )
  })

  it('are repaired where rounding or a scrape in between made them fall', () => {
    const buckets = [
      { upper: 1, count: 1 },
      { upper: 2, count: 1 - 1e-14 },
      { upper: Number.POSITIVE_INFINITY, count: 2 },
    ]
    expect(classicQuantile(0.5, buckets)).toEqual({ value: 1, repair: 'none' })
    expect(classicQuantile(0.5, [buckets[0]!, { upper: 2, count: 0.5 }, buckets[2]!]).repair).toBe(
      'monotonic',
    )
  })
})

describe('a zero bucket', () => {
  it('reaches to the end of the bucket that it would cut', () => {
    const wide = withZeroThreshold(histogramOf([0.25, 3, 5, -3], 0), 2.5)
    expect([wide.zeroThreshold, wide.zeroCount]).toEqual([4, 3])
    expect([...wide.positive.counts], 'what is beyond').toEqual([1])
  })
})

describe('what is printed', () => {
  it.each([
    [1, '1', '1'],
    [-0, '-0', '-0'],
    [0.1, '0.1', '0.1'],
    [1e21, '1000000000000000000000', '1e+21'],
    [1.5e-7, '0.00000015', '1.5e-07'],
    [123456789, '123456789', '1.23456789e+08'],
    [-1.25e22, '-12500000000000000000000', '-1.25e+22'],
    [Number.POSITIVE_INFINITY, '+Inf', '+Inf'],
    [Number.NaN, 'NaN', 'NaN'],
  ])('%d is %s, and in short %s', (value, text, short) => {
    expect([printValue(value), printShort(value)]).toEqual([text, short])
    expect(Number(text.replace('Inf', 'Infinity'))).toBe(value)
  })

  it('is a histogram as Prometheus prints it', () => {
    const histogram = histogramOf([-3, 0, 0.75, 1.5, 1.5], 0, 0.5)
    expect(printHistogram(histogram)).toBe('{count:5, sum:0.75, [-4,-2):1, [-0.5,0.5]:1, (0.5,1]:1, (1,2]:2}')
    expect(printHistogram(scaled(histogram, -1))).toContain('[-4,-2):-1')
  })
})

describe('trimming', () => {
  it('splits what is counted in two, at the share that histogram_fraction tells', () => {
    fc.assert(
      fc.property(
        observations.filter((values) => values.length > 0),
        fc.integer({ min: -2, max: 4 }),
        observation,
        (values, schema, at) => {
          const histogram = histogramOf(values, schema)
          const [below, above] = [trimmed(histogram, at, 'below'), trimmed(histogram, at, 'above')]
          expect(below.count + above.count).toBeCloseTo(histogram.count, 9)
          const share = histogramFraction(Number.NEGATIVE_INFINITY, at, histogram)
          expect(below.count).toBeCloseTo(share * histogram.count, 6)
        },
      ),
    )
  })

  it('at a bound of buckets loses nothing', () => {
    const histogram = histogramOf([0.75, 1.5, 3, 3.5, -6], 0)
    expect(trimmed(histogram, 2, 'below')).toMatchObject({ count: 3, negative: histogram.negative })
    expect(trimmed(histogram, 2, 'above').count).toBe(2)
    // In the middle of each bucket that is left: the geometric one.
    expect(trimmed(histogram, 2, 'above').sum).toBeCloseTo(2 * Math.sqrt(8), 12)
    expect(trimmed(histogram, Number.POSITIVE_INFINITY, 'below')).toBe(histogram)
  })
})
