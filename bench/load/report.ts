import type { Comparison, SchemaCost } from './exporter-schema.ts'
import type { DiskComparison } from './exporter-tables.ts'
import type { PhaseFigures } from './phase.ts'
import type { Stored } from './stored.ts'

export type Target = {
  readonly what: string
  readonly target: string
  readonly reached: number
  readonly ok: boolean
}

const one = (value: number): number => Math.round(value * 10) / 10
const two = (value: number): number => Math.round(value * 100) / 100

export function printPhases(phases: ReadonlyArray<PhaseFigures>): void {
  console.table(
    phases.map((of) => ({
      phase: of.phase,
      'records/s': of.recordsPerSecond,
      'gateway µs/record': two(of.gatewayMicrosPerRecord),
      'engine µs/row': two(of.engineMicrosPerRow),
      'ack p50 ms': one(of.ackP50Ms),
      'p99 ms': one(of.ackP99Ms),
      'max ms': one(of.ackMaxMs),
      'RSS MiB before, most': `${Math.round(of.gatewayRssMiBBefore)}, ${Math.round(of.gatewayRssMiB)}`,
      'engine MiB': Math.round(of.engineRssMiB),
      'rows/insert': Math.round(of.rowsPerInsert),
      'inserts/s': two(of.insertsPerSecond),
      'commit ms': one(of.commitMeanMs),
      'behind s': one(of.catchUpSeconds),
      'cores gateway/engine/load/others': cores(of),
      refused: JSON.stringify(of.refused),
    })),
  )
}

function cores({ cores: { gateway, engine, load, others } }: PhaseFigures): string {
  return [gateway, engine, load, others].map(two).join(' / ')
}

export function printComparison({ ours, oursWithoutTextIndex, exporter, ratio, ...run }: Comparison): void {
  const row = ({
    bytesPerRow,
    indexBytesPerRow,
    insertMicrosPerRow,
    mergeMicrosPerRow,
    cpuMicrosPerRow,
  }: SchemaCost) => ({
    'B/row': two(bytesPerRow),
    'of it indexes': two(indexBytesPerRow),
    'insert µs/row': two(insertMicrosPerRow),
    'merge µs/row': two(mergeMicrosPerRow),
    'CPU µs/row': two(cpuMicrosPerRow),
  })
  console.log(
    `${run.rows} rows, ${run.blockRows} an insert; the exporter's table with ${run.exporterIndexes} indexes:`,
  )
  console.table({
    Weir: { ...row(ours), 'disk : exporter': two(ratio.disk), 'CPU : exporter': two(ratio.cpu) },
    'Weir, no text index': {
      ...row(oursWithoutTextIndex),
      'disk : exporter': two(ratio.diskWithoutTextIndex),
      'CPU : exporter': two(ratio.cpuWithoutTextIndex),
    },
    exporter: row(exporter),
  })
}

const atMost = (what: string, most: number, reached: number): Target => ({
  what,
  target: `<= ${most}`,
  reached: two(reached),
  ok: reached <= most,
})
const atLeast = (what: string, least: number, reached: number): Target => ({
  what,
  target: `>= ${least}`,
  reached,
  ok: reached >= least,
})

/** What was asked for beside what was reached, of logs. */
export function logTargets(
  phases: ReadonlyArray<PhaseFigures>,
  comparison: Comparison | undefined,
): Target[] {
  const phase = (name: string) => phases.find((of) => of.phase === name)!
  const full = phase('full load')
  const targets: Target[] = [
    atLeast('full load, records/s acknowledged', 90_000, full.recordsPerSecond),
    atMost('full load, gateway µs/record', 6, full.gatewayMicrosPerRecord),
    atMost('half load, ack p99 ms', 250, phase('half load').ackP99Ms),
    atMost('full load, gateway RSS MiB', 300, full.gatewayRssMiB),
    atMost('10 k records/s on a fresh gateway, RSS MiB', 150, phase('10 k/s, fresh').gatewayRssMiB),
  ]
  if (comparison !== undefined) {
    const { disk, cpu, diskWithoutTextIndex, cpuWithoutTextIndex } = comparison.ratio
    targets.push(
      atMost("disk, of the exporter's", 0.67, disk),
      atMost("engine CPU, of the exporter's", 0.67, cpu),
      atMost("engine CPU without our text index, of the exporter's", 0.5, cpuWithoutTextIndex),
      atMost("disk without our text index, of the exporter's", 0.67, diskWithoutTextIndex),
    )
  }
  return targets
}

/** The same of spans or data points: a rate, and the share of the exporter's bytes. */
export function signalTargets(
  phases: ReadonlyArray<PhaseFigures>,
  disk: DiskComparison | undefined,
  asked: { readonly recordsPerSecond: number; readonly diskRatio: number },
): Target[] {
  const full = phases.find(({ phase }) => phase === 'full load')!
  const rate = atLeast('full load, records/s acknowledged', asked.recordsPerSecond, full.recordsPerSecond)
  return disk === undefined ? [rate] : [rate, atMost("disk, of the exporter's", asked.diskRatio, disk.ratio)]
}

export function printStored({ tables, disk }: Stored): void {
  for (const { table, rows, bytesPerRow, indexBytesPerRow, bytesPerRowByColumn } of tables) {
    console.log(
      `${table}: ${rows} rows, ${two(bytesPerRow)} B/row merged, ${two(indexBytesPerRow)} of it indexes`,
    )
    const large = Object.entries(bytesPerRowByColumn).filter(([, bytes]) => bytes >= 0.05)
    console.log(`  ${large.map(([column, bytes]) => `${column} ${bytes}`).join(', ')}`)
  }
  if (disk === undefined) return
  console.log(
    `the same ${disk.rows} rows: ${two(disk.bytesPerRow)} B/row in our tables, ${two(disk.exporterBytesPerRow)} in the exporter's: ${two(disk.ratio)}`,
  )
  console.log(`B/row by table: ${JSON.stringify(disk.byTable)}`)
}
