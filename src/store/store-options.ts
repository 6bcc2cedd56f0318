import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { retentionDaysOf } from '../tenancy/retention.ts'
import type { CapacityOptions } from './capacity.ts'
import type { CommitterOptions } from './commit/committer.ts'
import type { DeliveryOptions } from './inserter/delivery.ts'
import type { InserterOptions } from './inserter/inserter.ts'
import type { ResourceOptions } from './rows/resources.ts'
import type { SpoolOptions } from './spool/spool.ts'

export type StoreOptions = {
  readonly gatewayId: string
  readonly schemaVersion: number
  /** `spool`: OK once the rows are on the disk; `clickhouse`: once they are inserted. */
  readonly ack: 'spool' | 'clickhouse'
  readonly resources: ResourceOptions
  readonly resourceTtlDays: number
  readonly spool: SpoolOptions &
    CapacityOptions &
    Pick<CommitterOptions, 'commitIntervalMs' | 'commitBytesMax'>
  readonly inserter: InserterOptions & DeliveryOptions
}

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
