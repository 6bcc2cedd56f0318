import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { calibrate } from '../support/calibration.ts'
import { appendResult, describeOrigin, origin } from '../support/results.ts'
import { type GatewayRun, startGateway } from './gateway-process.ts'
import { type LoadGenerator, startLoad } from './load.ts'
import { type PhaseFigures, runPhase } from './phase.ts'
import { printComparison, printPhases, printTargets } from './report.ts'
import { compareSchemas, readStored, type Stored } from './stored.ts'

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
  readonly quick: boolean
  readonly save: boolean
}

const LIGHT_RECORDS_PER_SECOND = 10_000
const WARM_UP_SECONDS = 5

const options = new Command('bench:load')
  .description('The whole gateway under load over gRPC; then its schema beside the exporter’s.')
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
  .option('--node-flags <flags>', 'for the gateway, in place of those of `npm start`', startFlags())
  .option('--quick', 'full load only: to compare two builds or flags, not to quote', false)
  .option('--no-save', 'leave bench/results/ as it is')
  .parse()
  .opts<Omit<LoadOptions, 'exporter'> & { skipExporter?: true }>()

/** What `npm start` runs the gateway with. */
function startFlags(): string {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    scripts: { start: string }
  }
  return (scripts.start.split(' src/main.ts')[0]!.match(/--\S+/g) ?? []).join(' ')
}

function positive(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number above 0 is expected')
  return value
}

/** Runs the load against a gateway that is started for it and stopped after it. */
async function runPhases(
  directory: string,
): Promise<{ phases: PhaseFigures[]; dataDir: string; acknowledged: number }> {
  const { recordsPerRequest, connections, textIndex, rules, profile, quick } = options
  const gateway = await startGateway({
    directory,
    textIndex,
    nodeFlags: options.nodeFlags.split(' ').filter((flag) => flag !== ''),
    ...(rules === undefined ? {} : { rulesFile: resolve(rules) }),
    ...(profile === undefined ? {} : { profileDirectory: resolve(profile) }),
  })
  let load: LoadGenerator | undefined
  try {
    load = await startLoad({ address: gateway.grpc, recordsPerRequest, connections })
    const phases = await (quick ? fullOnly : allPhases)(gateway, load)
    const acknowledged = phases.reduce((sum, phase) => sum + phase.recordsAcknowledged, 0)
    const received = (await gateway.metrics()).get('weir_records_received_total{signal="logs"}')
    if (received !== acknowledged)
      throw new Error(`the gateway counts ${received} records received, ${acknowledged} were acknowledged`)
    return { phases, dataDir: gateway.dataDir, acknowledged: acknowledged - (await removed(gateway)) }
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

/** Records that rules dropped or checks rejected: acknowledged, but not to be stored. */
async function removed({
  metrics,
}: {
  metrics: () => Promise<ReadonlyMap<string, number>>
}): Promise<number> {
  let sum = 0
  for (const [name, value] of await metrics())
    if (name.startsWith('weir_records_dropped_total{') || name.startsWith('weir_records_rejected_total{'))
      sum += value
  return sum
}

function check(stored: Stored, expected: number): void {
  if (stored.rows !== expected)
    throw new Error(
      `ClickHouse holds ${stored.rows} rows; ${expected} were acknowledged and kept: the figures would lie`,
    )
  console.log(`${stored.rows} rows in ClickHouse: every acknowledged record that was to be kept, once.`)
}

const from = origin(calibrate())
console.log(describeOrigin(from))
if (options.profile !== undefined) mkdirSync(options.profile, { recursive: true })
const directory = mkdtempSync(join(tmpdir(), 'weir-load-'))
try {
  const { phases, dataDir, acknowledged } = await runPhases(directory)
  printPhases(phases)
  const stored = await readStored(dataDir)
  check(stored, acknowledged)
  const full = phases.find(({ phase }) => phase === 'full load')!
  const comparison =
    options.skipExporter || options.quick
      ? undefined
      : await compareSchemas(
          join(directory, 'comparison'),
          options.exporterRows,
          Math.round(full.rowsPerInsert),
        )
  if (comparison !== undefined) printComparison(comparison)
  const targets = options.quick ? [] : printTargets(phases, stored, comparison)
  if (options.save && !options.quick && options.profile === undefined)
    appendResult('load', { ...from, options, targets, phases, stored, ...(comparison && { comparison }) })
} finally {
  rmSync(directory, { recursive: true, force: true })
}
