import { readFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { lockDirectory } from '../../src/store/engine/lock.ts'
import { demoYaml, type Scratch, scratch, startDemo } from './support/demo.ts'

/**
 * Scenario: no gateway runs, so the demo starts one.
 * Guarantees: it prints what README.md shows; the commands it prints work while the gateway goes on, and Ctrl-C leaves nothing running.
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

/** What `curl -s "url"` would get. */
async function curl(line: string): Promise<string> {
  const answer = await fetch(/"?(http:[^"\s]+)"?/.exec(line)![1]!)
  expect(answer.status).toBe(200)
  return answer.text()
}

/** Lines without what differs from run to run: numbers, names, times, spaces and bars. */
const shapesOf = (text: string): string[] =>
  text
    .replaceAll(/(pod shop-|trace )\w+/g, '$1…')
    .replaceAll(/\d[\d.:]*/g, '#')
    .replaceAll(/[ █]+/g, ' ')
    .split('\n')

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The commands that README.md has for a gateway that runs, for this one. */
function readmeCommands(api: string): string[] {
  const block = /^While a gateway runs, ask it:\n\n```sh\n(.*?)^```/ms.exec(readme)![1]!
  return block.trim().replaceAll('http://127.0.0.1:3100', api).split('\n')
}

/** The report in README.md, from where the addresses and paths of a test's gateway end. */
function shownInReadme(): string[] {
  const block = /^```\nGateway.*?^(Service.*?)^```/ms.exec(readme)![1]!
  return shapesOf(block).filter((line) => line !== ' …')
}

it('--keep leaves the gateway running: the printed commands and those of README.md work, Ctrl-C stops it', async () => {
  const demo = await ownGateway('--keep')
  const text = await demo.printed(/weir_records$/m)
  expect(shapesOf(text)).toEqual(expect.arrayContaining(shownInReadme()))
  const [errors, traces, trace, series, cardinality, metrics] = text.match(/^ +curl .*$/gm)!
  const read = async (line: string | undefined) => JSON.parse(await curl(line!))
  const failed = Array.from({ length: 3 }, () => ({ service: 'shop', severityText: 'ERROR' }))
  expect(await read(errors)).toMatchObject({ records: failed })
  expect(await read(traces)).toMatchObject({
    traces: Array.from({ length: 3 }, () => ({ root: { name: 'POST /checkout' }, errors: 2 })),
  })
  expect((await read(trace)).spans).toHaveLength(6)
  expect((await read(series)).series).toHaveLength(3)
  expect((await read(cardinality)).metrics[0]).toMatchObject({ metric: 'shop.session.pages', active: 20 })
  expect(await curl(metrics!)).toMatch(/^weir_records_dropped_total\{.*"filter\/debug-noise".*\} \d+$/m)
  const api = /API (http:\S+)/.exec(text)![1]!
  for (const command of readmeCommands(api))
    expect(await curl(command), command).toMatch(/shop|weir_records_stored|"ready"/)
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
