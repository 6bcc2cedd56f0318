import { z } from 'zod'
import { authCallback, credentials, jwt, tenancy } from './access.ts'
import { text } from './fields.ts'
import { kubernetes } from './kubernetes.ts'
import { query } from './query-section.ts'
import {
  ack,
  api,
  clickhouse,
  ingest,
  inserter,
  listen,
  logs,
  resource,
  retention,
  series,
  spool,
  tail,
  telemetry,
} from './sections.ts'

/**
 * The whole configuration: the one place of types, defaults, bounds and documentation. Strict everywhere; what
 * the values must be to each other is in relations.ts.
 */
export const configSchema = z.strictObject({
  listen: listen.prefault({}).describe('Where Weir listens: host:port or off.'),
  dataDir: text({ expected: 'a folder', lengthMax: 4096 })
    .prefault('./data')
    .describe(
      'Spool and embedded database. The environment variable WEIR_DATA_DIR wins. One gateway per folder.',
    ),
  clickhouse: clickhouse
    .prefault('embedded')
    .describe('embedded, {embedded: {…}}, or a server: {url, username, password, …}.'),
  ack: ack
    .prefault('spool')
    .describe(
      'When a sender hears OK: spool = fsynced here, clickhouse = inserted (for gateways without a volume).',
    ),
  ingest: ingest.prefault({}).describe('Limits of what is taken in.'),
  spool: spool.prefault({}).describe('The log on disk between OK and the insert.'),
  inserter: inserter.prefault({}).describe('How rows are grouped and sent to ClickHouse.'),
  retention: retention.prefault({}).describe('How long rows live.'),
  tenancy: tenancy.prefault('single').describe('single, multi, or a map.'),
  credentials: credentials
    .prefault([])
    .describe('Bearer tokens. As soon as there is one, every request needs one.'),
  jwt: jwt.optional().describe('Tokens signed by an identity provider, for the API.'),
  authCallback: authCallback
    .optional()
    .describe('Credentials that only the platform knows: it is asked. For the API.'),
  resource: resource.prefault({}).describe('What resource attributes mean.'),
  logs: logs.prefault({}).describe('Logs.'),
  processors: z
    .record(z.string(), z.unknown())
    .prefault({})
    .describe('Rules in order of application: kind or kind/name, such as filter/noisy.'),
  series: series.prefault({}).describe('How active series of metrics are counted.'),
  query: query.prefault({}).describe('Limits of reads.'),
  tail: tail.prefault({}).describe('Live tails: their budget, apart from that of queries.'),
  kubernetes: kubernetes.prefault({}).describe('Clusters whose pod logs are tailed.'),
  api: api.prefault({}).describe('Which web pages and names the API answers to.'),
  telemetry: telemetry.prefault({}).describe("Weir's own logs and traces."),
})

/** A checked configuration with every default filled in. Secrets are {@link import('./secret.ts').Secret}s. */
export type Config = z.output<typeof configSchema>

/** Every default, for tests and as a base: `dataDir` is relative as written. */
export function defaultConfig(): Config {
  return configSchema.parse({})
}
