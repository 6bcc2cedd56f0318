import { afterAll, beforeAll, expect, it } from 'vitest'
import { EvaluatorBackend } from '../../../conformance/logql/evaluator-backend.ts'
import { HttpBackend } from '../../../conformance/logql/http-backend.ts'
import { runScript } from '../../../conformance/logql/runner.ts'

/** A script as the conformance corpus has them, through the API and a ClickHouse, and through the evaluator alone. */
const SCRIPT = `
load
  {app="shop", env="prod"} "level=info took=2s" @ 0s
  {app="shop", env="prod"} "level=error took=4s" @ 10s [metadata trace="t 1"]
  {app="cart", env="prod"} \`{"n": 5}\` @ 30s

eval instant at 60s sum by (app) (count_over_time({env="prod"}[2m]))
  {app="shop"} 2
  {app="cart"} 1

eval instant at 60s avg_over_time({app="shop"} | logfmt | unwrap duration(took) [1m]) by (app)
  {app="shop"} 4

eval range from 0s to 60s step 30s count_over_time({app="cart"}[30s])
  {app="cart", env="prod"} _ 1 _

eval instant at 60s absent_over_time({app="none"}[1m])
  {app="none"} 1

eval select from 0s to 20s backward {app="shop"} |= "error"
  {app="shop", env="prod"} "level=error took=4s" @ 10s [metadata trace="t 1"]

eval instant at 60s vector(1) + 1
  {} 2

eval instant at 60s rate({app="shop"}
  expect fail msg: parse error
`

let http: HttpBackend
beforeAll(async () => {
  http = await HttpBackend.start()
})
afterAll(() => http?.close())

it.each([
  ['the API', () => http],
  ['the evaluator', () => new EvaluatorBackend()],
])('by %s: what the script expects', async (_name, backend) => {
  const outcomes = await runScript(SCRIPT, backend())
  expect(outcomes.map(({ command, failure }) => [command.query, failure])).toEqual(
    outcomes.map(({ command }) => [command.query, undefined]),
  )
  expect(outcomes).toHaveLength(7)
})

it('what was cleared is gone, and a wrong expectation is told', async () => {
  const outcomes = await runScript(
    `${SCRIPT}\nclear\neval instant at 60s count_over_time({app="shop"}[2m])\n  {app="shop"} 2\n`,
    http,
  )
  expect(outcomes.at(-1)!.failure).toEqual({ expected: ['{app="shop"} 2'], got: expect.anything() })
  expect(outcomes.filter(({ failure }) => failure !== undefined)).toHaveLength(1)
})
