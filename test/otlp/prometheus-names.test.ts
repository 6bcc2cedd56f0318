import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { prometheusLabel, prometheusName, prometheusSeriesNames } from '../../src/otlp/prometheus-names.ts'

/**
 * Guarantees: names are those that Prometheus gives OTLP. The golden table was made by its own library, over names, units and
 * types of all sorts.
 */

type Row = readonly [name: string, unit: string, type: string, monotonic: string, expected: string]

function golden(): Row[] {
  const text = readFileSync(new URL('golden/prometheus-names.tsv', import.meta.url), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', unit = '', type = '', monotonic = '', expected = ''] = line.split('\t')
      return [name, unit, type, monotonic, expected]
    })
}

describe('prometheusName', () => {
  it("is the name that Prometheus' library gives", () => {
    const rows = golden()
    expect(rows.length).toBeGreaterThan(300)
    const made = rows.map(([name, unit, type, monotonic]) => {
      const named = prometheusName({ name, unit, type, monotonic: monotonic === 'true' })
      return [name, unit, type, monotonic, named]
    })
    expect(made).toEqual(rows)
  })

  it.each([
    ['system.memory.utilization', '1', 'gauge', false, 'system_memory_utilization_ratio'],
    ['system.memory.utilization', '1', 'sum', false, 'system_memory_utilization'],
    ['total.requests', '', 'sum', true, 'requests_total'],
    ['tracer.light.speed', 'm/s', 'gauge', false, 'tracer_light_speed_meters_per_second'],
    ['名', '', 'gauge', false, ''],
  ])('%s in %s, a %s: %s %s', (name, unit, type, monotonic, expected) => {
    expect(prometheusName({ name, unit, type, monotonic })).toBe(expected)
  })
})

describe('prometheusSeriesNames', () => {
  it.each([
    ['gauge', ['d_seconds']],
    ['sum', ['d_seconds_total']],
    ['histogram', ['d_seconds_bucket', 'd_seconds_count', 'd_seconds_sum']],
    ['exponential_histogram', ['d_seconds']],
    ['summary', ['d_seconds', 'd_seconds_count', 'd_seconds_sum']],
  ])('of a %s', (type, expected) => {
    expect(prometheusSeriesNames({ name: 'd', unit: 's', type, monotonic: true })).toEqual(expected)
  })
})

describe('prometheusLabel', () => {
  // Made by the same library: LabelNamer with Prometheus' defaults.
  it.each([
    ['http.route', 'http_route'],
    ['name (of the host)', 'name__of_the_host_'],
    ['2 cents', 'key_2_cents'],
    ['__name', '__name'],
    ['_name', 'key_name'],
    ['größe', 'gr__e'],
    ['k8s.pod.label.app.kubernetes.io/name', 'k8s_pod_label_app_kubernetes_io_name'],
    ['a..b', 'a__b'],
    ['😀x', 'key_x'],
    ['Ünder', 'key_nder'],
    ['9', 'key_9'],
    ['a:b', 'a_b'],
  ])('%s is %s', (attribute, label) => {
    expect(prometheusLabel(attribute)).toBe(label)
  })
})
