import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { relative } from 'node:path'
import { ConfigError } from '../src/config/load.ts'
import { type DemoGateway, findGateway, startGateway } from './gateway.ts'
import { type Options, ROOT, readConfig, readOptions } from './options.ts'
import { Problem } from './problem.ts'
import { awaitArrival, type Ledger, readLedger, type StoredRecord, totalOf } from './readback.ts'
import * as report from './report.ts'
import { type Shop, startShop } from './shop.ts'
import { visit } from './visitors.ts'

/**
 * `npm run demo`: a real service under real requests, its logs through a gateway, and what became of them. Ends with
 * 0 if every record that was sent is accounted for, 1 with a sentence if not, 130 after Ctrl-C.
 */

const ARRIVAL_MAX_MS = 20_000

class Interrupted extends Error {}

async function demo(options: Options, signal: AbortSignal): Promise<void> {
  const config = readConfig(options)
  report.say('Weir demo: a small web shop sends its logs to a gateway, whose rules drop what nobody needs.\n')
  const running = await findGateway(config.listen)
  if (running === undefined) report.fact('Gateway', 'none answers yet: starting one …')
  const gateway = running ?? (await startGateway(options.config, signal))
  try {
    const where = `OTLP/gRPC ${gateway.grpc}, API ${gateway.api}`
    const whose = gateway.wasRunning
      ? 'ran already: its rules and its data are used'
      : `started with ${fromRoot(options.config)}, data in ${fromRoot(config.dataDir)}`
    report.fact(gateway.wasRunning ? 'Gateway' : '', `${whose}\n${where}`)
    const seen = await run(gateway, signal)
    report.heading(`The newest of the ${seen.records.length} stored lines`)
    report.newestLines(seen.records)
    report.oneError(seen.records)
    report.nextSteps(gateway, options.keep, `npm start -- --config ${fromRoot(options.config)}`)
    if (options.keep && !gateway.wasRunning) await untilInterrupted(gateway, signal)
  } finally {
    await gateway.stop()
    if (!gateway.wasRunning) report.say('\nThe gateway of the demo has stopped.')
  }
}

type Seen = { readonly records: StoredRecord[]; readonly ledger: Ledger }

/** Runs the shop, and reports what was sent and what arrived. Throws {@link Problem} if something is missing. */
async function run(gateway: DemoGateway, signal: AbortSignal): Promise<Seen> {
  const pod = `shop-${randomBytes(3).toString('hex')}`
  const before = await readLedger(gateway.api)
  const shop = await startShop(gateway.grpc, pod)
  try {
    report.fact('Service', `shop (demo/service): node:http and the OpenTelemetry Node SDK, pod ${pod}`)
    const startedAt = performance.now()
    const visits = await visit(shop.url, signal)
    report.fact('Visitors', report.visitsText(visits, (performance.now() - startedAt) / 1000))
    const emitted = await shop.close()
    const sentAt = performance.now()
    report.fact('Sent', report.sentText(emitted))

    const sent = totalOf(Object.values(emitted))
    const seen = await awaitArrival(gateway.api, pod, sent, before, {
      deadline: sentAt + ARRIVAL_MAX_MS,
      signal,
    })
    assertArrived(seen, sent, shop, gateway)
    const seconds = ((performance.now() - sentAt) / 1000).toFixed(1)
    report.fact('Dropped', report.droppedText(seen.ledger))
    report.fact('Stored', `${seen.records.length}, all readable ${seconds} s after the last was sent`)
    report.fact('Ledger', report.ledgerText(seen.ledger))
    return seen
  } finally {
    shop.kill()
  }
}

function assertArrived({ records, ledger }: Seen, sent: number, shop: Shop, gateway: DemoGateway): void {
  if (ledger.received < sent)
    throw new Problem(
      `Of ${sent} log records that the shop sent to ${gateway.grpc} the gateway received ${ledger.received}.`,
      shop.complaints(),
    )
  const kept = sent - totalOf(ledger.dropped.values()) - ledger.rejected
  if (records.length < kept)
    throw new Problem(
      `Of ${kept} log records that the rules kept only ${records.length} can be read after ${ARRIVAL_MAX_MS / 1000} s: is ClickHouse up?`,
      `curl -s "${gateway.api}/readyz"`,
    )
}

async function untilInterrupted(gateway: DemoGateway, signal: AbortSignal): Promise<void> {
  const ended = gateway.ended.then(() => {
    throw new Problem('The gateway has ended by itself.')
  })
  await Promise.race([once(signal, 'abort'), ended])
}

function fromRoot(path: string): string {
  const short = relative(ROOT, path)
  return short.startsWith('..') ? path : short
}

/** The sentence for whatever ended the demo. */
function explain(error: unknown): string {
  if (error instanceof Problem)
    return [error.message, error.details].filter((text) => text !== '').join('\n\n')
  if (error instanceof ConfigError) return error.message
  return `The demo failed where nobody expected it.\n\n${(error as Error).stack}`
}

async function main(): Promise<number> {
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interruption.abort(new Interrupted()))
  try {
    const options = readOptions(process.argv.slice(2))
    if (options !== undefined) await demo(options, interruption.signal)
    return 0
  } catch (error) {
    if (interruption.signal.aborted) {
      report.say('\nInterrupted; nothing of the demo goes on.')
      return 130
    }
    process.stderr.write(`\n${explain(error)}\n`)
    return 1
  }
}

process.exitCode = await main()
