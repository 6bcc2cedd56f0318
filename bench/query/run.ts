import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { pino } from 'pino'
import { defaultConfig } from '../../src/config/schema.ts'
import { createLokiExecutor } from '../../src/query/loki/execute/executor.ts'
import { createEmbeddedEngine } from '../../src/store/engine/embedded.ts'
import type { ManagedEngine } from '../../src/store/engine/engine.ts'
import { logs } from '../../src/store/tables/logs.ts'
import { resources } from '../../src/store/tables/resources.ts'
import { quantile } from '../schema/clickhouse.ts'
import { tenantName } from '../schema/generate.ts'
import { table } from '../schema/report.ts'
import { calibrate } from '../support/calibration.ts'
import { appendResult, describeOrigin, origin } from '../support/results.ts'
import { type Case, casesOf, type Outcome, type Subject } from './cases.ts'
import { type Dataset, filled, tenantOf } from './data.ts'
import { engineDirectory, printStreaming, streamLines } from './streaming.ts'

/**
 * LogQL over Weir's tables beside the same questions to the exporter's table, the same rows in both, the two taking turns. Names
 * every case where Weir is the slower one.
 */
type Options = {
  readonly rows: number
  readonly times: number
  readonly tenantRank: number
  readonly streamLines: number
  readonly keep?: string
  readonly save: boolean
}

type Figures = {
  readonly name: string
  readonly p50Ms: number
  readonly p95Ms: number
  readonly exporterP50Ms: number
  readonly exporterP95Ms: number
  readonly ours: Outcome
  readonly exporter: Outcome
}

const READY_WITHIN_MS = 60_000
const MEMORY_BYTES_MAX = 6 * 1024 ** 3

async function main(options: Options): Promise<void> {
  const began = origin(calibrate())
  const directory = options.keep ?? (await mkdtemp(join(tmpdir(), 'weir-bench-query-')))
  const engine = createEmbeddedEngine({
    // Where a gateway with this data directory looks for it.
    directory: engineDirectory(directory),
    memoryBytesMax: MEMORY_BYTES_MAX,
    log: pino({ level: 'silent' }),
  })
  engine.start()
  try {
    await engine.ready(AbortSignal.timeout(READY_WITHIN_MS))
    const data = await filled(engine.writer, options.rows, options.keep)
    const figures = await measureAll(engine, data, options)
    print(figures, data)
    const tenantId = await tenantOf(engine.writer, options.streamLines)
    await engine.stop()
    const streaming = await streamLines(directory, tenantId, options.streamLines)
    printStreaming(streaming)
    console.log(`\n${describeOrigin(began)}\ncommand: ${began.command}`)
    if (options.save) appendResult('query', { ...began, rows: options.rows, figures, streaming })
  } finally {
    await engine.stop()
    if (options.keep === undefined) await rm(directory, { recursive: true, force: true })
  }
}

/** Of the tenant with that rank: its busiest service of the last hour, and an id that one of its lines has. */
async function subjectOf(engine: ManagedEngine, { endNs }: Dataset, rank: number): Promise<Subject> {
  const tenantId = tenantName(rank)
  const { reader } = engine
  const [service] = await reader.rows<{ name: string }>(
    `SELECT ServiceName AS name FROM ${reader.name}.logs WHERE TenantId = {tenant:String} AND ServiceName != ''
       AND Timestamp >= fromUnixTimestamp64Nano({from:Int64}) GROUP BY name ORDER BY count() DESC, name LIMIT 1`,
    { tenant: tenantId, from: String(endNs - 3_600_000_000_000n) },
  )
  const [job] = await reader.rows<{ id: string }>(
    `SELECT extract(Body, ' job ([0-9a-f]+) to run') AS id FROM ${reader.name}.logs
     WHERE TenantId = {tenant:String} AND id != '' ORDER BY cityHash64(id) LIMIT 1`,
    { tenant: tenantId },
  )
  return { tenantId, service: service!.name, jobId: job!.id, endNs }
}

async function measureAll(
  engine: ManagedEngine,
  data: Dataset,
  { times, tenantRank }: Options,
): Promise<Figures[]> {
  const { query: limits } = defaultConfig()
  const executor = createLokiExecutor({
    reader: engine.reader,
    tables: { logs, resources },
    limits,
    nowMs: Date.now,
  })
  const run = { requestId: 'bench', signal: new AbortController().signal, limits }
  const figures: Figures[] = []
  for (const asked of casesOf(await subjectOf(engine, data, tenantRank)))
    figures.push(
      await measure(
        asked,
        times,
        () => asked.ours(executor, run),
        () => asked.exporter(engine.reader),
      ),
    )
  return figures
}

async function measure(
  { name }: Case,
  times: number,
  askOurs: () => Promise<Outcome>,
  askExporter: () => Promise<Outcome>,
): Promise<Figures> {
  const ours = await askOurs()
  const exporter = await askExporter()
  const oursMs: number[] = []
  const exporterMs: number[] = []
  for (let i = 0; i < times; i++) {
    oursMs.push(await millisecondsOf(askOurs))
    exporterMs.push(await millisecondsOf(askExporter))
  }
  return {
    name,
    p50Ms: quantile(oursMs, 0.5),
    p95Ms: quantile(oursMs, 0.95),
    exporterP50Ms: quantile(exporterMs, 0.5),
    exporterP95Ms: quantile(exporterMs, 0.95),
    ours,
    exporter,
  }
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

function print(
  figures: ReadonlyArray<Figures>,
  { rows, oursBytesPerRow, exporterBytesPerRow }: Dataset,
): void {
  const whole = (value: number): string => String(Math.round(value))
  console.log(
    `\n${rows} rows; ours ${oursBytesPerRow.toFixed(1)} B/row, the exporter's ${exporterBytesPerRow.toFixed(1)} B/row\n`,
  )
  const lines = figures.map((of) => [
    of.name,
    whole(of.p50Ms),
    whole(of.p95Ms),
    whole(of.exporterP50Ms),
    whole(of.exporterP95Ms),
    (of.p50Ms / of.exporterP50Ms).toFixed(2),
    `${of.ours.answered} / ${of.exporter.answered}`,
    `${of.ours.rowsRead} / ${of.exporter.rowsRead}`,
    of.ours.plan,
  ])
  const head = [
    'query',
    'p50 ms',
    'p95 ms',
    'exporter p50',
    'p95',
    'ratio',
    'rows or series given',
    'rows read',
    'in SQL',
  ]
  console.log(table(head, lines))
  const slower = figures.filter(({ p50Ms, exporterP50Ms }) => p50Ms > exporterP50Ms)
  console.log(
    slower.length === 0
      ? '\nNowhere is Weir slower (medians).'
      : `\nWeir is slower (medians) at: ${slower.map(({ name }) => name).join('; ')}.`,
  )
}

const command = new Command('query')
  .option('--rows <n>', 'rows in each schema', Number, 1e6)
  .option('--times <n>', 'runs of each query, after one that warms up', Number, 15)
  .option('--tenant-rank <n>', 'which tenant asks; 1 is the largest of 20', Number, 3)
  .option('--stream-lines <n>', 'lines of one answer', Number, 1e6)
  .option('--keep <directory>', 'fill the data in there once, and ask what is there from then on')
  .option('--no-save', 'leave bench/results/query.json alone')
  .parse()
await main(command.opts<Options>())
