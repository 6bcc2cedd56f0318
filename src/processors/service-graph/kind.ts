import type { ProcessorKind } from '../processor.ts'
import { readConfig, type ServiceGraphConfig } from './config.ts'
import { ServiceGraph } from './service-graph.ts'

/** `service_graph`: who calls whom, how often, how long, and how often in vain. */
export const serviceGraphKind: ProcessorKind<ServiceGraphConfig> = {
  kind: 'service_graph',
  parse: readConfig,
  build: (name, config, deps) => new ServiceGraph(name, config, deps),
}
