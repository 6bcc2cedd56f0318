import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { SeriesState } from './series-state.ts'
import { SeriesTracker } from './series-tracker.ts'

/** The active series of a gateway as they were when it stopped; kept from now on until `stop`. */
export async function openSeries(
  config: Pick<Config, 'dataDir' | 'series'>,
  { metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger },
): Promise<SeriesState> {
  const { seriesMax, metricsMax, idleAfterMs, saveIntervalMs } = config.series
  const state = await SeriesState.open(join(config.dataDir, 'series'), {
    makeTracker: () => new SeriesTracker({ seriesMax, metricsMax, idleAfterMs, nowMs: Date.now }),
    saveIntervalMs,
    nowMs: Date.now,
    log: logger,
  })
  watchSeries(metrics, state.tracker)
  state.start()
  return state
}

function watchSeries(metrics: Metrics, tracker: SeriesTracker): void {
  metrics.activeSeries.onScrape((family) => {
    family.cell().value = tracker.table.active
  })
  metrics.seriesMetrics.onScrape((family) => {
    family.cell().value = tracker.registry.size
  })
  metrics.seriesUntrackedPoints.onScrape((family) => {
    family.cell().value = tracker.untrackedPoints
  })
}
