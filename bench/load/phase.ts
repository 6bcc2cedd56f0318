import { setTimeout as delay } from 'node:timers/promises'
import { cpuMicros } from '../schema/clickhouse.ts'
import type { GatewayRun } from './gateway-process.ts'
import type { LoadGenerator, LoadOrder, LoadReport } from './load.ts'
import { machineBusyMicros, rssBytes, watchMemory } from './processes.ts'

export type PhaseFigures = {
  readonly phase: string
  readonly recordsPerSecond: number
  readonly gatewayMicrosPerRecord: number
  /** Inserts, and the merges that fell into the phase. */
  readonly engineMicrosPerRow: number
  readonly ackP50Ms: number
  readonly ackP99Ms: number
  readonly ackMaxMs: number
  /** Resident memory: before the phase, and the most during it. */
  readonly gatewayRssMiBBefore: number
  readonly gatewayRssMiB: number
  readonly engineRssMiB: number
  readonly insertedRowsPerSecond: number
  readonly insertsPerSecond: number
  readonly rowsPerInsert: number
  /** After the phase, until the last row was inserted: what the engine was behind. */
  readonly catchUpSeconds: number
  readonly commitsPerSecond: number
  readonly commitMeanMs: number
  /** Cores used on average, `others` by what has nothing to do with this bench: a busy machine answers late. */
  readonly cores: {
    readonly gateway: number
    readonly engine: number
    readonly load: number
    readonly others: number
  }
  readonly recordsAcknowledged: number
  readonly refused: Readonly<Record<string, number>>
}

/** Tables of records; the others hold what records bring along. */
const RECORD_TABLES = ['logs', 'spans', 'samples', 'histogram_samples']
const CATCH_UP_POLL_MS = 200
const CATCH_UP_MS_MAX = 180_000
const MIB = 1024 ** 2

type Snapshot = {
  readonly atMs: number
  readonly gatewayMicros: number
  readonly engineMicros: number
  readonly busyMicros: number
  readonly rssBytes: number
  readonly metrics: ReadonlyMap<string, number>
}

async function snapshot({ pid, enginePid, metrics }: GatewayRun): Promise<Snapshot> {
  return {
    metrics: await metrics(),
    atMs: performance.now(),
    gatewayMicros: cpuMicros(pid),
    engineMicros: cpuMicros(enginePid),
    busyMicros: machineBusyMicros(),
    rssBytes: rssBytes(pid),
  }
}

/** One phase: load, and what it cost while it ran. Ends when all its rows are inserted. */
export async function runPhase(
  phase: string,
  gateway: GatewayRun,
  load: LoadGenerator,
  order: LoadOrder,
): Promise<PhaseFigures> {
  const memory = watchMemory([gateway.pid, gateway.enginePid])
  const before = await snapshot(gateway)
  const report = await load.run(order)
  const after = await snapshot(gateway)
  const [gatewayRss = 0, engineRss = 0] = memory.stop()
  const catchUpSeconds = await catchUp(gateway)
  return figures(phase, report, before, after, { gatewayRss, engineRss, catchUpSeconds })
}

/** Waits until nothing acknowledged is left to insert; returns how long that took. */
async function catchUp({ metrics }: GatewayRun): Promise<number> {
  const started = performance.now()
  for (;;) {
    const left = (await metrics()).get('weir_spool_oldest_seconds') ?? 0
    const waitedMs = performance.now() - started
    if (left === 0) return waitedMs / 1000
    if (waitedMs > CATCH_UP_MS_MAX) throw new Error(`rows of ${left} s ago are still not inserted`)
    await delay(CATCH_UP_POLL_MS)
  }
}

function figures(
  phase: string,
  report: LoadReport,
  before: Snapshot,
  after: Snapshot,
  {
    gatewayRss,
    engineRss,
    catchUpSeconds,
  }: { readonly gatewayRss: number; readonly engineRss: number; readonly catchUpSeconds: number },
): PhaseFigures {
  const seconds = (after.atMs - before.atMs) / 1000
  const grown = (name: string) => (after.metrics.get(name) ?? 0) - (before.metrics.get(name) ?? 0)
  const gatewayMicros = after.gatewayMicros - before.gatewayMicros
  const engineMicros = after.engineMicros - before.engineMicros
  const ours = gatewayMicros + engineMicros + report.cpuMicros
  const others = after.busyMicros - before.busyMicros - ours
  const ofRecords = (name: string) =>
    RECORD_TABLES.reduce((sum, table) => sum + grown(`${name}{table="${table}"}`), 0)
  const rows = ofRecords('weir_inserter_rows_total')
  const inserts = ofRecords('weir_inserter_attempts_total')
  const commits = grown('weir_commits_total{outcome="durable"}')
  return {
    phase,
    recordsPerSecond: Math.round(report.recordsAcknowledgedInTime / report.seconds),
    gatewayMicrosPerRecord: gatewayMicros / report.recordsAcknowledged,
    engineMicrosPerRow: rows === 0 ? 0 : engineMicros / rows,
    ackP50Ms: report.ackP50Ms,
    ackP99Ms: report.ackP99Ms,
    ackMaxMs: report.ackMaxMs,
    gatewayRssMiBBefore: before.rssBytes / MIB,
    gatewayRssMiB: gatewayRss / MIB,
    engineRssMiB: engineRss / MIB,
    insertedRowsPerSecond: rows / seconds,
    insertsPerSecond: inserts / seconds,
    rowsPerInsert: inserts === 0 ? 0 : rows / inserts,
    catchUpSeconds,
    commitsPerSecond: commits / seconds,
    commitMeanMs: (1000 * grown('weir_commit_fsync_seconds_sum')) / grown('weir_commit_fsync_seconds_count'),
    cores: {
      gateway: gatewayMicros / 1e6 / seconds,
      engine: engineMicros / 1e6 / seconds,
      load: report.cpuMicros / 1e6 / seconds,
      others: Math.max(0, others) / 1e6 / seconds,
    },
    recordsAcknowledged: report.recordsAcknowledged,
    refused: report.refused,
  }
}
