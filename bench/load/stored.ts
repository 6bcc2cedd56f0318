import { join } from 'node:path'
import { pino } from 'pino'
import type { Database } from '../../src/store/database.ts'
import { createEmbeddedEngine } from '../../src/store/engine/embedded.ts'
import { type Comparison, compareWithExporter } from './exporter-schema.ts'
import { type ComparedSignal, compareDisk, type DiskComparison } from './exporter-tables.ts'

export type TableCost = {
  readonly table: string
  readonly rows: number
  /** Active parts after one merge of all, indexes included. */
  readonly bytesPerRow: number
  readonly indexBytesPerRow: number
  readonly bytesPerRowByColumn: Readonly<Record<string, number>>
}

export type Stored = {
  readonly rows: number
  readonly tables: ReadonlyArray<TableCost>
  readonly disk?: DiskComparison
}

const READY_WITHIN_MS = 60_000
const MEMORY_BYTES_MAX = 6 * 1024 ** 3

/** Runs `use` with a ClickHouse on a directory that no gateway has open. */
async function withEngine<Result>(
  directory: string,
  use: (database: Database, pid: number) => Promise<Result>,
): Promise<Result> {
  const engine = createEmbeddedEngine({
    directory,
    memoryBytesMax: MEMORY_BYTES_MAX,
    log: pino({ level: 'silent' }),
  })
  engine.start()
  try {
    await engine.ready(AbortSignal.timeout(READY_WITHIN_MS))
    return await use(engine.writer, engine.pid!)
  } finally {
    await engine.stop()
  }
}

/** Rows of records in what the stopped gateway has left in ClickHouse. */
const COUNTED = ['logs', 'spans', 'samples', 'histogram_samples']

/** What it has left, everything merged; and, for spans or metrics, what the same rows cost in the exporter's tables. */
export function readStored(dataDir: string, compared?: ComparedSignal): Promise<Stored> {
  return withEngine(join(dataDir, 'clickhouse'), async (database) => {
    const tables: TableCost[] = []
    for (const table of COUNTED) tables.push(await readTable(database, table))
    const rows = tables.reduce((sum, of) => sum + of.rows, 0)
    const disk = compared && (await compareDisk(database, compared))
    return { rows, tables: tables.filter((of) => of.rows > 0), ...(disk && { disk }) }
  })
}

async function readTable(database: Database, table: string): Promise<TableCost> {
  await database.command(`OPTIMIZE TABLE ${table} FINAL`)
  const [parts] = await database.rows<{ rows: string; bytes: string; indexes: string }>(
    `SELECT toString(sum(rows)) AS rows, toString(sum(bytes_on_disk)) AS bytes,
       toString(sum(secondary_indices_compressed_bytes)) AS indexes
     FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String}`,
    { table },
  )
  const columns = await database.rows<{ name: string; bytes: string }>(
    `SELECT column AS name, toString(sum(column_bytes_on_disk)) AS bytes FROM system.parts_columns
     WHERE active AND database = currentDatabase() AND table = {table:String}
     GROUP BY column ORDER BY sum(column_bytes_on_disk) DESC`,
    { table },
  )
  const rows = Number(parts!.rows)
  return {
    table,
    rows,
    bytesPerRow: Number(parts!.bytes) / rows,
    indexBytesPerRow: Number(parts!.indexes) / rows,
    bytesPerRowByColumn: Object.fromEntries(
      columns.map(({ name, bytes }) => [name, round(Number(bytes) / rows)]),
    ),
  }
}

/** Our schema and the exporter's, side by side in a ClickHouse of their own. */
export function compareSchemas(directory: string, rows: number, blockRows: number): Promise<Comparison> {
  return withEngine(directory, (database, enginePid) =>
    compareWithExporter({ database, enginePid, rows, blockRows }),
  )
}

function round(bytes: number): number {
  return Math.round(bytes * 100) / 100
}
