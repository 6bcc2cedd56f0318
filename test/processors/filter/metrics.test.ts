import { describe, expect, it } from 'vitest'
import type { Metric, MetricsRequest } from '../../otlp/proto.ts'
import { itKeepsTheContract } from '../kit.ts'
import { METRICS } from '../ottl/contexts/metric-sample.ts'
import { build, filtered } from './build.ts'

function request(service: string, ...metrics: Metric[]): MetricsRequest {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }]
  return { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] }
}

function gauge(name: string, ...values: number[]): Metric {
  return { name, gauge: { dataPoints: values.map((asDouble) => ({ asDouble })) } }
}

const RULES = {
  metrics: {
    metric: ['name == "http.duration"', 'HasAttrOnDatapoint("method", "POST")'],
    datapoint: ['value_double > 2', 'metric.type == METRIC_DATA_TYPE_SUMMARY'],
  },
}

describe('filter for metrics and data points', () => {
  itKeepsTheContract({
    make: (deps) => build({ filter: RULES }, deps).processors[0]!,
    signal: 'metrics',
    requests: [
      request('a', ...METRICS),
      request('b', gauge('x', 1, 3, 2), ...METRICS.slice(2)),
      request('c', gauge('y', 5)),
    ],
  })

  it('drops all data points of a metric, or some', () => {
    const { dropped, matched } = filtered('metrics', RULES, request('a', ...METRICS, gauge('x', 1, 3, 2)))
    // Gauge; sum (two points); histogram; exponential histogram; summary; the gauge x.
    expect(dropped).toEqual([true, true, true, true, false, true, false, true, false])
    expect(matched).toEqual([1, 2, 2, 1])
  })

  it('asks about a metric anew for each metric, also of the same name', () => {
    const rules = { metrics: { metric: ['unit == "s"'] } }
    const metrics = ['s', 'ms', 's'].map((unit) => ({ ...gauge('x', 1, 2), unit }))
    const { dropped } = filtered('metrics', rules, request('a', ...metrics))
    expect(dropped).toEqual([true, true, false, false, true, true])
  })

  it('under dryRun drops nothing and counts the same', () => {
    const { dropped, matched } = filtered('metrics', { ...RULES, dryRun: true }, request('a', ...METRICS))
    expect(dropped).not.toContain(true)
    expect(matched).toEqual([1, 2, 1, 1])
  })

  it('of a metric that is dropped, asks nothing about its points', () => {
    const rules = { metrics: { metric: ['name == "x"'], datapoint: ['HasPrefix(attributes["n"], "a")'] } }
    const { deps } = filtered('metrics', rules, request('a', gauge('x', 1, 2), gauge('y', 1)))
    expect(deps.failures).toBe(1)
  })

  it.each([
    { metrics: { resource: ['attributes["service.name"] == "noisy"'] } },
    { metric_conditions: ['resource.attributes["service.name"] == "noisy"'] },
    {
      metric_conditions: [
        { context: 'datapoint', conditions: ['resource.attributes["service.name"] == "noisy"'] },
      ],
    },
  ])('drops whole resources: %j', (rules) => {
    const sent = {
      resourceMetrics: ['noisy', 'quiet'].flatMap((name) => request(name, gauge('x', 1)).resourceMetrics!),
    }
    expect(filtered('metrics', rules, sent).dropped).toEqual([true, false])
  })

  it.each([
    ['metric.name == "x"', [true, true, false]],
    ['HasAttrKeyOnDatapoint("n")', [false, false, false]],
    ['metric.name == "x" and datapoint.value_double == 2.0', [false, true, false]],
    ['datapoint.value_double == 1', [true, false, true]],
  ])('infers whether a condition means the metric or its points: %s', (condition, expected) => {
    const sent = request('a', gauge('x', 1, 2), gauge('y', 1))
    expect(filtered('metrics', { metric_conditions: [condition] }, sent).dropped).toEqual(expected)
  })

  it.each([
    ['propagate', [false, false, true]],
    ['ignore', [true, true, true]],
    ['silent', [true, true, true]],
  ])('a metric whose condition fails: %s', (error_mode, expected) => {
    const failing = 'HasPrefix(metadata["n"], "a")'
    const odd = { ...gauge('x', 1, 2), metadata: [{ key: 'n', value: { intValue: 1 } }] }
    const fine = { ...gauge('y', 1), metadata: [{ key: 'n', value: { stringValue: 'a' } }] }
    const rules = { error_mode, metrics: { metric: [failing], datapoint: ['metric.name == "x"'] } }
    const { dropped, deps } = filtered('metrics', rules, request('a', odd, fine))
    expect(dropped).toEqual(expected)
    // Counted for each point that was kept for it.
    expect(deps.failures).toBe(2)
    expect(deps.warnings).toHaveLength(error_mode === 'silent' ? 0 : 1)
  })
})

it('one filter has rules for all signals', () => {
  const rules = {
    logs: { log_record: ['severity_number < 9'] },
    traces: { span: ['name == "x"'] },
    metrics: { metric: ['name == "x"'] },
  }
  const logs = {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 1 }, { severityNumber: 9 }] }] }],
  }
  const traces = { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'x' }, { name: 'y' }] }] }] }
  expect(filtered('logs', rules, logs)).toMatchObject({ dropped: [true, false], matched: [1, 0, 0] })
  expect(filtered('traces', rules, traces)).toMatchObject({ dropped: [true, false], matched: [0, 1, 0] })
  expect(filtered('metrics', rules, request('a', gauge('x', 1)))).toMatchObject({
    dropped: [true],
    matched: [0, 0, 1],
  })
})
