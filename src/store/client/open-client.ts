import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { createAgent } from './agent.ts'
import type { Endpoint } from './endpoint.ts'

export type ClientOptions = {
  /** Without it, the user's default one. */
  readonly database?: string
  readonly socketsMax: number
  readonly timeoutMs: number
}

/** The client library, with an agent of our own: its own TLS options can't say insecureSkipVerify, or a key without a CA. */
export function openClient(endpoint: Endpoint, options: ClientOptions): ClickHouseClient {
  const { origin, pathname } = new URL(endpoint.url)
  return createClient({
    // A path in `url` would be taken for the database.
    url: origin,
    ...(pathname === '/' ? {} : { pathname }),
    username: endpoint.username,
    password: endpoint.password,
    ...(options.database === undefined ? {} : { database: options.database }),
    application: 'weir',
    http_agent: createAgent(endpoint, options.socketsMax),
    request_timeout: options.timeoutMs,
    log: { level: ClickHouseLogLevel.OFF },
  })
}
