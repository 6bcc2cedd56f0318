import type { ClickHouseConfig } from '../../config/sections.ts'
import type { Endpoint, TlsOptions } from '../client/endpoint.ts'
import { createEmbeddedEngine } from './embedded.ts'
import type { EngineLog, ManagedEngine } from './engine.ts'
import { createRemoteEngine } from './remote.ts'

export type EngineContext = {
  /** Where the embedded engine keeps its files. */
  readonly directory: string
  readonly log: EngineLog
}

type ServerConfig = Extract<ClickHouseConfig, { mode: 'server' }>

/**
 * The engine that the config's `clickhouse` section names, not yet started. Throws EngineUnavailableError where the
 * embedded one can't exist.
 */
export function createEngine(config: ClickHouseConfig, { directory, log }: EngineContext): ManagedEngine {
  if (config.mode === 'embedded') {
    return createEmbeddedEngine({ directory, log, memoryBytesMax: config.memoryBytesMax })
  }
  const { reader } = config
  return createRemoteEngine({
    endpoint: endpointOf(config),
    database: config.database,
    ...(config.cluster === undefined ? {} : { cluster: config.cluster }),
    ...(reader === undefined
      ? {}
      : { reader: { username: reader.username, password: reader.password.reveal() } }),
    log,
  })
}

function endpointOf({ url, username, password, tls }: ServerConfig): Endpoint {
  return { url, username, password: password.reveal(), ...(tls === undefined ? {} : { tls: tlsOf(tls) }) }
}

function tlsOf({ ca, cert, key }: NonNullable<ServerConfig['tls']>): TlsOptions {
  return {
    ...(ca === undefined ? {} : { ca: ca.reveal() }),
    ...(cert === undefined ? {} : { cert: cert.reveal() }),
    ...(key === undefined ? {} : { key: key.reveal() }),
  }
}
