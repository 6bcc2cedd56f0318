import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../src/store/database.ts'
import { createTable, literal, type TextIndex } from '../../src/store/tables/ddl.ts'
import { logs } from '../../src/store/tables/logs.ts'
import { EXPORTER_MATERIALIZED } from '../../src/store/tables/otel-logs-view.ts'
import { resources } from '../../src/store/tables/resources.ts'
import { cpuMicros } from '../schema/clickhouse.ts'
import { generateSql } from '../schema/generate.ts'
import { NO_BACKGROUND_MERGES } from '../schema/measure.ts'

/**
 * `otel_logs` as clickhouseexporter v0.161.0 makes it: with text indexes on servers from 26.2 on, with bloom
 * filters before.
 */
export type ExporterIndexes = 'text' | 'bloom'

const LC = 'LowCardinality(String)'
const MAP = 'Map(LowCardinality(String), String)'
const ZSTD = 'CODEC(ZSTD(1))'

type ExporterColumn = {
  readonly name: string
  readonly type: string
  readonly codec: string
  /** Made from a row `r` of `logs` with its resource's attributes beside it. */
  readonly value: string
}

const column = (name: string, type: string, value = `r.${name}`, codec = ZSTD): ExporterColumn => ({
  name,
  type,
  codec,
  value,
})

export const EXPORTER_COLUMNS: ReadonlyArray<ExporterColumn> = [
  column('Timestamp', 'DateTime64(9)', 'r.Timestamp', 'CODEC(Delta(8), ZSTD(1))'),
  column('TraceId', 'String', "if(r.TraceId = toFixedString('', 16), '', lower(hex(r.TraceId)))"),
  column('SpanId', 'String', "if(r.SpanId = toFixedString('', 8), '', lower(hex(r.SpanId)))"),
  column('TraceFlags', 'UInt8', 'r.TraceFlags', ''),
  column('SeverityText', LC),
  column('SeverityNumber', 'UInt8', 'r.SeverityNumber', ''),
  column('ServiceName', LC),
  column('Body', 'String'),
  column('ResourceSchemaUrl', LC, "''"),
  column('ResourceAttributes', MAP),
  column('ScopeSchemaUrl', LC),
  column('ScopeName', 'String'),
  column('ScopeVersion', LC),
  column('ScopeAttributes', MAP),
  column('LogAttributes', MAP),
  column('EventName', 'String'),
]

const ATTRIBUTE_INDEXES = ['Resource', 'Scope', 'Log'].flatMap((of) => {
  const short = of === 'Resource' ? 'res' : of.toLowerCase()
  return [
    [`idx_${short}_attr_key`, `mapKeys(${of}Attributes)`],
    [`idx_${short}_attr_value`, `mapValues(${of}Attributes)`],
  ] as const
})

/** The DDL of the exporter's log table. `ttlDays` as its `ttl` option; rows of the comparison need one day class. */
export function exporterLogsDdl(table: string, indexes: ExporterIndexes, ttlDays: number): string {
  const columns = EXPORTER_COLUMNS.map(({ name, type, codec }) => `\`${name}\` ${type} ${codec}`)
  const materialized = EXPORTER_MATERIALIZED.map(
    (key) => `\`__otel_materialized_${key}\` ${LC} MATERIALIZED ResourceAttributes['${key}'] ${ZSTD}`,
  )
  return `CREATE TABLE IF NOT EXISTS ${table} (
  ${[...columns, ...materialized, ...indexLines(indexes)].join(',\n  ')}
)
ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp)
TTL toDateTime(Timestamp) + toIntervalDay(${ttlDays})
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`
}

function indexLines(indexes: ExporterIndexes): string[] {
  if (indexes === 'text')
    return [
      ...[['idx_trace_id', 'TraceId'] as const, ...ATTRIBUTE_INDEXES].map(
        ([name, expression]) => `INDEX ${name} ${expression} TYPE text(tokenizer = 'array')`,
      ),
      `INDEX idx_lower_body lower(Body) TYPE text(tokenizer = 'splitByNonAlpha')`,
    ]
  return [
    'INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1',
    ...ATTRIBUTE_INDEXES.map(
      ([name, expression]) => `INDEX ${name} ${expression} TYPE bloom_filter(0.01) GRANULARITY 1`,
    ),
    'INDEX idx_lower_body lower(Body) TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8',
  ]
}

/** Twelve attributes of a pod's resource, as the SDK and the collector's k8sattributes processor leave them. */
export const RESOURCE_ATTRIBUTES = `map(
  'deployment.environment.name', if(endsWith(Namespace, 'staging'), 'staging', 'production'),
  'k8s.cluster.name', 'eu-central-1a', 'k8s.container.name', Container,
  'k8s.deployment.name', arrayStringConcat(arraySlice(splitByChar('-', Pod), 1, -2), '-'),
  'k8s.namespace.name', Namespace, 'k8s.node.name', concat('ip-10-0-', toString(sipHash64(Pod) % 64), '.internal'),
  'k8s.pod.name', Pod, 'k8s.pod.uid', lower(hex(sipHash128(Pod))),
  'loco.resource.id', AppId, 'loco.workspace.id', TenantId, 'service.name', ServiceName, 'service.version', '2.14.0')`

export type SchemaCost = {
  /** All active parts after one merge, indexes included; on our side with the rows of `resources`. */
  readonly bytesPerRow: number
  readonly indexBytesPerRow: number
  readonly insertMicrosPerRow: number
  readonly mergeMicrosPerRow: number
  /** Insert and one merge. */
  readonly cpuMicrosPerRow: number
}

export type Comparison = {
  readonly rows: number
  readonly blockRows: number
  readonly exporterIndexes: ExporterIndexes
  readonly ours: SchemaCost
  readonly oursWithoutTextIndex: SchemaCost
  readonly exporter: SchemaCost
  /** Ours divided by the exporter's. */
  readonly ratio: {
    readonly disk: number
    readonly cpu: number
    readonly diskWithoutTextIndex: number
    readonly cpuWithoutTextIndex: number
  }
}

export type ComparisonOptions = {
  /** An embedded engine's writer: it makes a database, and reads files that this process can delete. */
  readonly database: Database
  readonly enginePid: number
  readonly rows: number
  readonly blockRows: number
  /** Default: what the exporter chooses for this server. Our index on bodies follows: text or tokenbf_v1. */
  readonly exporterIndexes?: ExporterIndexes
}

/**
 * Inserts the same rows into both schemas, from Native files of `blockRows` rows, each one insert into one
 * partition, and merges all of it once; nothing else merges meanwhile, so that the figures repeat. Engine CPU
 * comes from /proc. What is not in it: HTTP. `resources` is charged in full to few rows (a day has many more).
 */
export async function compareWithExporter(options: ComparisonOptions): Promise<Comparison> {
  const { database, rows, blockRows } = options
  const scratch = `${database.name}_exporter_comparison`
  const directory = await mkdtemp(join(tmpdir(), 'weir-exporter-comparison-'))
  const bench: Bench = { ...options, scratch, files: filesIn(directory, options) }
  await database.command(`DROP DATABASE IF EXISTS ${scratch} SYNC`)
  await database.command(`CREATE DATABASE ${scratch} ENGINE = Atomic`)
  try {
    await writeFiles(bench)
    const indexes = options.exporterIndexes ?? (await exporterIndexes(database))
    const ours = await measureOurs(bench, indexes === 'text' ? 'text' : 'tokenbf')
    const oursWithoutTextIndex = await measureOurs(bench, 'none')
    const exporter = await measureExporter(bench, indexes)
    const ratio = {
      disk: ours.bytesPerRow / exporter.bytesPerRow,
      cpu: ours.cpuMicrosPerRow / exporter.cpuMicrosPerRow,
      diskWithoutTextIndex: oursWithoutTextIndex.bytesPerRow / exporter.bytesPerRow,
      cpuWithoutTextIndex: oursWithoutTextIndex.cpuMicrosPerRow / exporter.cpuMicrosPerRow,
    }
    return { rows, blockRows, exporterIndexes: indexes, ours, oursWithoutTextIndex, exporter, ratio }
  } finally {
    await database.command(`DROP DATABASE IF EXISTS ${scratch} SYNC`)
    await rm(directory, { recursive: true, force: true })
  }
}

/** The files of one table's rows, in order: each is one insert. */
type Files = { readonly logs: string[]; readonly resources: string[]; readonly exporter: string[] }
type Bench = ComparisonOptions & { readonly scratch: string; readonly files: Files }

/** A file per block: of a file with several, ClickHouse would make one larger block. */
function filesIn(directory: string, { rows, blockRows }: ComparisonOptions): Files {
  const blocks = Array.from({ length: Math.ceil(rows / blockRows) }, (_, block) => block)
  return {
    logs: blocks.map((block) => join(directory, `logs-${block}.native`)),
    exporter: blocks.map((block) => join(directory, `exporter-${block}.native`)),
    resources: [join(directory, 'resources.native')],
  }
}

const RETENTION_DAYS = 30
/** So that the rows of one hour come from about as many pods as with 10 M rows a day. */
const ROWS_PER_SECOND = 107

/** What the exporter would choose for this server. */
export async function exporterIndexes(database: Database): Promise<ExporterIndexes> {
  const [server] = await database.rows<{ version: string }>('SELECT version() AS version')
  const [major = 0, minor = 0] = (server?.version ?? '').split('.').map(Number)
  return major > 26 || (major === 26 && minor >= 2) ? 'text' : 'bloom'
}

/** Both sides' rows as Native, typed as their tables, so that neither pays for a cast. */
async function writeFiles({ database, rows, blockRows, scratch, files }: Bench): Promise<void> {
  const startSeconds = Math.floor(Date.now() / 86_400_000) * 86_400 - 86_400 + 60
  await database.command(
    `CREATE TABLE ${scratch}.rows ENGINE = Memory AS
     SELECT * REPLACE (toUInt16(${RETENTION_DAYS}) AS RetentionDays), ${RESOURCE_ATTRIBUTES} AS ResourceAttributes,
       intDiv(rowNumberInAllBlocks(), ${blockRows}) AS Block
     FROM (${generateSql({ rows, startSeconds, rowsPerSecond: ROWS_PER_SECOND })})
     SETTINGS max_threads = 1, max_insert_threads = 1`,
  )
  const write = (file: string, columns: ReadonlyArray<string>, from: string) =>
    database.command(
      `INSERT INTO FUNCTION file(${literal(file)}, 'Native') SELECT ${columns.join(', ')} FROM ${scratch}.rows AS r ${from}
       SETTINGS max_threads = 1`,
    )
  const ours = typed(logs.columns, (name) => `r.${name}`)
  const exporters = typed(EXPORTER_COLUMNS, (_, value) => value!)
  for (const [block, file] of files.logs.entries()) await write(file, ours, `WHERE r.Block = ${block}`)
  for (const [block, file] of files.exporter.entries())
    await write(file, exporters, `WHERE r.Block = ${block}`)
  const ofResource = typed(resources.columns, (name) => RESOURCE_VALUES[name] ?? `any(r.${name})`)
  await write(files.resources[0]!, ofResource, 'GROUP BY r.TenantId, r.ResourceFingerprint')
  await database.command(`DROP TABLE ${scratch}.rows SYNC`)
}

type TypedColumn = { readonly name: string; readonly type: string; readonly value?: string }

export const typed = (
  columns: ReadonlyArray<TypedColumn>,
  expressionOf: (name: string, value?: string) => string,
) => columns.map(({ name, type, value }) => `CAST(${expressionOf(name, value)}, ${literal(type)}) AS ${name}`)

/** Columns of `resources` that the generated rows don't have under the same name. */
export const RESOURCE_VALUES: Readonly<Record<string, string>> = {
  TenantId: 'r.TenantId',
  ResourceFingerprint: 'r.ResourceFingerprint',
  Day: 'toDate(min(r.Timestamp))',
  Environment: "any(r.ResourceAttributes)['deployment.environment.name']",
  Cluster: "any(r.ResourceAttributes)['k8s.cluster.name']",
  SchemaUrl: "''",
  Attributes: 'any(r.ResourceAttributes)',
  AttributeTypes: "repeat('s', 12)",
  DroppedAttributesCount: '0',
}

async function measureOurs(bench: Bench, textIndex: TextIndex): Promise<SchemaCost> {
  const target = { database: bench.scratch, textIndex }
  const create = [...createTable(logs, target, LATEST), ...createTable(resources, target, LATEST)]
  return measure(bench, create, [
    { table: resources.name, files: bench.files.resources },
    { table: logs.name, files: bench.files.logs },
  ])
}

/** Every column and index that any schema version added. */
const LATEST = Number.MAX_SAFE_INTEGER

async function measureExporter(bench: Bench, indexes: ExporterIndexes): Promise<SchemaCost> {
  const create = exporterLogsDdl(`${bench.scratch}.otel_logs`, indexes, RETENTION_DAYS)
  return measure(bench, [create], [{ table: 'otel_logs', files: bench.files.exporter }])
}

type Insert = { readonly table: string; readonly files: ReadonlyArray<string> }

async function measure(
  bench: Bench,
  create: ReadonlyArray<string>,
  inserts: ReadonlyArray<Insert>,
): Promise<SchemaCost> {
  const { database, enginePid, rows, scratch } = bench
  for (const statement of create) await database.command(statement)
  for (const { table } of inserts)
    await database.command(`ALTER TABLE ${scratch}.${table} MODIFY SETTING ${NO_BACKGROUND_MERGES}`)
  const before = cpuMicros(enginePid)
  for (const { table, files } of inserts)
    for (const file of files)
      await database.command(
        `INSERT INTO ${scratch}.${table} SELECT * FROM file(${literal(file)}, 'Native')
         SETTINGS max_threads = 1, max_insert_threads = 1`,
      )
  const inserted = cpuMicros(enginePid)
  for (const { table } of inserts) await database.command(`OPTIMIZE TABLE ${scratch}.${table} FINAL`)
  const merged = cpuMicros(enginePid)
  const [disk] = await database.rows<{ bytes: string; indexes: string; rows: string }>(
    `SELECT toString(sum(bytes_on_disk)) AS bytes, toString(sum(secondary_indices_compressed_bytes)) AS indexes,
       toString(sumIf(rows, table = ${literal(inserts.at(-1)!.table)})) AS rows
     FROM system.parts WHERE active AND database = '${scratch}'`,
  )
  if (Number(disk!.rows) !== rows)
    throw new Error(
      `${inserts.at(-1)!.table} holds ${disk!.rows} rows where ${rows} were inserted: the figures would lie`,
    )
  for (const { table } of inserts) await database.command(`DROP TABLE ${scratch}.${table} SYNC`)
  return {
    bytesPerRow: Number(disk!.bytes) / rows,
    indexBytesPerRow: Number(disk!.indexes) / rows,
    insertMicrosPerRow: (inserted - before) / rows,
    mergeMicrosPerRow: (merged - inserted) / rows,
    cpuMicrosPerRow: (merged - before) / rows,
  }
}
