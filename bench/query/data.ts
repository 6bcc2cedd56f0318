import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { logs } from '../../src/store/tables/logs.ts'
import { resources } from '../../src/store/tables/resources.ts'
import {
  EXPORTER_COLUMNS,
  exporterIndexes,
  exporterLogsDdl,
  RESOURCE_ATTRIBUTES,
  RESOURCE_VALUES,
  typed,
} from '../load/exporter-schema.ts'
import { generateSql, tenantName } from '../schema/generate.ts'

/** Beside ours: that is where the reader may read. Our view of the exporter's shape has its own name. */
export const EXPORTER_TABLE = 'exporter_logs'

export type Dataset = {
  /** Of the last row; queries look back from here. */
  readonly endNs: bigint
  readonly rows: number
  readonly oursBytesPerRow: number
  readonly exporterBytesPerRow: number
}

const HOURS = 26
const PATIENT = { timeoutMs: 3_600_000 }
const BY_LARGE_BLOCKS =
  'SETTINGS max_threads = 1, max_insert_threads = 1, min_insert_block_size_rows = 500000, min_insert_block_size_bytes = 0'

/** What an earlier run left in the directory, where there is one; else filled in now. */
export async function filled(database: Database, rows: number, directory?: string): Promise<Dataset> {
  const file = directory === undefined ? undefined : join(directory, 'dataset.json')
  if (file !== undefined && existsSync(file)) {
    const known = JSON.parse(readFileSync(file, 'utf8')) as Omit<Dataset, 'endNs'> & {
      readonly endNs: string
    }
    return { ...known, endNs: BigInt(known.endNs) }
  }
  const data = await fill(database, rows)
  if (file !== undefined) writeFileSync(file, JSON.stringify({ ...data, endNs: String(data.endNs) }))
  return data
}

/** The same rows, in order of arrival, in Weir's tables and in the exporter's, everything merged. */
async function fill(database: Database, rows: number): Promise<Dataset> {
  const startSeconds = Math.floor(Date.now() / 1000) - HOURS * 3600
  const generated = generateSql({ rows, startSeconds, rowsPerSecond: rows / (HOURS * 3600) })
  await migrate(database)
  await database.command(
    `INSERT INTO ${database.name}.logs (${names(logs.columns)}) SELECT ${names(logs.columns)} FROM (${generated}) ${BY_LARGE_BLOCKS}`,
    undefined,
    PATIENT,
  )
  const withResource = (from: string): string =>
    `(SELECT *, ${RESOURCE_ATTRIBUTES} AS ResourceAttributes FROM ${from}) AS r`
  const ofResource = typed(resources.columns, (name) => RESOURCE_VALUES[name] ?? `any(r.${name})`)
  await database.command(
    `INSERT INTO ${database.name}.resources (${names(resources.columns)}) SELECT ${ofResource.join(', ')}
     FROM ${withResource(`${database.name}.logs`)} GROUP BY r.TenantId, r.ResourceFingerprint, toDate(r.Timestamp)`,
    undefined,
    PATIENT,
  )
  await database.command(
    exporterLogsDdl(`${database.name}.${EXPORTER_TABLE}`, await exporterIndexes(database), 30),
  )
  const exported = typed(EXPORTER_COLUMNS, (_, value) => value!)
  await database.command(
    `INSERT INTO ${database.name}.${EXPORTER_TABLE} (${names(EXPORTER_COLUMNS)}) SELECT ${exported.join(', ')} FROM ${withResource(`(${generated})`)} ${BY_LARGE_BLOCKS}`,
    undefined,
    PATIENT,
  )
  for (const table of [
    `${database.name}.logs`,
    `${database.name}.resources`,
    `${database.name}.${EXPORTER_TABLE}`,
  ])
    await database.command(`OPTIMIZE TABLE ${table} FINAL`, undefined, PATIENT)
  return { rows, ...(await figures(database, rows)) }
}

/** A tenant with so many rows: the largest there is, or one of its own, with copies of the rows of all. */
export async function tenantOf(database: Database, lines: number): Promise<string> {
  const { name } = database
  const rowsOf = async (tenant: string): Promise<number> => {
    const [row] = await database.rows<{ count: string }>(
      `SELECT toString(count()) AS count FROM ${name}.logs WHERE TenantId = {tenant:String}`,
      { tenant },
    )
    return Number(row!.count)
  }
  if ((await rowsOf(tenantName(1))) >= lines) return tenantName(1)
  if ((await rowsOf(COPIES)) >= lines) return COPIES
  // What is replaced is seen by a WHERE beside it, hence the query inside.
  const copied = (table: string, limit: string): string =>
    `INSERT INTO ${name}.${table} SELECT * REPLACE ('${COPIES}' AS TenantId)
     FROM (SELECT * FROM ${name}.${table} WHERE TenantId != '${COPIES}' ${limit}) ${BY_LARGE_BLOCKS}`
  await database.command(copied(resources.name, ''), undefined, PATIENT)
  await database.command(copied(logs.name, `LIMIT ${lines}`), undefined, PATIENT)
  await database.command(`OPTIMIZE TABLE ${name}.${logs.name} FINAL`, undefined, PATIENT)
  const there = await rowsOf(COPIES)
  if (there < lines) throw new Error(`${there} rows are all there are to copy: ask for no more lines`)
  return COPIES
}

const COPIES = 'ws-copies'

const names = (columns: ReadonlyArray<{ readonly name: string }>): string =>
  columns.map(({ name }) => `\`${name}\``).join(', ')

async function figures(database: Database, rows: number): Promise<Omit<Dataset, 'rows'>> {
  const [times] = await database.rows<{ last: string; count: string }>(
    `SELECT toString(max(toUnixTimestamp64Nano(Timestamp))) AS last, toString(count()) AS count FROM ${database.name}.logs`,
  )
  if (Number(times!.count) !== rows)
    throw new Error(`${times!.count} rows were stored of ${rows}: the figures would lie`)
  const bytesOf = async (tables: ReadonlyArray<string>): Promise<number> => {
    const [disk] = await database.rows<{ bytes: string }>(
      `SELECT toString(sum(bytes_on_disk)) AS bytes FROM system.parts
       WHERE active AND database = {database:String} AND table IN {tables:Array(String)}`,
      { database: database.name, tables },
    )
    return Number(disk!.bytes) / rows
  }
  return {
    endNs: BigInt(times!.last) + 1n,
    oursBytesPerRow: await bytesOf([logs.name, resources.name]),
    exporterBytesPerRow: await bytesOf([EXPORTER_TABLE]),
  }
}
