type Settings = Readonly<Record<string, string | number>>

/**
 * Written with one insert = one partition = one part, each under a token. The windows are what a late repeat of an
 * insert must fall into; ClickHouse's own defaults are none at all, or (replicated, since 25.10) one hour.
 */
const insertedOnce: Settings = {
  non_replicated_deduplication_window: 10_000,
  replicated_deduplication_window: 10_000,
  replicated_deduplication_window_seconds: 604_800,
}

/** What is acknowledged may leave the spool once ClickHouse has answered, so its answer has to mean "on disk". */
const durable: Settings = { fsync_after_insert: 1, fsync_part_directory: 1 }

/** Rows leave by whole parts: a part goes when all its rows are past their time, and no merge rewrites it before. */
const droppedByPart: Settings = { ttl_only_drop_parts: 1 }

export const rowSettings: Settings = { ...droppedByPart, ...insertedOnce, ...durable }
export const idempotentSettings: Settings = { ...droppedByPart, ...durable }
export const controlSettings: Settings = durable
