import type { Database } from '../../src/store/database.ts'

/** The same reader, with other ways to stream. */
export function withStream(reader: Database, stream: Database['stream']): Database {
  return {
    name: reader.name,
    stream,
    insert: (options) => reader.insert(options),
    rows: (sql, parameters, options) => reader.rows(sql, parameters, options),
    command: (sql, parameters) => reader.command(sql, parameters),
    ping: () => reader.ping(),
    close: () => reader.close(),
  }
}

/**
 * Sleeps 2 ms over every row of what is streamed from the table. ClickHouse looks for a closed connection between blocks, so
 * there must be several parts of at most 1,000 rows each.
 */
export function slowed(reader: Database, table: string): Database {
  return withStream(reader, (sql, parameters, options) =>
    reader.stream(
      sql.includes(table) ? sql.replace(' WHERE ', ' WHERE sleepEachRow(0.002) = 0 AND ') : sql,
      parameters,
      { ...options, settings: { ...options?.settings, max_threads: 1 } },
    ),
  )
}

/** Resolves once so many statements of requests are running; a test that waits for ever fails by its timeout. */
export async function untilRunning(writer: Database, wanted: number): Promise<void> {
  for (;;) {
    const [row] = await writer.rows<{ queries: string }>(
      "SELECT count() AS queries FROM system.processes WHERE query_id LIKE 'api-%'",
    )
    if (Number(row!.queries) === wanted) return
  }
}
