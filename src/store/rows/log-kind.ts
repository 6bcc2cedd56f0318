import type { Config } from '../../config/schema.ts'
import type { Outcomes } from '../../otlp/outcomes.ts'
import { logs } from '../tables/logs.ts'
import { LogClock } from './clock.ts'
import type { SignalKind } from './signal-writer.ts'

/** Logs, as the store writes them. */
export function logKind(config: Config['logs'], outcomes: Outcomes): SignalKind {
  const tooOld = outcomes.register({
    kind: 'rejected',
    reason: 'too_old',
    sentence: 'older than its retention: ClickHouse would remove it at once.',
  })
  const clock = new LogClock({ ...config, tooOld })
  return {
    table: logs,
    settleClock: (batch, resources, receivedMs) => clock.settle(batch, resources, receivedMs),
  }
}
