import type { InsertOptions } from '../database.ts'

/**
 * Sent with every insert. Each one is spelled out because a server's profile or another version's default would
 * change what the delivery contract rests on: one POST is one insert, one part, all or nothing.
 */
const INSERT_SETTINGS: Readonly<Record<string, string>> = {
  async_insert: '0',
  input_format_skip_unknown_fields: '0',
  insert_deduplicate: '1',
  deduplicate_blocks_in_dependent_materialized_views: '1',
  // All blocks of the body become one part: no second thread to take some, and no size at which a part is cut off
  // (0 means "no limit of this kind", but 0 for both means "no joining at all": a part per block).
  max_insert_threads: '1',
  min_insert_block_size_rows: '1000000000',
  min_insert_block_size_bytes: '0',
  // In a cluster: the answer means that all shards have it, and each shard applies the token.
  distributed_foreground_insert: '1',
  // The status is sent after the end, so that an error cannot follow a 200.
  wait_end_of_query: '1',
}

/** The query string of an insert of Native blocks. */
export function insertQuery(database: string, options: InsertOptions): URLSearchParams {
  const columns = options.columns.map(quoteName).join(', ')
  const query = new URLSearchParams({
    database,
    query: `INSERT INTO ${quoteName(database)}.${quoteName(options.table)} (${columns}) FORMAT Native`,
    query_id: options.queryId,
    ...INSERT_SETTINGS,
  })
  if (options.token !== undefined) query.set('insert_deduplication_token', options.token)
  return query
}

/** A name as ClickHouse reads it, whatever is in it. */
export function quoteName(name: string): string {
  return `\`${name.replace(/[\\`]/g, (c) => `\\${c}`)}\``
}
