import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { pino } from 'pino'
import { createEmbeddedEngine } from '../../src/store/engine/embedded.ts'
import { type GatewayRun, startGateway } from '../load/gateway-process.ts'
import { cpuSeconds, rssBytes } from '../load/processes.ts'
import { engineDirectory } from '../query/streaming.ts'
import { quantile } from '../schema/clickhouse.ts'
import { table } from '../schema/report.ts'
import { calibrate } from '../support/calibration.ts'
import { appendResult, describeOrigin, origin } from '../support/results.ts'
import { startFlags } from '../support/start-flags.ts'
import {
  CASES,
  DASHBOARD_TARGET_MS,
  ONE_MILLION,
  PANELS,
  panelQuery,
  RANGE_SECONDS,
  STEP_SECONDS,
  TEN_MILLION,
} from './cases.ts'
import { fill } from './data.ts'

/** PromQL through a whole gateway: a rate over a day of counters, and a dashboard that nobody has opened before. */
type Options = { readonly times: number; readonly save: boolean; readonly large: boolean }
type Figures = {
  readonly name: string
  readonly targetMs: number
  readonly medianMs: number
  readonly bestMs: number
  readonly engineCpuMs: number
  readonly gatewayCpuMs: number
}

const READY_WITHIN_MS = 60_000
const MEMORY_BYTES_MAX = 4 * 1024 ** 3
const MIB = 1024 ** 2
/** What a browser asks for at once. */
const AT_ONCE = 6
const RSS_EVERY_MS = 50

async function main({ times, save, large }: Options): Promise<void> {
  const began = origin(calibrate())
  const directory = await mkdtemp(join(tmpdir(), 'weir-bench-promql-'))
  const endSeconds = Math.floor(Date.now() / 60_000) * 60
  try {
    await fillDirectory(directory, endSeconds, large)
    const dashboard = await withGateway(directory, (gateway) => dashboardOnce(gateway, endSeconds))
    const { figures, rssMiB } = await withGateway(directory, (gateway) =>
      withPeakRss(gateway, () => measureCases(gateway, endSeconds, times, large)),
    )
    print([dashboard.figures, ...figures])
    console.log(
      `\ngateway's RSS at most ${dashboard.rssMiB} MiB with the dashboard, ${rssMiB} MiB with the rates (target 256)\n${describeOrigin(began)}\ncommand: ${began.command}`,
    )
    if (save) appendResult('promql', { ...began, figures: [dashboard.figures, ...figures], rssMiB })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function fillDirectory(directory: string, endSeconds: number, large: boolean): Promise<void> {
  const engine = createEmbeddedEngine({
    // Where a gateway with this data directory looks for it.
    directory: engineDirectory(directory),
    memoryBytesMax: MEMORY_BYTES_MAX,
    log: pino({ level: 'silent' }),
  })
  engine.start()
  try {
    await engine.ready(AbortSignal.timeout(READY_WITHIN_MS))
    await fill(engine.writer, [ONE_MILLION, ...(large ? [TEN_MILLION] : []), ...PANELS], endSeconds)
  } finally {
    await engine.stop()
  }
}

async function withGateway<Result>(
  directory: string,
  use: (gateway: GatewayRun) => Promise<Result>,
): Promise<Result> {
  const gateway = await startGateway({ directory, textIndex: true, nodeFlags: startFlags() })
  try {
    return await use(gateway)
  } finally {
    await gateway.stop()
  }
}

async function withPeakRss<Result extends object>(
  { pid }: GatewayRun,
  use: () => Promise<Result>,
): Promise<Result & { rssMiB: number }> {
  let peak = rssBytes(pid)
  const timer = setInterval(() => {
    peak = Math.max(peak, rssBytes(pid))
  }, RSS_EVERY_MS)
  try {
    return { ...(await use()), rssMiB: Math.round(peak / MIB) }
  } finally {
    clearInterval(timer)
  }
}

async function ask({ api }: GatewayRun, query: string, endSeconds: number): Promise<number> {
  const form = new URLSearchParams({
    query,
    start: String(endSeconds - RANGE_SECONDS),
    end: String(endSeconds),
    step: String(STEP_SECONDS),
  })
  const answer = await fetch(`http://${api}/prometheus/api/v1/query_range`, { method: 'POST', body: form })
  const text = await answer.text()
  if (!answer.ok || !text.includes('"values":'))
    throw new Error(`${query}: ${answer.status} ${text.slice(0, 200)}`)
  return text.length
}

/** All panels of a gateway that has just started, as a browser asks for them. */
async function dashboardOnce(
  gateway: GatewayRun,
  endSeconds: number,
): Promise<{ figures: Figures; rssMiB: number }> {
  const queries = PANELS.map(panelQuery)
  return withPeakRss(gateway, async () => {
    const cost = await costOf(gateway, async () => {
      const left = [...queries]
      const one = async (): Promise<void> => {
        for (let query = left.shift(); query !== undefined; query = left.shift())
          await ask(gateway, query, endSeconds)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, one))
    })
    return {
      figures: {
        name: 'dashboard of 20 panels, cold, 10 M samples',
        targetMs: DASHBOARD_TARGET_MS,
        medianMs: cost.ms,
        bestMs: cost.ms,
        engineCpuMs: cost.engineCpuMs,
        gatewayCpuMs: cost.gatewayCpuMs,
      },
    }
  })
}

async function measureCases(
  gateway: GatewayRun,
  endSeconds: number,
  times: number,
  large: boolean,
): Promise<{ figures: Figures[] }> {
  const figures: Figures[] = []
  for (const { name, query, targetMs } of large ? CASES : CASES.slice(0, 1)) {
    await ask(gateway, query, endSeconds)
    const costs: Cost[] = []
    for (let i = 0; i < times; i++) costs.push(await costOf(gateway, () => ask(gateway, query, endSeconds)))
    const median = (of: (cost: Cost) => number): number => quantile(costs.map(of), 0.5)
    figures.push({
      name,
      targetMs,
      medianMs: median(({ ms }) => ms),
      bestMs: Math.min(...costs.map(({ ms }) => ms)),
      engineCpuMs: median(({ engineCpuMs }) => engineCpuMs),
      gatewayCpuMs: median(({ gatewayCpuMs }) => gatewayCpuMs),
    })
  }
  return { figures }
}

type Cost = { readonly ms: number; readonly engineCpuMs: number; readonly gatewayCpuMs: number }

/** Wall time, and processor time of both processes: other work of the machine is in the first alone. */
async function costOf({ pid, enginePid }: GatewayRun, work: () => Promise<unknown>): Promise<Cost> {
  const before = { engine: cpuSeconds(enginePid), gateway: cpuSeconds(pid), at: performance.now() }
  await work()
  return {
    ms: performance.now() - before.at,
    engineCpuMs: (cpuSeconds(enginePid) - before.engine) * 1000,
    gatewayCpuMs: (cpuSeconds(pid) - before.gateway) * 1000,
  }
}

function print(figures: ReadonlyArray<Figures>): void {
  const whole = (value: number): string => String(Math.round(value))
  console.log(
    table(
      ['query', 'median ms', 'best ms', 'target', "ClickHouse's CPU ms", "gateway's CPU ms"],
      figures.map((of) => [
        of.name,
        whole(of.medianMs),
        whole(of.bestMs),
        whole(of.targetMs),
        whole(of.engineCpuMs),
        whole(of.gatewayCpuMs),
      ]),
    ),
  )
}

const command = new Command('promql')
  .option('--times <n>', 'runs of each query, after one that warms up', Number, 7)
  .option('--no-large', 'leave out the ten million samples of one metric')
  .option('--no-save', 'leave bench/results/promql.json alone')
  .parse()
await main(command.opts<Options>())
