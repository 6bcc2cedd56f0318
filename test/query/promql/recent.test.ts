import { describe, expect, it } from 'vitest'
import { EvaluatorBackend } from '../../../conformance/promql/evaluator-backend.ts'
import { runScript } from '../../../conformance/promql/runner.ts'

/** What Prometheus has come to do in the releases up to 3.16, as scripts: numbers worked out by hand. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'info takes the newest series, as of the time that its argument looks at': `
load 1m
  busy{instance="a", job="1"} 0 1 2 3 4 5 6
  target_info{instance="a", job="1", version="old"} 1 1 1 _
  target_info{instance="a", job="1", version="new"} _ _ _ 1 1 1 1
  build_info{instance="a", job="1", revision="r"} 1x6
  odd{instance="a", job="1"} {{schema:0 count:1 sum:1 buckets:[1]}}x6
  homeless 7x6
eval range from 2m to 4m step 1m info(busy)
  busy{instance="a", job="1", version="old"} 2 _ _
  busy{instance="a", job="1", version="new"} _ 3 4
eval instant at 6m info(busy offset 4m)
  busy{instance="a", job="1", version="old"} 2
eval instant at 6m info(busy @ 60)
  busy{instance="a", job="1", version="old"} 1
eval instant at 6m info(last_over_time(busy[2m:1m] offset 4m))
  busy{instance="a", job="1", version="old"} 2
eval instant at 6m info(busy @ 60 or homeless)
  busy{instance="a", job="1", version="new"} 1
  homeless 7
eval instant at 6m info(busy, {__name__!="target_info"})
  busy{instance="a", job="1", revision="r"} 6
eval instant at 6m info(busy, {__name__!~".+_info", version=~".+"})
eval instant at 6m info(busy, {__name__="odd"})
  expect fail msg: info sample should be float
`,

  'what names a metric and says its type tells no elements apart': `
load 1m
  x_total{__type__="counter", __unit__="s", pod="a", zone="1"} 4
  x_total{__type__="gauge", pod="b", zone="1"} 5
  y{__type__="gauge", pod="a"} 2
eval instant at 0 sum without (pod) (x_total)
  {zone="1"} 9
eval instant at 0 x_total / ignoring (zone) y
  {pod="a"} 2
`,

  'infinite neighbours have no part in exact ranks': `
load 1m
  x{a="1"} 1
  x{a="2"} 2
  x{a="3"} Inf
  range 1 2 Inf
eval instant at 0 quantile(0.5, x)
  {} 2
eval instant at 2m quantile_over_time(0.5, range[3m])
  {} 2
eval instant at 0 quantile(1, x)
  {} Inf
`,

  'what a comparison leaves out was a partner too': `
load 1m
  many{l="a", job="x"} 0
  many{l="b", job="x"} 1
  one{job="x"} 1
eval instant at 0 many > on (job) one
  expect fail msg: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)
`,

  'sorting a range is told to be in vain': `
load 1m
  x 1x5
eval range from 0 to 2m step 1m sum(sort_desc(x))
  expect warn msg: PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:5)
  {} 1 1 1
eval instant at 0 sort(x)
  expect no_warn
  x 1
`,

  'buckets of no bound are left out; below the first negative bound nothing is known': `
load 1m
  h{le="0.5"} 1
  h{le="+Inf"} 3
  h{le="NaN"} 2
  n{le="-3"} 10
  n{le="-2"} 12
  n{le="+Inf"} 100
eval instant at 0 histogram_quantile(0.25, h)
  expect warn msg: PromQL warning: bucket label "le" is missing or has a malformed value of "NaN" for metric name "h" (1:26)
  {} 0.375
eval instant at 0 histogram_fraction(-4, -2, n)
  {} 0.02
`,

  'native histograms: observations of NaN, sums that cancel out, totals too large': `
load 1m
  odd {{schema:0 count:5 sum:NaN offset:1 buckets:[1 2 1]}}
  big{a="1"} {{schema:0 count:1 sum:1 buckets:[1]}}
  big{a="2"} {{schema:0 count:1 sum:1e100 buckets:[1]}}
  big{a="3"} {{schema:0 count:1 sum:1 buckets:[1]}}
  big{a="4"} {{schema:0 count:1 sum:-1e100 buckets:[1]}}
  huge{a="1"} {{schema:0 count:1.7e308 sum:1}}
  huge{a="2"} {{schema:0 count:1.5e308 sum:1}}
eval instant at 0 histogram_quantile(0.4, odd)
  expect info msg: PromQL info: input to histogram_quantile has NaN observations, result is skewed higher for metric name "odd" (1:25)
  {} 2.82842712474619
eval instant at 0 histogram_quantile(1, odd)
  expect info msg: PromQL info: input to histogram_quantile has NaN observations, result is NaN for metric name "odd" (1:23)
  {} NaN
eval instant at 0 histogram_fraction(-Inf, 4, odd)
  expect info msg: PromQL info: input to histogram_fraction has NaN observations, which are excluded from all fractions for metric name "odd" (1:29)
  {} 0.6
eval instant at 0 histogram_sum(sum(big))
  {} 2
eval instant at 0 histogram_sum(avg(big))
  {} 0.5
eval instant at 0 histogram_count(avg(huge))
  {} 1.6e308
`,

  'anchored and smoothed take histograms as they take floats': `
load 15s
  f 1+1x8
  h {{schema:0 count:1 sum:1 buckets:[1]}}+{{schema:0 count:1 sum:1 buckets:[1]}}x8
  reset 100 10
eval instant at 70s increase(f[1m] anchored)
  {} 4
eval instant at 70s histogram_count(increase(h[1m] anchored))
  {} 4
eval instant at 70s increase(f[1m] smoothed)
  {} 4
eval instant at 70s histogram_sum(increase(h[1m] smoothed))
  {} 4
eval instant at 20s histogram_count(h smoothed)
  {} 2.333333333
eval instant at 12s rate(reset[10s] smoothed)
  {} 0.66666666667
eval instant at 60s f[30s] anchored
  expect range vector from 30s to 60s step 15s
  f 3 4 5
eval instant at 70s deriv(f[1m] smoothed)
  expect fail msg: smoothed modifier can only be used with: delta, increase, rate - not with deriv
`,

  'integral is the area, by the rule that is asked for; NaN is no height': `
load 10s
  x 1 3 NaN 5
eval instant at 30s integral(x[1m])
  {} 60
eval instant at 30s integral(x[1m], 0)
  {} 40
eval instant at 30s integral(x[1m], 1)
  {} 80
eval instant at 30s integral(x[1m], 7)
  expect warn msg: PromQL warning: strategy should be 0, 1, or 2 (default), using 2, got 7 (1:17)
  {} 60
`,

  'trimming keeps what is on one side': `
load 1m
  h{a="b"} {{schema:0 count:34 sum:123.75 z_bucket:1 z_bucket_w:0.001 buckets:[2 4 8 16] n_buckets:[1 2]}}
eval instant at 0 histogram_count(h </ 2)
  {a="b"} 10
eval instant at 0 histogram_count(h >/ 2)
  {a="b"} 24
eval instant at 0 h >/ -Inf
  h{a="b"} {{schema:0 count:34 sum:123.75 z_bucket:1 z_bucket_w:0.001 buckets:[2 4 8 16] n_buckets:[1 2]}}
eval instant at 0 vector(1) </ 2
  expect info msg: PromQL info: incompatible sample types encountered for binary operator "</": float </ float (1:1)
`,
}

describe('what the newer releases do', () => {
  it.each(Object.entries(SCRIPTS))('%s', async (_, script) => {
    const outcomes = await runScript(script, new EvaluatorBackend())
    expect(outcomes.filter(({ failure }) => failure !== undefined)).toEqual([])
    expect(outcomes.length).toBeGreaterThan(0)
  })
})
