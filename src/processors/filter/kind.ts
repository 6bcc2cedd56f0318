import type { ProcessorKind } from '../processor.ts'
import { type FilterConfig, readFilterConfig } from './config.ts'
import { Filter } from './filter.ts'
import { compileRules } from './rules.ts'

/** `filter`: the collector's filter processor. */
export const filterKind: ProcessorKind<FilterConfig> = {
  kind: 'filter',
  parse(value) {
    const read = readFilterConfig(value)
    if ('issues' in read) return read
    const compiled = compileRules(read.config.rules)
    if ('issues' in compiled) return compiled
    const empty =
      read.config.rules.length === 0 ? [{ path: [], message: 'has no conditions: it drops nothing' }] : []
    return { config: read.config, warnings: [...empty, ...compiled.warnings] }
  },
  build: (name, config, deps) => new Filter(name, config, deps),
  stateless: 'drops',
}
