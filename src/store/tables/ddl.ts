import type { ControlTable } from './control.ts'
import type { Index, RowSet, Table } from './table.ts'

/** How words in bodies are indexed: `text` on servers from 26.2 on, `tokenbf_v1` before, or not at all. */
export type TextIndex = 'text' | 'tokenbf' | 'none'

/** What a schema is rendered for. */
export type SchemaTarget = {
  readonly database: string
  /** Name of a cluster in the servers' `remote_servers`; without it a single server. */
  readonly cluster?: string
  readonly textIndex: TextIndex
}

type AnyTable<Rows extends RowSet> = Table<Rows> | ControlTable

/** Suffix of the table that holds a node's own rows, where the plain name is the Distributed table over all. */
const LOCAL = '_local'

/**
 * The statements that create `table` as it was at schema version `version`. Idempotent. In a cluster a sharded
 * table is a replicated `<name>_local` on every node and a Distributed `<name>` over them; an unsharded one is
 * replicated to every node of the cluster.
 */
export function createTable<Rows extends RowSet>(
  table: AnyTable<Rows>,
  target: SchemaTarget,
  version: number,
): string[] {
  const shardBy = target.cluster === undefined ? undefined : shardKey(table)
  const name = shardBy === undefined ? table.name : table.name + LOCAL
  const statements = [
    `CREATE TABLE IF NOT EXISTS ${qualified(target, name)}${onCluster(target)}\n${body(table, target, version)}\n${storage(table, name, target)}`,
  ]
  if (shardBy !== undefined)
    statements.push(
      `CREATE TABLE IF NOT EXISTS ${qualified(target, table.name)}${onCluster(target)} AS ${qualified(target, name)}\n` +
        `ENGINE = Distributed(${literal(target.cluster!)}, ${literal(target.database)}, ${literal(name)}, ${shardBy})`,
    )
  return statements
}

/** The statements that add the columns and indexes that `table` got with schema version `version`. Idempotent. */
export function alterTable<Rows extends RowSet>(
  table: AnyTable<Rows>,
  target: SchemaTarget,
  version: number,
): string[] {
  const sharded = target.cluster !== undefined && shardKey(table) !== undefined
  const columns = table.columns
    .filter((column) => column.since === version)
    .map((column) => `ADD COLUMN IF NOT EXISTS ${columnLine(column)}`)
  const indexes = indexesOf(table)
    .filter((index) => index.since === version)
    .map((index) => indexLine(index, target.textIndex))
    .filter((line) => line !== undefined)
    .map((line) => `ADD INDEX IF NOT EXISTS ${line}`)
  const statements: string[] = []
  const alter = (name: string, changes: string[]) => {
    if (changes.length > 0)
      statements.push(
        `ALTER TABLE ${qualified(target, name)}${onCluster(target)}\n  ${changes.join(',\n  ')}`,
      )
  }
  alter(sharded ? table.name + LOCAL : table.name, [...columns, ...indexes])
  if (sharded) alter(table.name, columns)
  return statements
}

/**
 * The statements for a view. `select` gets the name to read each table by: in a cluster the view joins what one
 * node holds, and a Distributed table of the view's name gathers the nodes.
 */
export function createView(
  name: string,
  target: SchemaTarget,
  select: (nameOf: (table: string) => string) => string,
): string[] {
  if (target.cluster === undefined)
    return [
      `CREATE OR REPLACE VIEW ${qualified(target, name)} AS\n${select((table) => qualified(target, table))}`,
    ]
  const local = qualified(target, name + LOCAL)
  return [
    `CREATE OR REPLACE VIEW ${local}${onCluster(target)} AS\n${select((table) => qualified(target, table + LOCAL))}`,
    // Holds no rows, so it is made anew when a later version gives the view other columns.
    `CREATE OR REPLACE TABLE ${qualified(target, name)}${onCluster(target)} AS ${local}\n` +
      `ENGINE = Distributed(${literal(target.cluster)}, ${literal(target.database)}, ${literal(name + LOCAL)})`,
  ]
}

/** `database.table`, quoted. */
export function qualified(target: SchemaTarget, name: string): string {
  return `${quoted(target.database)}.${quoted(name)}`
}

export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function quoted(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
    ? name
    : `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

function onCluster(target: SchemaTarget): string {
  return target.cluster === undefined ? '' : ` ON CLUSTER ${literal(target.cluster)}`
}

function shardKey<Rows extends RowSet>(table: AnyTable<Rows>): string | undefined {
  return 'shardBy' in table ? table.shardBy : undefined
}

function indexesOf<Rows extends RowSet>(table: AnyTable<Rows>): ReadonlyArray<Index> {
  return 'indexes' in table ? table.indexes : []
}

function body<Rows extends RowSet>(table: AnyTable<Rows>, target: SchemaTarget, version: number): string {
  const known = (part: { readonly since?: number }) => (part.since ?? 1) <= version
  const lines = [
    ...table.columns.filter(known).map(columnLine),
    ...indexesOf(table)
      .filter(known)
      .map((index) => indexLine(index, target.textIndex))
      .filter((line) => line !== undefined)
      .map((line) => `INDEX ${line}`),
  ]
  return `(\n  ${lines.join(',\n  ')}\n)`
}

function columnLine(column: ControlTable['columns'][number]): string {
  const comment = column.comment === undefined ? '' : ` COMMENT ${literal(column.comment)}`
  const codec = column.codec === undefined ? '' : ` CODEC(${column.codec})`
  return `${quoted(column.name)} ${column.type}${comment}${codec}`
}

/** The index as it stands after INDEX; undefined where the target has none of its kind. */
function indexLine(index: Index, textIndex: TextIndex): string | undefined {
  const line = (type: string, granularity?: number) =>
    `${index.name} ${index.expression} TYPE ${type}${granularity === undefined ? '' : ` GRANULARITY ${granularity}`}`
  if (index.type !== 'full_text') return line(index.type, index.granularity)
  switch (textIndex) {
    case 'text':
      return line("text(tokenizer = 'splitByNonAlpha')")
    case 'tokenbf':
      return line('tokenbf_v1(32768, 3, 0)', index.granularity)
    case 'none':
      return undefined
  }
}

function storage<Rows extends RowSet>(table: AnyTable<Rows>, name: string, target: SchemaTarget): string {
  const lines = [`ENGINE = ${engine(table, name, target)}`]
  if (table.partitionBy !== undefined) lines.push(`PARTITION BY ${table.partitionBy}`)
  if ('primaryKey' in table && table.primaryKey !== undefined)
    lines.push(`PRIMARY KEY (${table.primaryKey.join(', ')})`)
  lines.push(`ORDER BY (${table.orderBy.join(', ')})`)
  if (table.ttl !== undefined) lines.push(`TTL ${table.ttl}`)
  const settings = Object.entries(table.settings ?? {}).map(([key, value]) => `${key} = ${value}`)
  if (settings.length > 0) lines.push(`SETTINGS ${settings.join(', ')}`)
  lines.push(`COMMENT ${literal(table.comment)}`)
  return lines.join('\n')
}

/**
 * A sharded table has one set of replicas per shard; an unsharded one has a single set of all nodes, so its path
 * leaves the shard out and its replica name includes it.
 */
function engine<Rows extends RowSet>(table: AnyTable<Rows>, name: string, target: SchemaTarget): string {
  const argument = table.engineArgument === undefined ? [] : [table.engineArgument]
  if (target.cluster === undefined) return `${table.engine}(${argument.join(', ')})`
  const replica =
    shardKey(table) === undefined
      ? [`/clickhouse/tables/${target.database}/${name}`, '{shard}-{replica}']
      : [`/clickhouse/tables/{shard}/${target.database}/${name}`, '{replica}']
  return `Replicated${table.engine}(${[...replica.map(literal), ...argument].join(', ')})`
}
