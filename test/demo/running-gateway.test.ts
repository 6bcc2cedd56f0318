import { afterEach, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { demoYaml, figure, type Scratch, scratch, startDemo } from './support/demo.ts'

/**
 * Scenario: the demo against a gateway that runs already, with the demo's rules.
 * Guarantees: what it prints is true, by what ClickHouse itself says afterwards; and its rules drop what their comments say.
 */

let temporary: Scratch | undefined
afterEach(() => temporary?.remove())

const listenOf = ({ urls }: TestGateway): string =>
  `listen: {grpc: "${urls.grpc}", http: off, api: "${new URL(urls.api).host}"}\n`

it('reports what ClickHouse holds', async () => {
  const rules = await demoYaml()
  const gateway = await startTestGateway(rules)
  temporary = await scratch()
  const config = await temporary.config(listenOf(gateway))
  const { code, text } = await startDemo('--config', config).ended
  expect(text).toContain('ran already')
  expect(text).toMatch(/ERROR {5}shop {5}POST \/checkout failed: no shelf for 'lamp'/)
  expect(text).toContain('RangeError: no shelf')
  expect(code).toBe(0)

  const pod = /pod (shop-\w+)/.exec(text)![1]!
  await gateway.readBack(async (database) => {
    const [stored] = await database.rows<Record<string, string>>(
      `SELECT count() AS lines,
         countIf(SeverityNumber < 9) AS noise,
         countIf(LogAttributes['http.route'] = '/healthz') AS probes,
         countIf(startsWith(Body, 'GET /static/')) AS files,
         countIf(SeverityText = 'ERROR' AND LogAttributes['exception.stacktrace'] LIKE 'RangeError: no shelf%') AS stacks,
         countIf(TraceId = unhex(repeat('0', 32))) AS withoutTrace,
         groupUniqArray(RetentionDays) AS days
       FROM ${database.name}.logs WHERE Pod = {pod:String}`,
      { pod },
    )
    expect(stored).toMatchObject({
      lines: String(figure(text, 'Stored')),
      noise: '0',
      probes: '0',
      files: '0',
      stacks: '3',
      withoutTrace: '0',
      days: [3],
    })
    const ledger = await database.rows<{ what: string; records: string }>(
      `SELECT concat(Kind, ' ', Reason) AS what, toString(sum(Records)) AS records
       FROM ${database.name}.ledger WHERE Records > 0 GROUP BY what`,
    )
    const rulesOf = ['health-checks', 'debug-noise', 'static-files'].map((name) => `filter/${name}`)
    expect(Object.fromEntries(ledger.map(({ what, records }) => [what.trim(), Number(records)]))).toEqual({
      received: figure(text, 'Sent'),
      stored: figure(text, 'Stored'),
      ...Object.fromEntries(rulesOf.map((rule) => [`dropped ${rule}`, figure(text, rule)])),
    })
  })
})
