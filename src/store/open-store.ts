import type { Config } from '../config/schema.ts'
import type { Outcomes } from '../otlp/outcomes.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { LedgerSums } from '../telemetry/own-metrics/ledger-sums.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { Database } from './database.ts'
import { readGatewayId } from './gateway-id.ts'
import { SCHEMA_VERSION } from './migrations/steps.ts'
import { signalKinds } from './rows/kinds/index.ts'
import { nodeDisk } from './spool/files.ts'
import { SpoolStore } from './spool-store.ts'
import { storeEvents, watchStore } from './store-metrics.ts'
import { spoolDirectory, storeOptions } from './store-options.ts'
import { StoreTraces } from './store-traces.ts'

export type OpenStoreParts = {
  readonly database: Database
  readonly outcomes: Outcomes
  readonly metrics: Metrics
  readonly ledger: LedgerSums
  readonly tracing: Tracing | undefined
  readonly logger: Logger
  /** Ends the process: nobody may be answered any more (docs/architecture.md). */
  readonly fatal: (error: Error) => void
}

/** The store of a configuration, with its spool replayed. Needs no ClickHouse yet. */
export async function openStore(config: Config, parts: OpenStoreParts): Promise<SpoolStore> {
  const { database, outcomes, metrics, ledger, tracing, logger, fatal } = parts
  const directory = spoolDirectory(config)
  const gatewayId = await readGatewayId(nodeDisk, directory)
  const store = await SpoolStore.open(storeOptions(config, gatewayId, SCHEMA_VERSION), {
    disk: nodeDisk,
    directory,
    database,
    outcomes,
    signals: signalKinds(config, outcomes),
    nowMs: Date.now,
    events: storeEvents(metrics, ledger, logger),
    traces: tracing && new StoreTraces(tracing, database.name),
    fatal,
  })
  watchStore(metrics, store, Date.now)
  return store
}
