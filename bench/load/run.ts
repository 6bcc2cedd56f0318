import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { Signal } from '../../src/otlp/batch.ts'
import { calibrate } from '../support/calibration.ts'
import { appendResult, describeOrigin, origin } from '../support/results.ts'
import { startFlags } from '../support/start-flags.ts'
import type { ComparedSignal } from './exporter-tables.ts'
import { type GatewayRun, startGateway } from './gateway-process.ts'
import { type LoadGenerator, startLoad } from './load.ts'
import { type PhaseFigures, runPhase } from './phase.ts'
import { logTargets, printComparison, printPhases, printStored, signalTargets } from './report.ts'
import { compareSchemas, readStored } from './stored.ts'

/** The whole gateway under load, with its engine and the load generator on the same cores. See bench/README.md. */

export type LoadOptions = {
  readonly seconds: number
  readonly recordsPerRequest: number
  readonly concurrency: number
  readonly connections: number
  readonly textIndex: boolean
  readonly rules?: string
  readonly exporter: boolean
  readonly exporterRows: number
  readonly profile?: string
  readonly nodeFlags: string
  readonly only?: string
  readonly quick: boolean
  readonly save: boolean
}

const LIGHT_RECORDS_PER_SECOND = 10_000
const WARM_UP_SECONDS = 5

const options = new Command('bench:load')
  .description(
    'The whole gateway under load over gRPC, signal by signal; then its schema beside the exporter’s.',
  )
  .option('--seconds <n>', 'length of each measured phase', positive, 20)
  .option('--records-per-request <n>', 'size of a request', positive, 1000)
  .option('--concurrency <n>', 'requests in flight at full load', positive, 16)
  .option('--connections <n>', 'HTTP/2 connections', positive, 4)
  .option('--no-text-index', 'without the index for words in bodies')
  .option('--rules <file>', 'YAML with processors')
  .option('--skip-exporter', 'leave the comparison of the schemas out')
  .option('--exporter-rows <n>', 'rows of that comparison', positive, 1_000_000)
  .option(
    '--profile <directory>',
    'write a CPU profile of the gateway there (costs a few per cent; not saved)',
  )
  .option('--node-flags <flags>', 'for the gateway, in place of those of `npm start`', startFlags().join(' '))
  .option('--only <name>', 'logs, traces, metrics or mix; all of them if left out (not saved)')
  .option('--quick', 'full load only: to compare two builds or flags, not to quote', false)
  .option('--no-save', 'leave bench/results/ as it is')
  .parse()
  .opts<Omit<LoadOptions, 'exporter'> & { skipExporter?: true }>()

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number above 0 is expected')
  return value
}

/** Runs the load against a gateway that is started for it and stopped after it. */
async function runPhases(
  directory: string,
  { signals, phases: which }: Scenario,
): Promise<{ phases: PhaseFigures[]; dataDir: string; kept: number }> {
  const { recordsPerRequest, connections, textIndex, rules, profile, quick } = options
  mkdirSync(directory, { recursive: true })
  const gateway = await startGateway({
    directory,
    textIndex,
    nodeFlags: options.nodeFlags.split(' ').filter((flag) => flag !== ''),
    ...(rules === undefined ? {} : { rulesFile: resolve(rules) }),
    ...(profile === undefined ? {} : { profileDirectory: resolve(profile) }),
  })
  let load: LoadGenerator | undefined
  try {
    load = await startLoad({ address: gateway.grpc, signals, recordsPerRequest, connections })
    const phases = await (quick ? fullOnly : which)(gateway, load)
    const acknowledged = phases.reduce((sum, phase) => sum + phase.recordsAcknowledged, 0)
    const received = await sumOf(gateway, 'weir_records_received_total{')
    if (received !== acknowledged)
      throw new Error(`the gateway counts ${received} records received, ${acknowledged} were acknowledged`)
    // What rules dropped or checks rejected was acknowledged, but is not to be stored.
    const dropped = await sumOf(gateway, 'weir_records_dropped_total{')
    const rejected = await sumOf(gateway, 'weir_records_rejected_total{')
    return { phases, dataDir: gateway.dataDir, kept: acknowledged - dropped - rejected }
  } finally {
    await load?.stop()
    await gateway.stop()
  }
}

/** Light load on a fresh gateway, full load, half of what that gave, light load again. */
async function allPhases(gateway: GatewayRun, load: LoadGenerator): Promise<PhaseFigures[]> {
  const light = await open(gateway, load, '10 k/s, fresh', LIGHT_RECORDS_PER_SECOND)
  const [warmUp, full] = await fullOnly(gateway, load)
  const half = await open(gateway, load, 'half load', full.recordsPerSecond / 2)
  const again = await open(gateway, load, '10 k/s, after', LIGHT_RECORDS_PER_SECOND)
  return [light, warmUp, full, half, again]
}

async function fullOnly(gateway: GatewayRun, load: LoadGenerator): Promise<[PhaseFigures, PhaseFigures]> {
  const { seconds, concurrency } = options
  const closed = (phase: string, forSeconds: number) =>
    runPhase(phase, gateway, load, { kind: 'closed', seconds: forSeconds, concurrency })
  return [await closed('warm-up', WARM_UP_SECONDS), await closed('full load', seconds)]
}

function open(
  gateway: GatewayRun,
  load: LoadGenerator,
  phase: string,
  recordsPerSecond: number,
): Promise<PhaseFigures> {
  const { seconds, recordsPerRequest } = options
  const requestsPerSecond = recordsPerSecond / recordsPerRequest
  return runPhase(phase, gateway, load, { kind: 'open', seconds, requestsPerSecond })
}

async function fullAndHalf(gateway: GatewayRun, load: LoadGenerator): Promise<PhaseFigures[]> {
  const [warmUp, full] = await fullOnly(gateway, load)
  return [warmUp, full, await open(gateway, load, 'half load', full.recordsPerSecond / 2)]
}

async function sumOf({ metrics }: GatewayRun, prefix: string): Promise<number> {
  let sum = 0
  for (const [name, value] of await metrics()) if (name.startsWith(prefix)) sum += value
  return sum
}

/** What is sent to one gateway, and what is asked of it. */
type Scenario = {
  readonly name: string
  readonly signals: ReadonlyArray<Signal>
  readonly phases: (gateway: GatewayRun, load: LoadGenerator) => Promise<PhaseFigures[]>
  readonly compared?: ComparedSignal
  readonly asked?: { readonly recordsPerSecond: number; readonly diskRatio: number }
}

const SCENARIOS: ReadonlyArray<Scenario> = [
  { name: 'logs', signals: ['logs'], phases: allPhases },
  {
    name: 'traces',
    signals: ['traces'],
    phases: fullAndHalf,
    compared: 'traces',
    asked: { recordsPerSecond: 60_000, diskRatio: 0.67 },
  },
  {
    name: 'metrics',
    signals: ['metrics'],
    phases: fullAndHalf,
    compared: 'metrics',
    asked: { recordsPerSecond: 150_000, diskRatio: 0.25 },
  },
  { name: 'mix', signals: ['logs', 'traces', 'metrics'], phases: fullAndHalf },
]

async function runScenario(scenario: Scenario, directory: string): Promise<object> {
  const { name, compared, asked } = scenario
  console.log(`\n${name}`)
  const { phases, dataDir, kept } = await runPhases(join(directory, name), scenario)
  printPhases(phases)
  const full = phases.find(({ phase }) => phase === 'full load')!
  const withExporter = !options.skipExporter && !options.quick
  const stored = await readStored(dataDir, withExporter ? compared : undefined)
  if (stored.rows !== kept)
    throw new Error(
      `ClickHouse holds ${stored.rows} rows; ${kept} were acknowledged and kept: the figures would lie`,
    )
  console.log(`${stored.rows} rows in ClickHouse: every acknowledged record that was to be kept, once.`)
  printStored(stored)
  if (process.env.KEEP === undefined) rmSync(dataDir, { recursive: true, force: true })
  const comparison =
    name === 'logs' && withExporter
      ? await compareSchemas(
          join(directory, 'comparison'),
          options.exporterRows,
          Math.round(full.rowsPerInsert),
        )
      : undefined
  if (comparison !== undefined) printComparison(comparison)
  const targets = options.quick
    ? []
    : asked === undefined
      ? name === 'logs'
        ? logTargets(phases, comparison)
        : []
      : signalTargets(phases, stored.disk, asked)
  if (targets.length > 0) console.table(targets)
  return { name, targets, phases, stored, ...(comparison && { comparison }) }
}

const scenarios = SCENARIOS.filter(({ name }) => options.only === undefined || name === options.only)
if (scenarios.length === 0)
  throw new Error(`no scenario ${options.only}: there are ${SCENARIOS.map(({ name }) => name).join(', ')}`)
const from = origin(calibrate())
console.log(describeOrigin(from))
if (options.profile !== undefined) mkdirSync(options.profile, { recursive: true })
const directory = mkdtempSync(join(tmpdir(), 'weir-load-'))
try {
  const results: object[] = []
  for (const scenario of scenarios) results.push(await runScenario(scenario, directory))
  if (options.save && !options.quick && options.profile === undefined && options.only === undefined)
    appendResult('load', { ...from, options, scenarios: results })
} finally {
  if (process.env.KEEP === undefined) rmSync(directory, { recursive: true, force: true })
  else console.log(directory)
}
