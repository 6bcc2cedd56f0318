import { describe, expect, it } from 'vitest'
import { usedNames } from '../../../src/query/prometheus/execute/used-names.ts'
import { unescapedName } from '../../../src/query/prometheus/naming/escaping.ts'
import { translationOf } from '../../../src/query/prometheus/naming/translation.ts'
import {
  parsePrometheusDuration,
  parsePrometheusTime,
} from '../../../src/query/prometheus/parameters/time.ts'
import { parse } from '../../../src/query/promql/parse.ts'

describe('names', () => {
  const counter = { name: 'http.server.requests', unit: 's', type: 'sum', monotonic: true }
  it.each([
    ['UnderscoreEscapingWithSuffixes', 'http_server_requests_seconds_total', 'http_route'],
    ['UnderscoreEscapingWithoutSuffixes', 'http_server_requests', 'http_route'],
    ['NoUTF8EscapingWithSuffixes', 'http.server.requests_seconds_total', 'http.route'],
    ['NoTranslation', 'http.server.requests', 'http.route'],
  ] as const)('%s', (strategy, family, label) => {
    const translation = translationOf(strategy)
    expect([translation.family(counter), translation.label('http.route')]).toEqual([family, label])
  })

  it.each([
    ['a_total', '1', 'a_total'],
    ['a_seconds', 's', 'a_seconds_total'],
    ['a_seconds_total', 's', 'a_seconds_total'],
  ])('of %s in %s the suffixes stand once: %s', (name, unit, family) => {
    const translation = translationOf('NoUTF8EscapingWithSuffixes')
    expect(translation.family({ ...counter, name, unit })).toBe(family)
  })

  it.each([
    ['pod', 'pod'],
    ['U__http_2e_route', 'http.route'],
    ['U__a__b', 'a_b'],
    ['U___1f600_', '😀'],
    ['U__a_b', 'U__a_b'],
    ['U__a_110000_', 'U__a_110000_'],
  ])('in a path, %s is %s', (text, name) => {
    expect(unescapedName(text)).toBe(name)
  })

  it('that a query uses are told', () => {
    const query =
      'sum by (pod) (rate(a_total{env="x"}[5m])) / on (zone) group_left (team) {__name__="b", __x__="y"} + {__name__=~"c.*"}'
    expect(usedNames(parse(query)).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'label zone',
      'label team',
      'label pod',
      'label env',
      'metric a_total',
      'metric b',
    ])
  })
})

describe('times', () => {
  it.each([
    ['0', 0],
    ['1769860800.1234', 1_769_860_800_123],
    ['-5', -5000],
    ['1e9', 1e12],
    ['2026-01-31T12:00:00.5Z', Date.parse('2026-01-31T12:00:00.5Z')],
    ['99999999999999999', 9_223_372_036_854],
    ['-292273086-05-16T16:47:06Z', -9_223_372_036_854],
  ])('%s', (text, ms) => {
    expect(parsePrometheusTime(text)).toBe(ms)
  })

  it.each(['', 'noon', '2026-01-31', '12:00'])('%j is none', (text) => {
    expect(parsePrometheusTime(text)).toEqual({ problem: expect.stringContaining('is no time') })
  })

  it.each([
    ['15', 15_000],
    ['0.5', 500],
    ['1h30m', 5_400_000],
    ['100ms', 100],
  ])('%s is a step', (text, ms) => {
    expect(parsePrometheusDuration(text)).toBe(ms)
  })

  it.each(['0', '-1', '5x', '', '1e99'])('%j is no step', (text) => {
    expect(parsePrometheusDuration(text)).toEqual({ problem: expect.any(String) })
  })
})
