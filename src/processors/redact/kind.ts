import type { ProcessorKind } from '../processor.ts'
import { type RedactConfig, readConfig } from './config.ts'
import { Redact } from './redact.ts'

/** `redact`: secrets and personal data are masked before anything is stored. */
export const redactKind: ProcessorKind<RedactConfig> = {
  kind: 'redact',
  parse: readConfig,
  build: (name, config) => new Redact(name, config),
  stateless: 'changes',
}
