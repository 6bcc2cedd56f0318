import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { retentionDaysOf } from '../tenancy/retention.ts'
import type { StoreOptions } from './spool-store.ts'

/** Servers forget replicated tokens after the window that Weir's DDL sets; this much earlier the gateway counts instead. */
const REPLICATED_WINDOW_MS = 45 * 60_000

/** Where the spool lives within the data directory. */
export function spoolDirectory(config: Config): string {
  return join(config.dataDir, 'spool')
}

/** The store's part of the configuration. */
export function storeOptions(config: Config, gatewayId: string, schemaVersion: number): StoreOptions {
  const replicated = config.clickhouse.mode === 'server' && config.clickhouse.cluster !== undefined
  return {
    gatewayId,
    schemaVersion,
    ack: config.ack,
    resources: {
      appIdAttributes: config.resource.appIdAttributes,
      retentionDaysOf: retentionDaysOf(config.retention),
    },
    resourceTtlDays: Math.max(...config.retention.classes),
    spool: config.spool,
    inserter: { ...config.inserter, ...(replicated ? { replicatedWindowMs: REPLICATED_WINDOW_MS } : {}) },
  }
}
