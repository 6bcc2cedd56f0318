import type { Database } from '../database.ts'
import { schemaMigrations } from '../tables/control.ts'
import { createTable, qualified, type SchemaTarget } from '../tables/ddl.ts'
import { checksum, type Migration } from './migration.ts'
import { probeTextIndex } from './server.ts'
import { migrations } from './steps.ts'

export type MigrateOptions = {
  /** `clickhouse.cluster`; without it a single server. */
  readonly cluster?: string | undefined
  /** Index the words of bodies (default true). Decided when the table is created. */
  readonly textIndex?: boolean | undefined
  /**
   * Asked before a step that is not additive, with the step's version: does the spool hold no block written for a
   * schema before it? No such step runs without it.
   */
  readonly isSpoolDrained?: ((version: number) => boolean | Promise<boolean>) | undefined
  /** Default: every step this gateway knows. */
  readonly steps?: ReadonlyArray<Migration> | undefined
}

export type MigrateResult = {
  /** Versions of the steps that ran now, in order. */
  readonly applied: ReadonlyArray<number>
  /** Of the schema as it is now. */
  readonly version: number
}

/** The schema can't be brought to what this gateway needs. The message is a sentence for the operator. */
export class SchemaError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SchemaError'
  }
}

type Recorded = { readonly version: number; readonly name: string; readonly checksum: string }

/**
 * Brings the tables of `database` (which exists) to the newest schema version this gateway knows. May be run again at any time,
 * also after it was cut short, and by several gateways at once: the steps are idempotent. Throws
 * {@link SchemaError}, or `DatabaseError` when ClickHouse does not answer.
 */
export async function migrate(database: Database, options: MigrateOptions = {}): Promise<MigrateResult> {
  const steps = options.steps ?? migrations
  const target = await targetOf(database, options)
  const recorded = await readRecorded(database, target)
  checkRecorded(recorded, steps, target)
  const known = new Set(recorded.map((row) => row.version))
  const applied: number[] = []
  for (const step of steps) {
    if (known.has(step.version)) continue
    await checkSpool(step, options)
    await run(step, database, target)
    applied.push(step.version)
  }
  return { applied, version: steps.at(-1)?.version ?? 0 }
}

async function targetOf(database: Database, options: MigrateOptions): Promise<SchemaTarget> {
  const textIndex = options.textIndex === false ? 'none' : await probeTextIndex(database)
  const { cluster } = options
  return { database: database.name, textIndex, ...(cluster === undefined ? {} : { cluster }) }
}

/** The steps that have run; makes the table that says so. Without a need no DDL: in a cluster that asks every replica. */
async function readRecorded(database: Database, target: SchemaTarget): Promise<Recorded[]> {
  const [known] = await database.rows<{ tables: string }>(
    'SELECT count() AS tables FROM system.tables WHERE database = {database:String} AND name = {name:String}',
    { database: target.database, name: schemaMigrations.name },
  )
  if (Number(known?.tables) === 0)
    for (const statement of createTable(schemaMigrations, target, 1)) await database.command(statement)
  const table = qualified(target, schemaMigrations.name)
  const rows = await database.rows<Recorded>(
    'SELECT Version AS version, argMax(Name, AppliedAt) AS name, argMax(Checksum, AppliedAt) AS checksum ' +
      `FROM ${table} GROUP BY Version ORDER BY Version`,
  )
  return rows.map((row) => ({ ...row, version: Number(row.version) }))
}

function checkRecorded(
  recorded: ReadonlyArray<Recorded>,
  steps: ReadonlyArray<Migration>,
  target: SchemaTarget,
): void {
  const newest = steps.at(-1)?.version ?? 0
  for (const row of recorded) {
    const step = steps.find(({ version }) => version === row.version)
    if (row.version > newest)
      throw new SchemaError(
        `The database ${target.database} has schema version ${recorded.at(-1)!.version}, but this gateway knows ` +
          `versions up to ${newest} only. Run the gateway version that made it, or a later one.`,
      )
    if (step === undefined || checksum(step) !== row.checksum)
      throw new SchemaError(
        `Schema step ${row.version} (${row.name}) of the database ${target.database} was applied with another ` +
          'content than this gateway has under that number. The two come from different builds: run the gateway ' +
          'that made the database, or point clickhouse.database at a new one.',
      )
  }
}

async function checkSpool(step: Migration, { isSpoolDrained }: MigrateOptions): Promise<void> {
  if (step.requiresDrainedSpool !== true) return
  if (isSpoolDrained !== undefined && (await isSpoolDrained(step.version))) return
  throw new SchemaError(
    `Schema step ${step.version} (${step.name}) changes what stored blocks must look like, and the spool still ` +
      'holds blocks of the older schema. Let the gateway version that wrote them drain the spool, then upgrade.',
  )
}

async function run(step: Migration, database: Database, target: SchemaTarget): Promise<void> {
  for (const statement of step.statements(target)) await database.command(statement)
  await database.command(
    `INSERT INTO ${qualified(target, schemaMigrations.name)} (Version, Name, Checksum, AppliedAt) ` +
      'SETTINGS async_insert = 0 SELECT {version:UInt32}, {name:String}, {checksum:String}, now64(3)',
    { version: step.version, name: step.name, checksum: checksum(step) },
  )
}
