import { type ConfigChanges, configChanges } from './changes.ts'
import { type Description, withProcessorsOf } from './describe.ts'
import type { LoadedConfig } from './load.ts'

/** Where a gateway's configuration comes from. */
export type ConfigSource = {
  /** What the gateway was started with. */
  readonly loaded: LoadedConfig
  /** Reads and checks it anew. Throws {@link import('./load.ts').ConfigError}. */
  load(): LoadedConfig
}

export type ReloadResult = {
  /** `unchanged`: the processors in force are those of the file already. */
  readonly status: 'applied' | 'unchanged'
  /** Of the configuration in force now, and of the one before. */
  readonly hash: string
  readonly previousHash: string
  readonly changes: ConfigChanges
  readonly warnings: ReadonlyArray<string>
}

export type ReloaderParts = {
  readonly source: ConfigSource
  /** Puts processors in force, atomically; returns whether anything changed. Throws and changes nothing if it can't. */
  readonly apply: (processors: Readonly<Record<string, unknown>>) => boolean
  readonly applied: (description: Description, by: string) => void
  readonly log: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
    error(fields: object, message: string): void
  }
}

/**
 * Reads the configuration anew and puts its processors in force. All the rest stays as it was at the start: what differs
 * there is named as needing a restart. Synchronous, so that reloads can't meet.
 */
export class Reloader {
  readonly #parts: ReloaderParts
  /** What runs: the processors of the last reload, the rest of the start. */
  #inForce: Description

  constructor(parts: ReloaderParts) {
    this.#parts = parts
    this.#inForce = parts.source.loaded.description
  }

  get inForce(): Description {
    return this.#inForce
  }

  /** `by`: who asked for it. Throws what is wrong, after it is logged; then nothing has changed. */
  reload(by: string): ReloadResult {
    const { source, apply, applied, log } = this.#parts
    const before = this.#inForce
    try {
      const { config, description, warnings } = source.load()
      const { needsRestart } = configChanges(source.loaded.config, config)
      const isApplied = apply(config.processors)
      const changes = { ...configChanges(before.value, description.value), needsRestart }
      this.#inForce = withProcessorsOf(before, description)
      const { hash } = this.#inForce
      if (isApplied) applied(this.#inForce, by)
      for (const warning of warnings) log.warn({}, warning)
      const status = isApplied ? 'applied' : 'unchanged'
      const { added, removed, changed, reordered } = changes
      const names = changed.map(({ processor }) => processor)
      log.info(
        { by, hash, added, removed, changed: names, reordered, needsRestart },
        isApplied ? 'the processors of the config are in force' : 'the config has the same processors',
      )
      return { status, hash, previousHash: before.hash, changes, warnings }
    } catch (error) {
      log.error(
        { by, reason: (error as Error).message },
        'the config was not reloaded; the rules in force stay',
      )
      throw error
    }
  }
}
