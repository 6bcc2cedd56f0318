import { Outcomes } from '../../../src/otlp/outcomes.ts'
import { SeriesTracker } from '../../../src/processors/cardinality-limit/series-tracker.ts'
import { FoldEngine } from '../../../src/processors/fold/engine.ts'
import { buildPipeline, type Pipeline, parseProcessors } from '../../../src/processors/pipeline.ts'

const TRACKED = { seriesMax: 1000, metricsMax: 100, idleAfterMs: 60_000, nowMs: Date.now }

/** Processors as a gateway builds them, without its store: what they generate is thrown away. */
export function benchPipeline(
  processors: Readonly<Record<string, unknown>>,
  outcomes = new Outcomes(),
): Pipeline {
  const parsed = parseProcessors(processors)
  if ('issues' in parsed) throw new Error(parsed.issues[0]!.message)
  return buildPipeline(parsed.plan, {
    outcomes,
    series: new SeriesTracker(TRACKED),
    labelValues: new SeriesTracker(TRACKED),
    folds: new FoldEngine({
      ...{ membersMax: 1000, foldsMax: 100, bucketsMax: 1000, idleAfterMs: 60_000, nowMs: Date.now },
      instance: 'bench',
    }),
    nowMs: Date.now,
    random: Math.random,
    generate: () => undefined,
    currentCommit: () => undefined,
    gatewayId: () => 'bench',
    evaluationFailed: () => {},
    log: { warn: () => {} },
  })
}
