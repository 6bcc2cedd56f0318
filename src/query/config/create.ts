import { Reloader, type ReloaderParts } from '../../config/reload.ts'
import { type ConfigVersions, newestVersions } from '../../store/config-versions.ts'
import type { Database } from '../../store/database.ts'
import type { ConfigControl } from './control.ts'

export type ConfigControlParts = Pick<ReloaderParts, 'source' | 'apply' | 'log'> & {
  readonly versions: ConfigVersions
  readonly reader: Database
  readonly nowMs: () => number
}

/** The configuration of a running gateway. That of its start is recorded as applied. */
export function createConfigControl(parts: ConfigControlParts): ConfigControl {
  const { source, apply, log, versions, reader, nowMs } = parts
  const applied: ReloaderParts['applied'] = ({ hash, text }, appliedBy) =>
    versions.record({ appliedMs: nowMs(), hash, text, appliedBy })
  applied(source.loaded.description, 'start')
  const reloader = new Reloader({ source, apply, applied, log })
  return {
    reload: (by) => reloader.reload(by),
    inForce: () => reloader.inForce,
    versions: (limit, signal) => newestVersions(reader, limit, '', signal),
  }
}
