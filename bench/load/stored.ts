import { join } from 'node:path'
import { pino } from 'pino'
import type { Database } from '../../src/store/database.ts'
import { createEmbeddedEngine } from '../../src/store/engine/embedded.ts'
import { type Comparison, compareWithExporter } from './exporter-schema.ts'

export type Stored = {
  readonly rows: number
  /** Active parts after one merge of all, indexes included. */
  readonly bytesPerRow: number
  readonly indexBytesPerRow: number
  readonly bytesPerRowByColumn: Readonly<Record<string, number>>
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

/** What the stopped gateway has left in ClickHouse, everything merged. */
export function readStored(dataDir: string): Promise<Stored> {
  return withEngine(join(dataDir, 'clickhouse'), async (database) => {
    await database.command('OPTIMIZE TABLE logs FINAL')
    const [count] = await database.rows<{ rows: string }>('SELECT toString(count()) AS rows FROM logs')
    const [parts] = await database.rows<{ bytes: string; indexes: string }>(
      `SELECT toString(sum(bytes_on_disk)) AS bytes, toString(sum(secondary_indices_compressed_bytes)) AS indexes
       FROM system.parts WHERE active AND database = currentDatabase() AND table = 'logs'`,
    )
    const columns = await database.rows<{ name: string; bytes: string }>(
      `SELECT column AS name, toString(sum(column_bytes_on_disk)) AS bytes FROM system.parts_columns
       WHERE active AND database = currentDatabase() AND table = 'logs' GROUP BY column ORDER BY sum(column_bytes_on_disk) DESC`,
    )
    const rows = Number(count!.rows)
    return {
      rows,
      bytesPerRow: Number(parts!.bytes) / rows,
      indexBytesPerRow: Number(parts!.indexes) / rows,
      bytesPerRowByColumn: Object.fromEntries(
        columns.map(({ name, bytes }) => [name, round(Number(bytes) / rows)]),
      ),
    }
  })
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
