import type { ProcessorKind } from '../processor.ts'
import { type IntervalConfig, readConfig } from './config.ts'
import { Interval } from './interval.ts'

/** `interval`: one point per series and interval. */
export const intervalKind: ProcessorKind<IntervalConfig> = {
  kind: 'interval',
  parse: readConfig,
  build: (name, config, deps) => new Interval(name, config, deps),
}
