import { parser } from '@prometheus-io/lezer-promql'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDashboard } from '../../../src/query/recommendations/dashboards.ts'
import { type KnownMetric, Use } from '../../../src/query/recommendations/use.ts'
import { WordSet } from '../../../src/query/recommendations/words.ts'

/**
 * Guarantees: every metric and label that Prometheus' own grammar finds in an expression is found, and a metric that stands
 * outside of every aggregation is told from one that does not.
 */

function wordsOf(...texts: ReadonlyArray<string>): WordSet {
  const words = new WordSet()
  for (const text of texts) words.addText(text)
  return words
}

const EXPRESSIONS = [
  'up',
  'rate(http_requests_total{code=~"5..", method!="GET"}[5m])',
  'sum by (route) (rate(http_requests_total[5m])) / on (route) group_left (team) sum by (route) (owners)',
  'sum(rate(a_total[5m])) by (pod, container)',
  'histogram_quantile(0.99, sum(rate(latency_seconds_bucket[5m])) by (le))',
  'sum without (pod) (memory_bytes)',
  'topk(10, sum by (host) (load1))',
  'max(a) - min(b) + c',
  'sum(a) + (b)',
  'sum by (x) ((a) / ignoring (y) (b))',
  'avg_over_time(cpu_usage[1h:5m] offset 1d) > bool 0.5 and on () vector(1)',
  '{"http.server.duration", "http.route"="/cart"}',
  'count by ("k8s.pod.name") ({"container.cpu.time"})',
  'label_replace(up{job="api"}, "a", "$1", "instance", "(.*)")',
  'count_values("version", build_info)',
  'quantile(0.9, x) unless y or z',
  'node_memory_MemTotal_bytes-node_memory_MemFree_bytes',
  'a/b',
  'sum(rate(x[$__rate_interval])) by (instance)',
  'group by (a) (count(b) by (c))',
  'absent(a{b="c"})',
  'job:errors:rate5m{team="x"}',
] as const

type Found = {
  readonly metrics: ReadonlySet<string>
  readonly labels: ReadonlySet<string>
  readonly whole: ReadonlySet<string>
}

const unquoted = (text: string): string => text.replace(/^["'`]|["'`]$/g, '')

/** By the grammar: metrics, labels, and metrics that no aggregation without `without` or `topk` is around. */
function grammar(expression: string): Found {
  const metrics = new Set<string>()
  const labels = new Set<string>()
  const whole = new Set<string>()
  const tree = parser.parse(expression.replace('$__rate_interval', '5m'))
  const text = (from: number, to: number): string =>
    expression.replace('$__rate_interval', '5m').slice(from, to)
  tree.iterate({
    enter({ name, from, to, node }) {
      const own = text(from, to)
      if (name === 'LabelName') labels.add(unquoted(own))
      if (name === 'QuotedLabelName' && node.parent?.name !== 'LabelMatchers') labels.add(unquoted(own))
      const isName = name === 'QuotedLabelName' && node.parent?.name === 'LabelMatchers'
      if ((name !== 'Identifier' || node.parent?.name !== 'VectorSelector') && !isName) return
      metrics.add(unquoted(own))
      let aggregated = false
      let keeps = false
      for (let up = node.parent; up !== null; up = up.parent)
        if (up.name === 'AggregateExpr') {
          const around = text(up.from, up.to)
          if (/^topk|without/.test(around)) keeps = true
          else aggregated = true
        }
      if (!aggregated || keeps) whole.add(unquoted(own))
    },
  })
  return { metrics, labels, whole }
}

describe('words', () => {
  it.each(EXPRESSIONS)('%s', (expression) => {
    const { metrics, labels, whole } = grammar(expression)
    expect(metrics.size).toBeGreaterThan(0)
    const found = wordsOf(expression)
    for (const name of [...metrics, ...labels]) expect([...found.words]).toContain(name)
    for (const name of whole) expect([...found.whole]).toContain(name)
    // And not of those that are summed up, unless labels stay.
    if (!/topk|without/.test(expression))
      for (const name of metrics) if (!whole.has(name)) expect([...found.whole]).not.toContain(name)
  })

  it.each<[string, ReadonlyArray<string>, ReadonlyArray<string>]>([
    ['http_$' + '{code}_total', ['http_*_total'], []],
    ['node_$x{a="b"}', ['node_*'], []],
    ['a_[[b]]_c', ['a_*_c'], []],
    ['$metric', [], []],
    ['rate($metric[$__interval])', [], []],
    ['{__name__=~"http_.*|grpc_.*"}', [], ['http_.*|grpc_.*']],
    ["{job='x', __name__ =~ 'a.*'}", [], ['a.*']],
    ['metrics(node_.*)', [], ['node_.*']],
    ['count by (__name__) ({__name__=~".+"})', [], []],
  ])('%s: globs %j, patterns %j', (text, globs, patterns) => {
    const words = wordsOf(text)
    expect([[...words.globs], [...words.patterns]]).toEqual([globs, patterns])
  })

  it('of LogQL too', () => {
    const { words } = wordsOf(
      'sum by (level) (rate({k8s_namespace_name="shop"} | json | http_status >= 500 [5m]))',
    )
    for (const name of ['level', 'k8s_namespace_name', 'http_status']) expect([...words]).toContain(name)
  })

  it('nothing makes it fail', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => void wordsOf(text)))
  })
})

describe('a dashboard', () => {
  const dashboard = {
    title: 'unused_title_metric',
    panels: [
      {
        description: 'unused_description_metric',
        targets: [
          { expr: 'sum(panel_metric) by (panel_label)', refId: 'A', legendFormat: '{{legend_label}}' },
        ],
        transformations: [{ id: 'organize', options: { renameByName: { renamed_label: 'Nice' } } }],
        panels: [{ targets: [{ expr: 'nested_metric' }] }],
      },
    ],
    templating: { list: [{ name: 'x', query: { query: 'label_values(variable_metric, variable_label)' } }] },
    annotations: { list: [{ expr: 'changes(annotation_metric[5m]) > 0' }] },
  }

  it('is searched everywhere but in titles', () => {
    const words = new WordSet()
    addDashboard(words, { dashboard })
    for (const name of [
      ...['panel_metric', 'panel_label', 'legend_label', 'renamed_label', 'nested_metric'],
      ...['variable_metric', 'variable_label', 'annotation_metric'],
    ])
      expect([...words.words]).toContain(name)
    for (const name of ['unused_title_metric', 'unused_description_metric'])
      expect([...words.words]).not.toContain(name)
    expect([...words.whole]).toEqual(expect.arrayContaining(['nested_metric', 'annotation_metric']))
    for (const name of ['panel_metric', 'variable_metric']) expect([...words.whole]).not.toContain(name)
  })

  it('of any depth and shape is read', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => addDashboard(new WordSet(), value)))
    let deep: object = { expr: 'x' }
    for (let i = 0; i < 10_000; i++) deep = { deep }
    addDashboard(new WordSet(), deep)
  })
})

describe('use', () => {
  const metric = (name: string, type: string, unit = '', monotonic = false): KnownMetric => ({
    metric: name,
    as: [{ name, type, unit, monotonic }],
  })
  it.each<[string, KnownMetric, boolean]>([
    [
      'http_server_request_duration_seconds_bucket',
      metric('http.server.request.duration', 'histogram', 's'),
      true,
    ],
    [
      'http_server_request_duration_seconds',
      metric('http.server.request.duration', 'exponential_histogram', 's'),
      true,
    ],
    ['{"http.server.request.duration"}', metric('http.server.request.duration', 'histogram', 's'), true],
    ['http_server_request_duration_count', metric('http.server.request.duration', 'histogram', 's'), true],
    ['http_requests_total', metric('http.requests', 'sum', '{request}', true), true],
    ['system_cpu_utilization_ratio', metric('system.cpu.utilization', 'gauge', '1'), true],
    ['http_requests', metric('http.requests.total', 'sum', '', true), false],
    ['http_server_request', metric('http.server.request.duration', 'histogram', 's'), false],
    ['{__name__=~"system_.*"}', metric('system.cpu.time', 'sum', 's', true), true],
    ['{__name__=~"system"}', metric('system.cpu.time', 'sum', 's', true), false],
    ['{__name__=~"("}', metric('anything', 'gauge'), true],
    ['http_$x_total', metric('http.requests', 'sum', '', true), true],
    ['http_$' + '{x}_total', metric('http.requests', 'sum', '', true), true],
  ])('%s, of %j: %s', (text, of, used) => {
    expect(new Use(wordsOf(text)).ofMetric(of)).toBe(used)
  })

  it.each([
    ['sum by (http_route) (rate(a_total[5m]))', 'http.route', true],
    ['sum by ("http.route") (rate(a_total[5m]))', 'http.route', true],
    ['sum by (route) (rate(a_total[5m]))', 'http.route', false],
    ['sum by (key_2xx) (rate(a_total[5m]))', '2xx', true],
  ])('%s, of the label %s: %s', (text, label, used) => {
    expect(new Use(wordsOf(text)).ofLabel(label)).toBe(used)
  })

  it('of all labels, where a metric is shown without an aggregation or chosen by a pattern', () => {
    const a = metric('a', 'sum', '', true)
    const all = (text: string): boolean => new Use(wordsOf(text)).ofAllLabels(a)
    expect(all('rate(a_total[5m])')).toBe(true)
    expect(all('sum(rate(a_total[5m]))')).toBe(false)
    expect(all('sum(rate({__name__=~"a_.*"}[5m]))')).toBe(true)
  })

  it('rules name metrics by patterns of their own', () => {
    const words = new WordSet()
    for (const text of ['http.server.*', 'IsMatch(metric.name, "^rpc\\..*")', 'metric.name == "exact"', '*'])
      words.addRuleText(text)
    const use = new Use(words)
    expect(
      ['http.server.duration', 'exact', 'other'].map((name) => use.ofMetric(metric(name, 'gauge'))),
    ).toEqual([...[true, true, false]])
  })
})
