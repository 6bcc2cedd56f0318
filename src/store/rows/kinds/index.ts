import type { Config } from '../../../config/schema.ts'
import type { Signal } from '../../../otlp/batch.ts'
import type { Outcomes } from '../../../otlp/outcomes.ts'
import type { SignalKind } from '../signal-kind.ts'
import { logKind } from './log-kind.ts'
import { metricKind } from './metric-kind.ts'
import { spanKind } from './span-kind.ts'

/** How each signal is stored: one line each. */
export function signalKinds(
  config: Pick<Config, 'ingest' | 'logs'>,
  outcomes: Outcomes,
): ReadonlyMap<Signal, SignalKind> {
  const tooOld = outcomes.register({
    kind: 'rejected',
    reason: 'too_old',
    sentence: 'older than its retention: ClickHouse would remove it at once.',
  })
  const clock = { futureToleranceMs: config.ingest.futureToleranceMs, tooOld }
  return new Map([
    ['logs', logKind({ ...clock, sourceTimeAttribute: config.logs.sourceTimeAttribute })],
    ['traces', spanKind(clock)],
    ['metrics', metricKind(clock)],
  ])
}
