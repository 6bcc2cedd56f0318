import type { ProcessorKind } from '../processor.ts'
import { readConfig, type SeverityConfig } from './config.ts'
import { Severity } from './severity.ts'

/** `severity`: severity and trace ids out of the bodies of logs. */
export const severityKind: ProcessorKind<SeverityConfig> = {
  kind: 'severity',
  parse: readConfig,
  build: (name, config) => new Severity(name, config),
  stateless: 'changes',
}
