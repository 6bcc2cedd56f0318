import { afterEach, expect, it } from 'vitest'
import { lockDirectory } from '../../src/store/engine/lock.ts'
import { demoYaml, type Scratch, scratch, startDemo } from './support/demo.ts'

/**
 * Scenario: no gateway runs, so the demo starts one.
 * Guarantees: the commands it prints work while the gateway goes on, and Ctrl-C leaves nothing running.
 */

let temporary: Scratch
afterEach(() => temporary.remove())

async function ownGateway(...args: string[]) {
  temporary = await scratch()
  const listen = 'listen: {grpc: 127.0.0.1:0, http: off, api: 127.0.0.1:0}\n'
  const config = await temporary.config(
    `${listen}dataDir: ${temporary.directory}/data\n${await demoYaml()}\ninserter: {groupAgeMs: 50, thinGroupAgeMs: 50}\n`,
  )
  return startDemo(...args, '--config', config)
}

/** The gateway's directory is free again once its process has ended. */
async function assertNothingRuns(): Promise<void> {
  const lock = await lockDirectory(`${temporary.directory}/data`)
  await lock.release()
}

/** What `curl -s [-H "header: value"] "url"` would get. */
async function curl(line: string): Promise<string> {
  const header = /-H "([^:]+): ([^"]+)"/.exec(line)
  const url = /"?(http:[^"\s]+)"?/.exec(line)![1]!
  const answer = await fetch(url, { headers: header === null ? {} : { [header[1]!]: header[2]! } })
  expect(answer.status).toBe(200)
  return answer.text()
}

it('--keep leaves the gateway running: the printed commands work, Ctrl-C stops it', async () => {
  const demo = await ownGateway('--keep')
  const text = await demo.printed(/weir_records$/m)
  const [errors, payments, newest, metrics] = text.match(/^ +curl .*$/gm)!
  expect(
    (await curl(errors!))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    ...Array.from({ length: 3 }, () => ({ service: 'shop', severityText: 'ERROR' })),
    { nextCursor: null },
  ])
  expect(JSON.parse((await curl(payments!)).split('\n')[0]!).body).toContain('payment declined')
  expect(JSON.parse(await curl(newest!)).records).toHaveLength(1)
  expect(await curl(metrics!)).toMatch(/^weir_records_dropped_total\{.*filter\/debug-noise.*\} \d+$/m)
  demo.interrupt()
  expect(await demo.ended).toMatchObject({ code: 0 })
  await assertNothingRuns()
})

it('Ctrl-C while visitors come ends it all, with 130', async () => {
  const demo = await ownGateway()
  await demo.printed(/^Service/m)
  demo.interrupt()
  const { code, text } = await demo.ended
  expect(text).toContain('Interrupted; nothing of the demo goes on.')
  expect(code).toBe(130)
  await assertNothingRuns()
})
