import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/store/database.ts'
import { type MigrateOptions, migrate, SchemaError } from '../../../src/store/migrations/migrate.ts'
import { checksum, type Migration } from '../../../src/store/migrations/migration.ts'
import { textIndexOf } from '../../../src/store/migrations/server.ts'
import { migrations, SCHEMA_VERSION } from '../../../src/store/migrations/steps.ts'
import { alterTable, createTable, type SchemaTarget } from '../../../src/store/tables/ddl.ts'
import { logs } from '../../../src/store/tables/logs.ts'
import type { Table } from '../../../src/store/tables/table.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'

/** `logs` as a version 2 would declare it. */
const anyLogs = logs as unknown as Table
const logs2: Table = {
  ...anyLogs,
  columns: [...anyLogs.columns, { ...anyLogs.columns[0]!, name: 'Node', since: 2 }],
  indexes: [
    ...anyLogs.indexes,
    { name: 'idx_node', expression: 'Node', type: 'minmax', granularity: 1, since: 2 },
  ],
}
const EVERY_VERSION = migrations.map(({ version }) => version)
const step1: Migration = { version: 1, name: 'logs', statements: (target) => createTable(logs2, target, 1) }
const step2: Migration = {
  version: 2,
  name: 'node of a log',
  statements: (target) => alterTable(logs2, target, 2),
}
const rename: Migration = {
  version: 3,
  name: 'pods renamed',
  requiresDrainedSpool: true,
  statements: ({ database }) => [`ALTER TABLE ${database}.logs RENAME COLUMN IF EXISTS Pod TO PodName`],
}

let server: TestEngine
beforeAll(async () => {
  server = await startTestEngine()
})
afterAll(() => server?.stop())

/** A database of its own in the same server. */
let database: Database
beforeEach(async () => {
  const { writer } = server.engine
  const name = `m_${randomUUID().replaceAll('-', '')}`
  await writer.command(`CREATE DATABASE ${name}`)
  database = named(writer, name)
})

/** `inner` under another name: all of migrate's statements qualify their tables. */
function named(inner: Database, name: string, command = inner.command.bind(inner)): Database {
  return {
    name,
    command,
    insert: inner.insert.bind(inner),
    rows: inner.rows.bind(inner),
    stream: inner.stream.bind(inner),
    ping: inner.ping.bind(inner),
    close: inner.close.bind(inner),
  }
}

const columnsOf = async (table: string) =>
  (
    await database.rows<{ name: string }>(
      'SELECT name FROM system.columns WHERE database = {database:String} AND table = {table:String} ORDER BY position',
      { database: database.name, table },
    )
  ).map(({ name }) => name)

const recorded = () =>
  database.rows<{ Version: number; Name: string; Checksum: string }>(
    `SELECT Version, Name, Checksum FROM ${database.name}.schema_migrations ORDER BY Version, AppliedAt`,
  )

async function sentenceOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(SchemaError)
  return (error as SchemaError).message
}

describe('migrate', () => {
  test('makes a new database, once', async () => {
    expect(await migrate(database)).toEqual({ applied: EVERY_VERSION, version: SCHEMA_VERSION })
    expect(await migrate(database)).toEqual({ applied: [], version: SCHEMA_VERSION })
    const made = await database.rows<{ name: string }>(
      'SELECT name FROM system.tables WHERE database = {database:String} ORDER BY name',
      { database: database.name },
    )
    expect(made.map(({ name }) => name)).toEqual([
      'config_versions',
      'exemplars',
      'exp_histogram_samples',
      'histogram_samples',
      'ledger',
      'logs',
      'metric_series',
      'otel_logs',
      'otel_metrics_exp_histogram',
      'otel_metrics_gauge',
      'otel_metrics_histogram',
      'otel_metrics_sum',
      'otel_metrics_summary',
      'otel_traces',
      'otel_traces_trace_id_ts',
      'query_usage',
      'resources',
      'samples',
      'schema_migrations',
      'spans',
      'summary_samples',
      'trace_times',
      'watermarks',
    ])
    expect(await recorded()).toEqual(
      migrations.map((step) => ({ Version: step.version, Name: step.name, Checksum: checksum(step) })),
    )
  })

  test('leaves a schema that is up to date alone: a start needs no DDL, in a cluster no absent replica', async () => {
    await migrate(database)
    const commands: string[] = []
    const watched = named(database, database.name, async (sql) => {
      commands.push(sql)
    })
    expect(await migrate(watched)).toEqual({ applied: [], version: SCHEMA_VERSION })
    expect(commands).toEqual([])
  })

  test('brings an older schema forward with its rows in it', async () => {
    await migrate(database, { steps: [step1] })
    expect(await columnsOf('logs')).not.toContain('Node')
    const row = "('default', now64(9), 30, 'old')"
    await database.command(
      `INSERT INTO ${database.name}.logs (TenantId, Timestamp, RetentionDays, Body) VALUES ${row}`,
    )
    expect(await migrate(database, { steps: [step1, step2] })).toEqual({ applied: [2], version: 2 })
    const rows = `SELECT Body, Node FROM ${database.name}.logs ORDER BY Body`
    expect(await database.rows(rows)).toEqual([{ Body: 'old', Node: '' }])
    await database.command(
      `INSERT INTO ${database.name}.logs (TenantId, Timestamp, RetentionDays, Body, Node) VALUES ('default', now64(9), 30, 'new', 'n1')`,
    )
    expect(await database.rows(rows)).toEqual([
      { Body: 'new', Node: 'n1' },
      { Body: 'old', Node: '' },
    ])
    expect(await migrate(database, { steps: [step1, step2] })).toEqual({ applied: [], version: 2 })
  })

  test('an upgraded database and a new one have the same tables', async () => {
    await migrate(database, { steps: [step1] })
    await migrate(database, { steps: [step1, step2] })
    const upgraded = await shapes()
    await server.engine.writer.command(`DROP DATABASE ${database.name} SYNC`)
    await server.engine.writer.command(`CREATE DATABASE ${database.name}`)
    await migrate(database, { steps: [step1, step2] })
    expect(await shapes()).toEqual(upgraded)
    expect(upgraded.join('\n')).toContain('idx_node')
  })

  const shapes = async () =>
    (
      await database.rows<{ shape: string }>(
        'SELECT create_table_query AS shape FROM system.tables WHERE database = {database:String} ORDER BY name',
        { database: database.name },
      )
    ).map(({ shape }) => shape.replace(/\s+/g, ' '))

  test('goes on after being cut off between any two statements', async () => {
    const commands: string[] = []
    await migrate(
      named(database, database.name, async (sql, parameters) => {
        commands.push(sql)
        await database.command(sql, parameters)
      }),
    )
    expect(commands.length).toBeGreaterThan(5)
    for (let cut = 1; cut < commands.length; cut++) {
      await server.engine.writer.command(`DROP DATABASE ${database.name} SYNC`)
      await server.engine.writer.command(`CREATE DATABASE ${database.name}`)
      let left = cut
      const dying = named(database, database.name, async (sql, parameters) => {
        if (left-- === 0) throw new Error('cut off')
        await database.command(sql, parameters)
      })
      await expect(migrate(dying)).rejects.toThrow('cut off')
      const done = (await recorded()).map(({ Version }) => Version)
      const rest = EVERY_VERSION.filter((version) => !done.includes(version))
      expect(await migrate(database)).toEqual({ applied: rest, version: SCHEMA_VERSION })
      expect(await recorded()).toHaveLength(migrations.length)
    }
  })

  test('two gateways at once', async () => {
    const results = await Promise.all([migrate(database), migrate(database), migrate(database)])
    expect(results.map(({ version }) => version)).toEqual(Array(3).fill(SCHEMA_VERSION))
    expect(await migrate(database)).toEqual({ applied: [], version: SCHEMA_VERSION })
  })

  test('refuses a database of a newer gateway', async () => {
    await migrate(database, { steps: [step1, step2] })
    expect(await sentenceOf(migrate(database, { steps: [step1] }))).toBe(
      `The database ${database.name} has schema version 2, but this gateway knows versions up to 1 only. Run the gateway version that made it, or a later one.`,
    )
  })

  test('refuses a step that ran with another content, and runs nothing then', async () => {
    await migrate(database, { steps: [step1] })
    const changed = { ...step1, statements: (target: SchemaTarget) => createTable(logs2, target, 2) }
    expect(await sentenceOf(migrate(database, { steps: [changed, step2] }))).toBe(
      `Schema step 1 (logs) of the database ${database.name} was applied with another content than this gateway has under that number. The two come from different builds: run the gateway that made the database, or point clickhouse.database at a new one.`,
    )
    expect(await columnsOf('logs')).not.toContain('Node')
  })

  test('asks for an empty spool before a step that needs one', async () => {
    const steps = [step1, step2, rename]
    await migrate(database, { steps: [step1] })
    const refused = async (options: Partial<MigrateOptions>) =>
      sentenceOf(migrate(database, { steps, ...options }))
    expect(await refused({ isSpoolDrained: () => Promise.resolve(false) })).toContain(
      'Schema step 3 (pods renamed) changes what stored blocks must look like, and the spool still holds blocks',
    )
    expect(await refused({})).toContain('Schema step 3')
    // What came before it is done and stays done.
    expect(await columnsOf('logs')).toContain('Node')
    expect(await columnsOf('logs')).toContain('Pod')
    expect(await migrate(database, { steps, isSpoolDrained: () => true })).toEqual({
      applied: [3],
      version: 3,
    })
    expect(await columnsOf('logs')).toContain('PodName')
  })

  test('leaves the words of bodies without an index if asked to', async () => {
    await migrate(database, { textIndex: false })
    const [table] = await database.rows<{ sql: string }>(
      "SELECT create_table_query AS sql FROM system.tables WHERE database = {database:String} AND name = 'logs'",
      { database: database.name },
    )
    expect(table?.sql).toContain('idx_trace_id')
    expect(table?.sql).not.toContain('idx_body')
  })

  test('makes a schema that servers before 26.2 can hold too', async () => {
    const old: SchemaTarget = { database: database.name, textIndex: 'tokenbf' }
    for (const statement of createTable(logs, old, 1)) await database.command(statement)
    const [index] = await database.rows(
      "SELECT type FROM system.data_skipping_indices WHERE database = {database:String} AND name = 'idx_body'",
      { database: database.name },
    )
    expect(index).toEqual({ type: 'tokenbf_v1' })
  })
})

test.each([
  ['24.8.14.39', 'tokenbf'],
  ['25.12.1.1', 'tokenbf'],
  ['26.1.3.52', 'tokenbf'],
  ['26.2.1.1139', 'text'],
  ['26.7.2.1', 'text'],
  ['27.1.1.1', 'text'],
  ['', 'tokenbf'],
] as const)('server %s: %s index', (version, index) => {
  expect(textIndexOf(version)).toBe(index)
})

test('shipped steps are never edited', () => {
  expect(migrations.map((step) => step.version)).toEqual(migrations.map((_, i) => i + 1))
  // Until a first release ships, the number of a step changes with it; from then on lines are only added.
  expect(migrations.map((step) => `${step.version} ${checksum(step)}`)).toMatchInlineSnapshot(`
    [
      "1 ccb70979be9dc253e3a8505b40bca692017ba0053fd932df26e8654e2baf10d3",
      "2 3902f268d0b9bc8b677ca432da0e50e3795403bf021ebb4c545340d0ec65f0f4",
      "3 d77f550f0ab6985d0ec07d185afcb96351877f21a0df0f339800eef44ea114ad",
      "4 e98cc8a063ac1b606546abac65d5dcfd2e5df3909d5a24dd26106e5ecd0acd7e",
    ]
  `)
})
