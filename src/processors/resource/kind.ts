import type { ProcessorKind } from '../processor.ts'
import { type ResourceConfig, readConfig } from './config.ts'
import { ResourceProcessor } from './resource.ts'

/** `resource`: the collector's resource processor. */
export const resourceKind: ProcessorKind<ResourceConfig> = {
  kind: 'resource',
  parse: readConfig,
  build: (name, config, deps) => new ResourceProcessor(name, config, deps),
  stateless: 'changes',
}
