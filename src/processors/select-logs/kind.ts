import type { ProcessorKind } from '../processor.ts'
import { readConfig, type SelectLogsConfig } from './config.ts'
import { SelectLogs } from './select-logs.ts'

/** `select_logs`: only the logs of the resources that matter. */
export const selectLogsKind: ProcessorKind<SelectLogsConfig> = {
  kind: 'select_logs',
  parse: readConfig,
  build: (name, config, deps) => new SelectLogs(name, config, deps),
  stateless: 'drops',
}
