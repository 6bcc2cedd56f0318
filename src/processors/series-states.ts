import { join } from 'node:path'
import type { Config } from '../config/schema.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { SeriesState } from './cardinality-limit/series-state.ts'
import { SeriesTracker } from './cardinality-limit/series-tracker.ts'
import type { FoldEngine } from './fold/engine.ts'
import { FoldState } from './fold/fold-state.ts'

/** What a gateway knows of series, whatever its rules are. */
export type SeriesStates = {
  /** The active series. */
  readonly series: SeriesTracker
  /** The values of their labels, where a limit asks for them. */
  readonly labelValues: SeriesTracker
  readonly folds: FoldEngine
  /** Saves all of it. To be called when no request is taken any more. Idempotent. */
  stop(): Promise<void>
}

type Parts = {
  /** Names this gateway in folded series. */
  readonly instance: string
  readonly metrics: Metrics
  readonly logger: Logger
}

/** All as it was when the gateway stopped; kept from now on until `stop`. */
export async function openSeriesStates(
  config: Pick<Config, 'dataDir' | 'series'>,
  { instance, metrics, logger }: Parts,
): Promise<SeriesStates> {
  const directory = join(config.dataDir, 'series')
  const { seriesMax, metricsMax, idleAfterMs, saveIntervalMs, labelValuesMax } = config.series
  const { foldMembersMax, foldsMax, foldBucketsMax } = config.series
  const openTracker = (path: string, valuesMax: number): Promise<SeriesState> =>
    SeriesState.open(path, {
      makeTracker: () =>
        new SeriesTracker({ seriesMax: valuesMax, metricsMax, idleAfterMs, nowMs: Date.now }),
      saveIntervalMs,
      nowMs: Date.now,
      log: logger,
    })
  const series = await openTracker(directory, seriesMax)
  const labels = await openTracker(join(config.dataDir, 'label-values'), labelValuesMax)
  const folds = await FoldState.open(join(config.dataDir, 'folds'), {
    membersMax: foldMembersMax,
    foldsMax,
    bucketsMax: foldBucketsMax,
    idleAfterMs,
    instance,
    nowMs: Date.now,
    log: logger,
  })
  const states = [series, labels, folds]
  watch(metrics, series.tracker, folds.engine)
  for (const state of states) state.start()
  return {
    series: series.tracker,
    labelValues: labels.tracker,
    folds: folds.engine,
    stop: async () => void (await Promise.all(states.map((state) => state.stop()))),
  }
}

function watch(metrics: Metrics, tracker: SeriesTracker, folds: FoldEngine): void {
  metrics.activeSeries.onScrape((family) => {
    family.cell().value = tracker.table.active
  })
  metrics.seriesMetrics.onScrape((family) => {
    family.cell().value = tracker.registry.size
  })
  metrics.seriesUntrackedPoints.onScrape((family) => {
    family.cell().value = tracker.untrackedPoints
  })
  metrics.foldMembers.onScrape((family) => {
    family.cell().value = folds.members.count
  })
  metrics.foldedSeries.onScrape((family) => {
    family.cell().value = folds.folds.count
  })
  metrics.foldBaselines.onScrape((family) => {
    family.cell().value = folds.baselines
  })
}
