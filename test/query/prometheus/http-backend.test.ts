import { afterAll, beforeAll, expect, it } from 'vitest'
import { EvaluatorBackend } from '../../../conformance/promql/evaluator-backend.ts'
import { HttpBackend } from '../../../conformance/promql/http-backend.ts'
import { runScript } from '../../../conformance/promql/runner.ts'

/** A script as the conformance corpus has them, through the API and a ClickHouse, and through the evaluator alone. */
const SCRIPT = `
load 1m
  requests_total{pod="a", "http.route"="/"} 0+60x10 0+60x5
  requests_total{pod="b"} 0+30x5 stale
  native {{schema:1 sum:3 count:5 z_bucket:2 z_bucket_w:0.5 buckets:[1 0 2]}}x20
  ended {{schema:0 count:1 sum:1 buckets:[1]}} {{schema:0 count:2 sum:2 buckets:[2]}} stale
  some_nan {{schema:0 count:3 sum:NaN buckets:[2]}}
  some_inf {{schema:-53 count:3 sum:-Inf custom_values:[1] buckets:[2 1]}}
  level {{schema:0 count:4 sum:4 buckets:[4] counter_reset_hint:gauge}} {{schema:0 count:1 sum:2 buckets:[1] counter_reset_hint:gauge}}
  custom {{schema:-53 count:3 sum:4 custom_values:[1 5] buckets:[1 2]}} _ _ stale
  odd NaN Inf -Inf 1.5

eval instant at 10m sum by (pod) (rate(requests_total[5m]))
  {pod="a"} 1

eval range from 4m to 7m step 1m requests_total{pod="b"}
  requests_total{pod="b"} 120 150 _ _

eval instant at 10m native
  native {{schema:1 sum:3 count:5 z_bucket:2 z_bucket_w:0.5 buckets:[1 0 2]}}

eval range from 0 to 3m step 1m ended
  ended {{schema:0 count:1 sum:1 buckets:[1]}} {{schema:0 count:2 sum:2 buckets:[2]}} _ _

eval range from 0 to 4m step 1m histogram_quantile(0.5, custom)
  {} 2 2 2 _ _

eval instant at 0 histogram_quantile(1, some_nan)
  expect info msg: PromQL info: input to histogram_quantile has NaN observations, result is NaN for metric name "some_nan" (1:23)
  {} NaN

eval instant at 0 histogram_sum(some_inf)
  {} -Inf

eval instant at 1m idelta(level[2m])
  expect no_warn
  {} {{schema:0 count:-3 sum:-2 buckets:[-3]}}

eval instant at 1m rate(level[2m]) </ 0
  expect warn msg: PromQL warning: this native histogram metric is not a counter: "level" (1:6)
  {} {{schema:0}}

eval instant at 1m ended[2m]
  expect range vector from 0 to 1m step 1m
  ended {{schema:0 count:1 sum:1 buckets:[1]}} {{schema:0 count:2 sum:2 buckets:[2]}}

eval range from 0 to 3m step 1m odd
  odd NaN +Inf -Inf 1.5

eval instant at 10m topk(1, count_over_time({"http.route"="/"}[3m]))
  {pod="a", "http.route"="/"} 3

eval instant at 10m sum(
  expect fail regex: parse error

eval instant at 1m "text"
  expect string "text"

eval instant at 1m 1 + 1
  2
`

let http: HttpBackend
beforeAll(async () => {
  http = await HttpBackend.start()
}, 30_000)
afterAll(() => http?.close())

it.each([
  ['the API', () => http],
  ['the evaluator', () => new EvaluatorBackend()],
])('by %s: what the script expects', async (_name, backend) => {
  const outcomes = await runScript(SCRIPT, backend())
  expect(outcomes.map(({ command, failure }) => [command.query, failure])).toEqual(
    outcomes.map(({ command }) => [command.query, undefined]),
  )
  expect(outcomes).toHaveLength(15)
})

it('what was cleared is gone, and a wrong expectation is told', async () => {
  const outcomes = await runScript(`${SCRIPT}\nclear\neval instant at 1m odd\n  odd 1\n`, http)
  expect(outcomes.at(-1)!.failure).toEqual({ expected: ['{__name__="odd"} 1'], got: expect.anything() })
})
