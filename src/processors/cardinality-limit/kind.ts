import type { ProcessorKind } from '../processor.ts'
import { type CardinalityLimitConfig, readConfig } from './config.ts'
import { CardinalityLimit } from './limiter.ts'

/** `cardinality_limit`: at most so many active series per tenant and metric. */
export const cardinalityLimitKind: ProcessorKind<CardinalityLimitConfig> = {
  kind: 'cardinality_limit',
  parse: readConfig,
  build: (name, config, deps) => new CardinalityLimit(name, config, deps),
}
