import { describe, expect, it } from 'vitest'
import { EvaluatorBackend } from '../../../conformance/promql/evaluator-backend.ts'
import { runScript } from '../../../conformance/promql/runner.ts'

/** What Prometheus' documentation says, as scripts: numbers worked out by hand. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'operators bind as documented': `
eval instant at 0 1 + 2 * 3 ^ 2 ^ 0.5 % 2
  2.4576087
eval instant at 0 -2 ^ 2
  -4
eval instant at 0 2 ^ -1 * 4
  2
eval instant at 0 7 % 4 - -7 % 4
  6
eval instant at 0 1 < bool 2 == bool 1
  1
eval instant at 0 1 atan2 1
  0.7853981633974483
eval instant at 0 0 / 0
  NaN
eval instant at 0 1h30m
  5400
eval instant at 0 017 + 0x10
  31
`,

  'comparisons filter, or give 0 and 1': `
load 1m
  a{l="x"} 1
  a{l="y"} 5
  b{l="x"} 2
  b{l="z"} 3
eval instant at 0 a > 1
  a{l="y"} 5
eval instant at 0 3 > a
  a{l="x"} 1
eval instant at 0 a > bool 1
  {l="x"} 0
  {l="y"} 1
eval instant at 0 a < b
  a{l="x"} 1
eval instant at 0 a == bool b
  {l="x"} 0
eval instant at 0 a and b
  a{l="x"} 1
eval instant at 0 a unless b
  a{l="y"} 5
eval instant at 0 a or b
  a{l="x"} 1
  a{l="y"} 5
  b{l="z"} 3
eval instant at 0 a * b
  {l="x"} 2
eval instant at 0 -a
  {l="x"} -1
  {l="y"} -5
`,

  'vectors match one to one, and many to one where asked': `
load 5m
  errors{method="get", code="500"} 24
  errors{method="get", code="404"} 30
  errors{method="put", code="501"} 3
  errors{method="post", code="500"} 6
  errors{method="post", code="404"} 21
  requests{method="get"} 600
  requests{method="del"} 34
  requests{method="post"} 120
eval instant at 0 errors{code="500"} / ignoring(code) requests
  {method="get"} 0.04
  {method="post"} 0.05
eval instant at 0 errors / ignoring(code) group_left requests
  {method="get", code="500"} 0.04
  {method="get", code="404"} 0.05
  {method="post", code="500"} 0.05
  {method="post", code="404"} 0.175
eval instant at 0 requests - on(method) group_right errors{method="get"}
  {method="get", code="500"} 576
  {method="get", code="404"} 570
eval instant at 0 errors / on(method) requests
  expect fail msg: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)
eval instant at 0 errors + on(method) group_left requests{method="none"}
eval instant at 0 requests + fill(0) ignoring
  expect fail
eval instant at 0 requests + on (method) fill_right(1) errors{code="500"}
  {method="get"} 624
  {method="del"} 35
  {method="post"} 126
eval instant at 0 requests == on (method) fill(24) errors{code="500"}
`,

  'included labels come from the side of one': `
load 1m
  build_info{instance="a", version="1.2"} 1
  build_info{instance="b", version=""} 1
  up{instance="a", version="old"} 1
  up{instance="b", version="old"} 0
eval instant at 0 up * on (instance) group_left (version) build_info
  {instance="a", version="1.2"} 1
  {instance="b"} 0
`,

  'buckets give quantiles': `
load 1m
  h_bucket{le="1"} 0 10
  h_bucket{le="2"} 0 20
  h_bucket{le="4"} 0 40
  h_bucket{le="+Inf"} 0 40
  broken_bucket{le="1"} 10
  broken_bucket{le="2"} 8
  broken_bucket{le="+Inf"} 20
  unbounded_bucket{le="1"} 10
  nonsense_bucket{le="many"} 10
  negative_bucket{le="-1"} 10
  negative_bucket{le="+Inf"} 20
eval instant at 1m histogram_quantile(0.5, h_bucket)
  {} 2
eval instant at 1m histogram_quantile(0.125, h_bucket)
  {} 0.5
eval instant at 1m histogram_quantile(0.75, h_bucket)
  {} 3
eval instant at 1m histogram_quantile(1, h_bucket)
  {} 4
eval range from 0 to 1m step 1m histogram_quantile(0.5, h_bucket)
  {} NaN 2
eval instant at 1m histogram_quantile(2, h_bucket)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)
  {} +Inf
eval instant at 1m histogram_quantile(-1, h_bucket)
  expect warn
  {} -Inf
eval instant at 0 histogram_quantile(0.25, broken_bucket)
  expect info regex: needed to be fixed for monotonicity
  {} 0.5
eval instant at 0 histogram_quantile(0.5, unbounded_bucket)
  {} NaN
eval instant at 0 histogram_quantile(0.5, nonsense_bucket)
  expect warn msg: PromQL warning: bucket label "le" is missing or has a malformed value of "many" for metric name "nonsense_bucket" (1:25)
eval instant at 0 histogram_quantile(0.25, negative_bucket)
  {} -1
eval instant at 1m histogram_fraction(1, 3, h_bucket)
  {} 0.5
eval instant at 1m histogram_fraction(0, +Inf, h_bucket)
  {} 1
eval instant at 1m histogram_quantiles(h_bucket, "q", 0.125, 1)
  {q="0.125"} 0.5
  {q="1.0"} 4
eval instant at 1m histogram_quantile(0.5, sum by (le) (rate(h_bucket[2m])))
  {} 2
`,

  'a histogram with custom buckets is the classic one': `
load_with_nhcb 1m
  h_bucket{le="1", a="b"} 10
  h_bucket{le="2", a="b"} 20
  h_bucket{le="+Inf", a="b"} 40
  h_count{a="b"} 40
  h_sum{a="b"} 100
eval instant at 0 histogram_quantile(0.3, h) == histogram_quantile(0.3, h_bucket)
  {a="b"} 1.2
eval instant at 0 histogram_count(h) + histogram_sum(h) + histogram_avg(h)
  {a="b"} 142.5
eval instant at 0 histogram_fraction(1, 2, h)
  {a="b"} 0.25
eval instant at 0 h * 2 / 4
  {a="b"} {{schema:-53 count:20 sum:50 custom_values:[1 2] buckets:[5 5 10]}}
`,

  'native histograms': `
load 1m
  h {{schema:0 count:8 sum:20 z_bucket:2 z_bucket_w:0.5 buckets:[2 4] offset:1}}+{{schema:0 count:8 sum:20 z_bucket:2 z_bucket_w:0.5 buckets:[2 4] offset:1}}x5
  fine {{schema:1 count:4 sum:4 buckets:[1 1 1 1] offset:1}}
  both 1 {{schema:0 count:1 sum:1}}
eval instant at 0 histogram_quantile(0.75, h)
  {} 2.8284271
eval instant at 0 histogram_quantile(0.125, h)
  {} 0.25
eval instant at 0 h + fine
  {} {{schema:0 count:12 sum:24 z_bucket:2 z_bucket_w:0.5 buckets:[4 6] offset:1}}
eval instant at 5m increase(h[5m])
  {} {{schema:0 count:40 sum:100 z_bucket:10 z_bucket_w:0.5 buckets:[10 20] offset:1 counter_reset_hint:gauge}}
eval instant at 5m histogram_count(rate(h[5m])) * 300
  {} 40
eval instant at 0 sum({__name__=~"h|fine"})
  {} {{schema:0 count:12 sum:24 z_bucket:2 z_bucket_w:0.5 buckets:[4 6] offset:1}}
eval instant at 0 h + 1
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "+": histogram + float (1:1)
eval instant at 0 h == h
  h {{schema:0 count:8 sum:20 z_bucket:2 z_bucket_w:0.5 buckets:[2 4] offset:1}}
eval instant at 0 -fine
  {} {{schema:1 count:-4 sum:-4 buckets:[-1 -1 -1 -1] offset:1}}
eval instant at 1m sum_over_time(both[2m])
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "both" (1:15)
eval instant at 0 avg({__name__=~"h|both"})
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for aggregation (1:5)
`,

  'aggregations choose, count and label': `
load 1m
  v{job="a", i="1"} 3
  v{job="a", i="2"} 3
  v{job="a", i="3"} NaN
  v{job="b", i="1"} 1e21
  v{job="b", i="2"} 0.00001
eval instant at 0 count_values by (job) ("value", v)
  {job="a", value="3"} 2
  {job="a", value="NaN"} 1
  {job="b", value="1000000000000000000000"} 1
  {job="b", value="0.00001"} 1
eval instant at 0 topk by (job) (1, v)
  v{job="a", i="1"} 3
  v{job="b", i="1"} 1e21
eval instant at 0 sum by (__name__) (v{job="b"})
  v 1e21
eval instant at 0 quantile by (job) (0.5, v{i!="3"})
  {job="a"} 3
  {job="b"} 5e20
eval instant at 0 count without (i) (limitk by (job) (2, v))
  {job="a"} 2
  {job="b"} 2
eval instant at 0 group by (job) (v > 5)
  {job="b"} 1
`,

  'patterns match whole values, newlines too': `
load 1m
  x{text="a\\nb"} 1
  x{text="ab"} 2
eval instant at 0 x{text=~"a.b"}
  x{text="a\\nb"} 1
eval instant at 0 x{text=~"a"}
eval instant at 0 x{text!~"a.*"}
eval instant at 0 sum(label_replace(x, "text", "$1", "text", "(a).+"))
  expect fail
eval instant at 0 label_replace(x{text=~"a.b"}, "text", "$1", "text", "(a).+")
  x{text="a"} 1
`,

  'names are dropped at the end, where any part has dropped them': `
load 1m
  x_total{a="b"} 0 60
  y_total{a="c"} 0 120
eval instant at 1m rate(x_total[2m])
  {a="b"} 0.5
eval instant at 1m label_replace(rate(x_total[2m]), "rule", "$1:rate", "__name__", "(.*)_total")
  {a="b", rule="x:rate"} 0.5
eval instant at 1m label_replace(rate(x_total[2m]), "__name__", "$1:rate", "__name__", "(.*)_total")
  x:rate{a="b"} 0.5
eval instant at 1m sum by (__name__) (x_total or rate(x_total[2m] offset 1m))
  x_total 60
eval instant at 1m sum by (__name__) (x_total or on (a) abs(label_replace(y_total, "__name__", "x_total", "", "")))
  {} 180
eval instant at 1m rate({a=~"b|c"}[2m]) > 0
  {a="b"} 0.5
  {a="c"} 1
eval instant at 1m sum by (__name__) (rate({a=~"b|c"}[2m]))
  expect fail msg: vector cannot contain metrics with the same labelset
`,

  'names of any text': `
load 1m
  {"http.server.duration", "service.name"="api"} 1 2
  {"http.server.duration", "service.name"="web"} 3 4
eval instant at 1m sum by ("service.name") ({"http.server.duration"})
  {"service.name"="api"} 2
  {"service.name"="web"} 4
eval instant at 1m {__name__="http.server.duration", "service.name"=~"w.b"}
  {"http.server.duration", "service.name"="web"} 4
eval instant at 1m label_replace({"http.server.duration"}, "service.version", "$1!", "service.name", "(a.*)") + 0
  {"service.name"="api", "service.version"="api!"} 2
  {"service.name"="web"} 4
`,

  'ranges are open to the left, and durations can be calculated': `
load 10s
  x 0+1x100
eval instant at 100s count_over_time(x[20s])
  {} 2
eval instant at 100s count_over_time(x[20001ms])
  {} 3
eval range from 100s to 110s step 10s count_over_time(x[step() * 2 + 1ms])
  {} 3 3
eval range from 100s to 120s step 10s count_over_time(x[range()])
  {} 2 2 2
eval instant at 100s x offset (2 * 10s)
  x 8
eval instant at 100s x offset 20 + 2
  {} 10
eval instant at 100s count_over_time(x[max_of(20s, 30s)]) + count_over_time(x[min_of(20s, 30s)])
  {} 5
eval instant at 100s sum_over_time(x[30s:10s] @ 50 offset -10s)
  {} 15
`,

  'anchored ranges begin with the sample before them, smoothed ones are interpolated': `
load 10s
  x_total 0 10 20 5 15
eval instant at 35s increase(x_total[20s] anchored)
  {} 15
eval instant at 35s increase(x_total[20s] smoothed)
  {} 15
eval instant at 35s delta(x_total[20s] anchored)
  {} -5
eval instant at 35s resets(x_total[20s] anchored) + changes(x_total[20s] anchored)
  {} 3
eval instant at 35s rate(x_total[20s] anchored)
  {} 0.75
eval instant at 35s x_total smoothed
  x_total 10
`,

  'info adds the labels of the target': `
load 1m
  up{job="a", instance="1"} 1
  up{job="a", instance="2"} 0
  target_info{job="a", instance="1", version="1.0", cloud="x"} 1
  build{job="a", instance="2", version="2.0"} 1
eval instant at 0 info(up)
  up{job="a", instance="1", version="1.0", cloud="x"} 1
  up{job="a", instance="2"} 0
eval instant at 0 info(up, {version=~".+"})
  up{job="a", instance="1", version="1.0"} 1
eval instant at 0 info(up, {__name__="build", version=~".*"})
  up{job="a", instance="1"} 1
  up{job="a", instance="2", version="2.0"} 0
`,

  'trends and calendars': `
load 1m
  x 0 60 120 180
  spiky 1 1 9 1
eval instant at 3m deriv(x[5m])
  {} 1
eval instant at 3m predict_linear(x[5m], 120)
  {} 300
eval instant at 3m mad_over_time(spiky[5m])
  {} 0
eval instant at 3m double_exponential_smoothing(x[5m], 0.5, 0.5)
  {} 180
eval instant at 0 days_in_month(vector(951782400))
  {} 29
eval instant at 0 day_of_year(vector(951868800)) + hour(vector(-1)) + day_of_week(vector(951868800))
  {} 87
eval instant at 1m scalar(x) + time()
  120
eval instant at 0 absent(nothing{a="b", c!="d", e="f", e="g"})
  {a="b"} 1
eval instant at 0 absent_over_time(nothing{a="b", a=~".*"}[5m])
  {} 1
eval instant at 0 round(vector(2.55), 0.1) + round(vector(-0.5))
  {} 2.6
`,
}

describe('what the documentation says', () => {
  it.each(Object.entries(SCRIPTS))('%s', async (_, script) => {
    const outcomes = await runScript(script, new EvaluatorBackend())
    expect(outcomes.filter(({ failure }) => failure !== undefined)).toEqual([])
    expect(outcomes.length).toBeGreaterThan(0)
  })
})
