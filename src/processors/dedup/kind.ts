import type { ProcessorKind } from '../processor.ts'
import { type DedupConfig, readConfig } from './config.ts'
import { Dedup } from './dedup.ts'

/** `dedup`: repeated log records become one with a count. */
export const dedupKind: ProcessorKind<DedupConfig> = {
  kind: 'dedup',
  parse: readConfig,
  build: (name, config, deps) => new Dedup(name, config, deps),
}
