import { describeConfig } from '../../config/describe.ts'
import { ConfigError } from '../../config/load.ts'
import { type ConfigSource, Reloader, type ReloaderParts } from '../../config/reload.ts'
import type { Config } from '../../config/schema.ts'
import type { RulesInForce } from '../../processors/rules-in-force.ts'
import { ConfigVersions, newestVersions } from '../../store/config-versions.ts'
import type { Engine } from '../../store/database.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { ConfigControl } from './control.ts'

export type ConfigControlParts = {
  /** Without it nothing can be reloaded. */
  readonly source: ConfigSource | undefined
  readonly rules: RulesInForce
  readonly engine: Engine
  readonly gatewayId: string
  readonly logger: Logger
}

export type RunningControl = ConfigControl & {
  /** ClickHouse is there and has the tables. */
  started(): void
  stop(): Promise<void>
}

/** The configuration of a running gateway. That of its start is recorded as applied. */
export function createConfigControl(config: Config, parts: ConfigControlParts): RunningControl {
  const { engine, gatewayId, logger, rules, source = withoutSource(config) } = parts
  const versions = new ConfigVersions({
    database: engine.writer,
    gatewayId,
    failed: (error) => logger.warn({ err: error }, 'the applied config is not written to ClickHouse yet'),
  })
  const applied: ReloaderParts['applied'] = ({ hash, text }, appliedBy) =>
    versions.record({ appliedMs: Date.now(), hash, text, appliedBy })
  applied(source.loaded.description, 'start')
  const apply: ReloaderParts['apply'] = (processors) => rules.apply(processors)
  const reloader = new Reloader({ source, apply, applied, log: logger })
  return {
    reload: (by) => reloader.reload(by),
    inForce: () => reloader.inForce,
    versions: (limit, signal) => newestVersions(engine.reader, limit, '', signal),
    started: () => versions.start(),
    stop: () => versions.stop(),
  }
}

/** Of a gateway that was started from code. */
function withoutSource(config: Config): ConfigSource {
  const description = describeConfig(config, config.processors)
  return {
    loaded: { config, description, warnings: [] },
    load() {
      throw new ConfigError('the config', [{ path: [], message: 'the gateway was started without a file' }])
    },
  }
}
