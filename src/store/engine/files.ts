import { hash, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type EngineFilesOptions = {
  readonly directory: string
  readonly database: string
  readonly memoryBytesMax: number
  /** Size of the merge and mutation pool. */
  readonly mergeThreads: number
  /** Default: new ones. */
  readonly secrets?: EngineSecrets
}

/** Of one life of the engine. Letters, digits, `-` and `_`. */
export type EngineSecrets = {
  /** The only path under which the engine serves HTTP, without the slash. */
  readonly path: string
  /** Password of the user weir. */
  readonly writer: string
  /** Password of the user reader. */
  readonly reader: string
}

export type EngineFiles = {
  readonly configPath: string
  readonly dataPath: string
  readonly secrets: EngineSecrets
}

/** Bounded by ClickHouse: two files of 10 MB. */
export const LOG_FILE = 'clickhouse.log'
export const WRITER = 'weir'
export const READER = 'reader'

/**
 * Writes the engine's configuration below `directory` (made with mode 0700, files 0600). The passwords are new at
 * each start, and only their hashes are written: a file that leaks opens nothing.
 */
export function writeEngineFiles(options: EngineFilesOptions): EngineFiles {
  const { directory } = options
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  chmodSync(directory, 0o700)
  const dataPath = join(directory, 'data')
  mkdirSync(dataPath, { recursive: true, mode: 0o700 })
  const secrets = options.secrets ?? { path: newSecret(), writer: newSecret(), reader: newSecret() }
  const configPath = join(directory, 'config.xml')
  writePrivate(join(directory, 'users.xml'), renderUsers(options.database, secrets))
  writePrivate(configPath, renderConfig(options, secrets))
  return { configPath, dataPath, secrets }
}

function newSecret(): string {
  return randomBytes(24).toString('base64url')
}

/** The child may be reading the old file: it is replaced, never rewritten in place. */
function writePrivate(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

const MIB = 1024 * 1024

function renderConfig(options: EngineFilesOptions, secrets: EngineSecrets): string {
  const { directory, memoryBytesMax, mergeThreads } = options
  // Two slots per thread (the default ratio); ClickHouse refuses to start if a threshold below exceeds them.
  const mergeSlots = mergeThreads * 2
  return `<clickhouse>
  <logger>
    <log>${xml(join(directory, LOG_FILE))}</log>
    <size>10M</size>
    <count>2</count>
    <console>0</console>
  </logger>
  <http_handlers>
    <rule>
      <url>regex:^/${secrets.path}/?$</url>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
    </rule>
  </http_handlers>
  <users_config>${xml(join(directory, 'users.xml'))}</users_config>
  <user_files_path>${xml(join(directory, 'data', 'user_files'))}/</user_files_path>
  <max_server_memory_usage>${memoryBytesMax}</max_server_memory_usage>
  <mark_cache_size>${32 * MIB}</mark_cache_size>
  <index_mark_cache_size>${16 * MIB}</index_mark_cache_size>
  <primary_index_cache_size>${64 * MIB}</primary_index_cache_size>
  <query_condition_cache_size>${16 * MIB}</query_condition_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <shutdown_wait_unfinished>2</shutdown_wait_unfinished>
  <max_connections>256</max_connections>
  <max_concurrent_queries>128</max_concurrent_queries>
  <background_pool_size>${mergeThreads}</background_pool_size>
  <background_merges_mutations_concurrency_ratio>2</background_merges_mutations_concurrency_ratio>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_schedule_pool_size>8</background_schedule_pool_size>
  <merge_tree>
    <old_parts_lifetime>30</old_parts_lifetime>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>${mergeThreads}</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>${mergeThreads}</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>${mergeSlots - 1}</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
</clickhouse>
`
}

/**
 * `default` has no password, because the statement that keeps the engine alive runs as it, inside the process. No
 * grant or quota would keep it from harm over a socket: `SELECT file('/any/path')` needs neither, and this build
 * reads what the process may read. So HTTP is served under one secret path only. Behind it `default` has but the
 * grants of its statement, and a quota that the two statements of the start spend. (Its interval is 1e9 s: 9e9 s
 * overflow, and ClickHouse ends at once without a word.)
 */
function renderUsers(database: string, secrets: EngineSecrets): string {
  return `<clickhouse>
  <profiles>
    <default>
      <max_threads>auto</max_threads>
    </default>
    <keepalive>
      <max_threads>1</max_threads>
      <max_memory_usage>${64 * MIB}</max_memory_usage>
      <max_concurrent_queries_for_user>1</max_concurrent_queries_for_user>
      <constraints>
        <max_threads><const/></max_threads>
        <max_memory_usage><const/></max_memory_usage>
        <max_concurrent_queries_for_user><const/></max_concurrent_queries_for_user>
      </constraints>
    </keepalive>
    <reader>
      <readonly>2</readonly>
      <allow_introspection_functions>0</allow_introspection_functions>
      <allow_python_table_function>0</allow_python_table_function>
      <constraints>
        <allow_introspection_functions><const/></allow_introspection_functions>
        <allow_python_table_function><const/></allow_python_table_function>
      </constraints>
    </reader>
  </profiles>
  <quotas>
    <default/>
    <keepalive>
      <interval><duration>1000000000</duration><queries>2</queries></interval>
    </keepalive>
  </quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>keepalive</profile>
      <quota>keepalive</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT SELECT ON system.numbers</query>
      </grants>
    </default>
    <${WRITER}>
      <password_sha256_hex>${hash('sha256', secrets.writer)}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants><query>GRANT ALL ON *.*</query></grants>
    </${WRITER}>
    <${READER}>
      <password_sha256_hex>${hash('sha256', secrets.reader)}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>reader</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT SELECT ON ${sqlName(database)}.*</query>
${READABLE_SYSTEM_TABLES.map((t) => `        <query>GRANT SELECT ON system.${t}</query>`).join('\n')}
      </grants>
    </${READER}>
  </users>
</clickhouse>
`
}

/** For sizes, columns and series of numbers in queries; they show only what the reader may see anyway. */
const READABLE_SYSTEM_TABLES = ['one', 'numbers', 'columns', 'tables', 'parts', 'parts_columns'] as const

function sqlName(name: string): string {
  return xml(`\`${name.replace(/[\\`]/g, (c) => `\\${c}`)}\``)
}

function xml(text: string): string {
  return text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'))
}
