import type { ProcessorKind } from '../processor.ts'
import { Attributes } from './attributes.ts'
import { type AttributesConfig, readConfig } from './config.ts'

/** `attributes`: the collector's attributes processor. */
export const attributesKind: ProcessorKind<AttributesConfig> = {
  kind: 'attributes',
  parse: readConfig,
  build: (name, config, deps) => new Attributes(name, config, deps),
  stateless: 'changes',
}
