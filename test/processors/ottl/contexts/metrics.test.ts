import { describe, expect, it } from 'vitest'
import type { Context } from '../../../../src/processors/ottl/contexts/context.ts'
import { dataPointContext } from '../../../../src/processors/ottl/contexts/data-point.ts'
import { metricContext } from '../../../../src/processors/ottl/contexts/metric.ts'
import type { Metric } from '../../../otlp/proto.ts'
import { ask, outcome, scannedAs } from '../evaluate.ts'
import { METRIC_CASES, POINT_CASES, POINTS } from './metric-cases.ts'
import { METRICS, metricsOf } from './metric-sample.ts'

const batch = scannedAs('metrics', metricsOf(...METRICS))

function ofEach(condition: string, context: Context): object {
  return Object.fromEntries(
    Object.entries(POINTS).map(([type, row]) => [type, outcome(ask(condition, context, batch, row))]),
  )
}

describe('conditions on a metric', () => {
  it.each(METRIC_CASES)('%s', (condition, expected) => {
    expect(ofEach(condition, metricContext)).toEqual(expected)
  })
})

describe('conditions on a data point', () => {
  it.each(POINT_CASES)('%s', (condition, expected) => {
    expect(ofEach(condition, dataPointContext)).toEqual(expected)
  })
})

describe('what can not be asked', () => {
  it.each([
    [metricContext, 'datapoint.count == 1', /a metric has no datapoint.count/],
    [metricContext, 'value_int == 1', /a metric has no value_int/],
    [metricContext, 'HasAttrKeyOnDatapoint(name)', /must be a literal string/],
    [metricContext, 'HasAttrOnDatapoint("a")', /takes 2 arguments, but got 1/],
    [metricContext, 'HasAttrOnDatapoint("a", 5)', /must be string, not int/],
    [dataPointContext, 'HasAttrKeyOnDatapoint("a")', /unknown function HasAttrKeyOnDatapoint/],
    [dataPointContext, 'min == 1.0', /a data point has no min/],
    [dataPointContext, 'bucket_counts[0] == 1', /bucket_counts can't be indexed/],
    [dataPointContext, 'name == "x"', /a data point has no name/],
  ])('%s: %s', (context, condition, expected) => {
    expect(ask(condition, context, batch)).toMatch(expected)
  })
})

it('a point that was not taken does not speak for its metric', () => {
  const point = (method: string, value: object) => ({
    ...value,
    attributes: [{ key: 'method', value: { stringValue: method } }],
  })
  const gauge = (...dataPoints: object[]): Metric => ({ name: 'g', gauge: { dataPoints } })
  // A number without a value is rejected by the scan.
  const some = scannedAs(
    'metrics',
    metricsOf(gauge(point('GET', { asInt: 1 }), point('PUT', {})), gauge(point('POST', { asInt: 1 }))),
  )
  const has = (method: string, row: number) =>
    ask(`HasAttrOnDatapoint("method", "${method}")`, metricContext, some, row)
  expect([has('GET', 0), has('PUT', 0), has('POST', 0)]).toEqual([true, false, false])
  expect([has('GET', 2), has('POST', 2)]).toEqual([false, true])
})
