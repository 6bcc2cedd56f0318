import type { ProcessorKind } from '../processor.ts'
import { readConfig, type SampleConfig } from './config.ts'
import { Sample } from './sample.ts'

/** `sample`: a share of traces and logs, the same for all records of a trace. */
export const sampleKind: ProcessorKind<SampleConfig> = {
  kind: 'sample',
  parse: readConfig,
  build: (name, config, deps) => new Sample(name, config, deps),
}
