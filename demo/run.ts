import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { relative } from 'node:path'
import { ConfigError } from '../src/config/load.ts'
import { assertAccountedFor } from './accounted.ts'
import { readTopCardinality, readTopLabel, readTrace } from './api.ts'
import { type DemoGateway, findGateway, startGateway } from './gateway.ts'
import { readLedger } from './ledger.ts'
import { type Options, ROOT, readConfig, readOptions } from './options.ts'
import { Problem } from './problem.ts'
import { awaitArrival, type Stored } from './readback.ts'
import { accounts, sentText, visitsText } from './report/accounts.ts'
import { newestLines } from './report/logs.ts'
import { cardinality, largestOf, metricSeries } from './report/metrics.ts'
import { nextSteps } from './report/next.ts'
import { fact, heading, say } from './report/terminal.ts'
import { errorAndTrace } from './report/trace.ts'
import type { Sent } from './service/sent.ts'
import { startShop } from './shop.ts'
import { type PerSignal, totalOf } from './signals.ts'
import { visit } from './visitors.ts'

/**
 * `npm run demo`: a real service under real requests, its logs, traces and metrics through a gateway, and what became
 * of them. Ends with 0 if everything that was sent is accounted for, 1 with a sentence if not, 130 after Ctrl-C.
 */

const ARRIVAL_MAX_MS = 20_000

class Interrupted extends Error {}

async function demo(options: Options, signal: AbortSignal): Promise<void> {
  const config = readConfig(options)
  say("Weir demo: a web shop's logs, traces and metrics, through a gateway that drops what nobody needs.\n")
  const running = await findGateway(config.listen)
  if (running === undefined) fact('Gateway', 'none answers yet: starting one …')
  const gateway = running ?? (await startGateway(options.config, signal))
  try {
    const where = `OTLP/gRPC ${gateway.grpc}, API ${gateway.api}`
    const whose = gateway.wasRunning
      ? 'ran already: its rules and its data are used'
      : `started with ${fromRoot(options.config)}, data in ${fromRoot(config.dataDir)}`
    fact(gateway.wasRunning ? 'Gateway' : '', `${whose}\n${where}`)
    const seen = await run(gateway, signal)
    const traceId = await show(gateway, seen)
    const start = `npm start -- --config ${fromRoot(options.config)}`
    nextSteps(gateway, { keep: options.keep, start, ...(traceId === undefined ? {} : { traceId }) })
    if (options.keep && !gateway.wasRunning) await untilInterrupted(gateway, signal)
  } finally {
    await gateway.stop()
    if (!gateway.wasRunning) say('\nThe gateway of the demo has stopped.')
  }
}

type Seen = { readonly sent: Sent; readonly stored: Stored }

/** Runs the shop, and reports what was sent and what arrived. Throws {@link Problem} if something is missing. */
async function run(gateway: DemoGateway, signal: AbortSignal): Promise<Seen> {
  const { api } = gateway
  const pod = `shop-${randomBytes(3).toString('hex')}`
  const before = await readLedger(api)
  const shop = await startShop(gateway.grpc, pod)
  try {
    fact('Service', `shop (demo/service): node:http and the OpenTelemetry Node SDK, pod ${pod}`)
    const startedAt = performance.now()
    const visits = await visit(shop.url, signal)
    fact('Visitors', visitsText(visits, (performance.now() - startedAt) / 1000))
    const sent = await shop.close()
    const sentAt = performance.now()
    fact('Sent', sentText(sent))

    const counts = countsOf(sent)
    const stored = await awaitArrival(
      { api, pod, sent: counts, metrics: Object.keys(sent.series), before },
      { deadline: sentAt + ARRIVAL_MAX_MS, signal },
    )
    assertAccountedFor(stored, counts, {
      ...gateway,
      complaints: shop.complaints(),
      waitedMs: ARRIVAL_MAX_MS,
    })
    const seconds = ((performance.now() - sentAt) / 1000).toFixed(1)
    fact('Stored', `all that no rule dropped, readable ${seconds} s after the last was sent`)
    heading('Ledger: sent = stored + dropped')
    accounts(counts, stored.ledger)
    return { sent, stored }
  } finally {
    shop.kill()
  }
}

function countsOf({ logs, spans, points }: Sent): PerSignal<number> {
  const total = (counts: Sent['logs']): number => totalOf(Object.values(counts))
  return { logs: total(logs), traces: total(spans), metrics: total(points) }
}

/** Reports what is stored. Returns the trace id of an error, if there is one. */
async function show({ api }: DemoGateway, { sent, stored }: Seen): Promise<string | undefined> {
  const { records, series } = stored
  newestLines(records)
  const error = records.find(({ severityText }) => severityText === 'ERROR')
  if (error?.traceId !== undefined) {
    const lines = records.filter(({ traceId }) => traceId === error.traceId).length
    errorAndTrace(error, await readTrace(api, error.traceId), lines)
  }
  metricSeries(sent.series, series)
  const metric = largestOf(sent.series)
  if (metric !== undefined) {
    const [top, label] = await Promise.all([readTopCardinality(api), readTopLabel(api, metric)])
    cardinality(top, { metric, label, stored: series.get(metric)?.length ?? 0 })
  }
  return error?.traceId
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
      say('\nInterrupted; nothing of the demo goes on.')
      return 130
    }
    process.stderr.write(`\n${explain(error)}\n`)
    return 1
  }
}

process.exitCode = await main()
