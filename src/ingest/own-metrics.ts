import type { Config } from '../config/schema.ts'
import type { SpoolStore } from '../store/spool-store.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { LedgerSums } from '../telemetry/own-metrics/ledger-sums.ts'
import { OwnMetrics } from '../telemetry/own-metrics/publisher.ts'
import { SINGLE_TENANT } from '../tenancy/caller.ts'
import type { GeneratedRows } from './generated-rows.ts'

export type OwnMetricsNeeds = {
  readonly store: SpoolStore
  readonly metrics: Metrics
  readonly ledger: LedgerSums
  readonly generated: GeneratedRows
  readonly version: string
  readonly logger: Logger
}

/** Of spool.bytesMax: past it what is left is for users' data. */
const SPOOL_SHARE = 0.75

/** The own metrics as metrics of a tenant, not yet started; undefined if they are turned off. No rule sees them. */
export function createOwnMetrics(config: Config, needs: OwnMetricsNeeds): OwnMetrics | undefined {
  const { serviceName, metricsIntervalMs: intervalMs, metricsTenant } = config.telemetry
  if (intervalMs === 0) return undefined
  const { store, metrics, ledger, generated, version, logger } = needs
  const tenantId = config.tenancy.mode === 'single' ? SINGLE_TENANT : metricsTenant
  return new OwnMetrics({
    resource: { serviceName, instanceId: store.gatewayId, version },
    intervalMs,
    collect: metrics.collect,
    ledger,
    hasRoom: () => store.stats.spoolBytes < config.spool.bytesMax * SPOOL_SHARE,
    generate: (request) => generated.generate({ signal: 'metrics', tenantId, request }) !== undefined,
    nowMs: Date.now,
    log: logger,
  })
}
