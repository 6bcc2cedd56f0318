import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../telemetry/logger.ts'
import type { Engine } from './database.ts'
import { type MigrateOptions, migrate, SchemaError } from './migrations/migrate.ts'
import type { SpoolStore } from './spool-store.ts'

const RETRY_MS = 2000

/**
 * Waits for ClickHouse, brings its schema up to date, and lets the store begin to insert. Goes on trying while
 * ClickHouse is away: the spool holds meanwhile. Rejects with {@link SchemaError} where trying again can't help.
 * Once `signal` has aborted it does nothing more and never rejects, also if a statement comes to its end later.
 */
export async function bringUp(
  engine: Engine,
  store: SpoolStore,
  options: MigrateOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await engine.ready(signal)
    if (signal.aborted) return
    try {
      const { applied, version } = await migrate(engine.writer, options)
      if (signal.aborted) return
      if (applied.length > 0) log.info({ applied, version }, 'the schema was brought up to date')
      store.start()
      return
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof SchemaError) throw error
      log.warn({ err: error }, 'the schema could not be checked; it is tried again')
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}
