import type { ProcessorKind } from '../processor.ts'
import { Aggregate } from './aggregate.ts'
import { type AggregateConfig, readConfig } from './config.ts'

/** `aggregate`: metrics without some of their labels, added up as their kind demands. */
export const aggregateKind: ProcessorKind<AggregateConfig> = {
  kind: 'aggregate',
  parse: readConfig,
  build: (name, config, deps) => new Aggregate(name, config, deps),
}
