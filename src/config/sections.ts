import { z } from 'zod'
import { cookieName, tenantId } from './access.ts'
import {
  byteSize,
  flag,
  forms,
  httpUrl,
  isMap,
  listenAddress,
  oneOf,
  password,
  pem,
  ratio,
  text,
  webOrigin,
  wholeNumber,
} from './fields.ts'
import { corsOrigin, otlpEndpoint, secretHeaders } from './peer-fields.ts'

/** The sections of the config that configure parts, one constant each; tenancy and credentials: see access.ts. */

const KiB = 2 ** 10
const MiB = 2 ** 20
const GiB = 2 ** 30
const TiB = 2 ** 40
const HOUR_MS = 3_600_000

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

export const listen = z.strictObject({
  grpc: listenAddress().prefault('127.0.0.1:4317').describe('OTLP over gRPC.'),
  http: listenAddress().prefault('127.0.0.1:4318').describe('OTLP over HTTP.'),
  api: listenAddress().prefault('127.0.0.1:3100').describe('API, metrics and health.'),
  insecure: flag()
    .prefault(false)
    .describe(
      'Allows listeners beyond loopback without credentials. Everyone who reaches them may write and read.',
    ),
})

const reader = z.strictObject({
  username: text({ expected: 'a user name' }),
  password: password().prefault(''),
})

const clickhouseServer = z.strictObject({
  url: httpUrl().describe('The HTTP interface.'),
  username: text({ expected: 'a user name' })
    .prefault('default')
    .describe('May write and change the schema of `database`.'),
  password: password().prefault(''),
  database: text({ expected: 'a database name (letters, digits, _)', pattern: IDENTIFIER })
    .prefault('weir')
    .describe("Holds Weir's tables and nothing else; never a database with the exporter's own tables."),
  cluster: text({ expected: 'the name of a cluster in remote_servers', pattern: /^[A-Za-z0-9_.-]{1,64}$/ })
    .optional()
    .describe('Renders the schema ON CLUSTER with Replicated engines.'),
  reader: reader
    .optional()
    .describe('A user with SELECT on `database` only; every query of the API runs as this user.'),
  tls: z
    .strictObject({
      ca: pem('the certificate authority').optional(),
      cert: pem('the client certificate').optional(),
      key: pem("the client certificate's key").optional(),
    })
    .optional(),
})

const clickhouseEmbedded = z.strictObject({
  embedded: z
    .strictObject({
      memoryBytesMax: byteSize({ min: 256 * MiB, max: TiB })
        .prefault('1GiB')
        .describe('max_server_memory_usage of the child.'),
    })
    .prefault({}),
})

type Embedded = z.output<typeof clickhouseEmbedded>['embedded']
type Server = z.output<typeof clickhouseServer>
export type ClickHouseConfig =
  | ({ readonly mode: 'embedded' } & Embedded)
  | ({ readonly mode: 'server' } & Server)

const asEmbedded = clickhouseEmbedded.transform(
  ({ embedded }): ClickHouseConfig => ({ mode: 'embedded', ...embedded }),
)
const asServer = clickhouseServer.transform((server): ClickHouseConfig => ({ mode: 'server', ...server }))

/** `embedded`, `{embedded: {…}}` or a server. */
export const clickhouse = forms('embedded, or a map with url, username, password, …', (value) => {
  if (value === 'embedded') return { schema: asEmbedded, input: {} }
  if (!isMap(value)) return undefined
  return { schema: 'embedded' in value ? asEmbedded : asServer, input: value }
})
export const clickhouseShapes = { embedded: clickhouseEmbedded, server: clickhouseServer }

export const ack = oneOf(['spool', 'clickhouse'])

export const ingest = z.strictObject({
  requestBytesMax: byteSize({ min: 64 * KiB, max: 256 * MiB })
    .prefault('16MiB')
    .describe('One request, decompressed.'),
  recordsPerRequestMax: wholeNumber({ min: 1, max: 2_000_000 }).prefault(200_000),
  attributesPerRecordMax: wholeNumber({ min: 1, max: 65_535 })
    .prefault(1024)
    .describe('Attributes of one record, scope or resource.'),
  futureToleranceMs: wholeNumber({ min: 0, max: 24 * HOUR_MS })
    .prefault(HOUR_MS)
    .describe(
      'A record further ahead gets the receive time; its own is kept as an attribute, except of data points.',
    ),
  inFlightBytesMax: byteSize({ min: MiB, max: 64 * GiB })
    .prefault('128MiB')
    .describe(
      'Requests that are being received or wait for their commit; beyond it senders are told to come back.',
    ),
  inFlightRequestsMax: wholeNumber({ min: 1, max: 1_000_000 }).prefault(2000),
  tls: z
    .strictObject({
      cert: pem('the certificate of the OTLP listeners, its chain after it,'),
      key: pem("the certificate's key"),
      clientCa: pem('the certificate authority of senders')
        .optional()
        .describe('Senders must show a certificate that it signed (mTLS).'),
    })
    .optional()
    .describe('Both OTLP listeners speak TLS only. The API does not: end TLS in front of it.'),
  cors: z
    .strictObject({
      allowedOrigins: z
        .array(corsOrigin())
        .max(100)
        .prefault([])
        .describe('https://shop.example.com, https://*.example.com for its subdomains, or * for every page.'),
      allowedHeaders: z
        .array(text({ expected: 'the name of a header', pattern: /^[A-Za-z0-9-]{1,256}$/ }))
        .max(100)
        .prefault([])
        .describe('Besides those of OTLP, Authorization and the tenant header.'),
      maxAgeSeconds: wholeNumber({ min: 0, max: 86_400 })
        .prefault(7200)
        .describe('How long a browser remembers that it may send.'),
    })
    .prefault({})
    .describe('Which web pages may send telemetry over HTTP from a browser. None, unless they are named.'),
})

export const spool = z.strictObject({
  commitIntervalMs: wholeNumber({ min: 1, max: 100 })
    .prefault(50)
    .describe('Requests that arrive within it share one fsync.'),
  commitBytesMax: byteSize({ min: 64 * KiB, max: 256 * MiB })
    .prefault('16MiB')
    .describe('A commit this big does not wait.'),
  segmentBytesMax: byteSize({ min: MiB, max: 4 * GiB })
    .prefault('128MiB')
    .describe('One file of the log.'),
  bytesMax: byteSize({ min: 4 * MiB, max: 64 * TiB })
    .prefault('8GiB')
    .describe('The whole log, while ClickHouse is away; beyond it senders are told to come back.'),
  freeBytesMin: byteSize({ min: 0, max: TiB })
    .prefault('256MiB')
    .describe('Below this much free disk nothing is taken, so that what was taken can still be inserted.'),
  dedupWindowMs: wholeNumber({ min: 0, max: 24 * HOUR_MS })
    .prefault(600_000)
    .describe('How long a request that is sent again is recognised.'),
  dedupRequestsMax: wholeNumber({ min: 1, max: 50_000_000 })
    .prefault(500_000)
    .describe('How many requests are remembered for that.'),
})

export const inserter = z.strictObject({
  groupRowsMax: wholeNumber({ min: 1000, max: 10_000_000 }).prefault(100_000).describe('Rows of one insert.'),
  groupBytesMax: byteSize({ min: MiB, max: 192 * MiB })
    .prefault('64MiB')
    .describe('ClickHouse cuts inserts above 256MiB in two.'),
  groupAgeMs: wholeNumber({ min: 10, max: 600_000 })
    .prefault(1500)
    .describe('An insert waits this long for more rows.'),
  thinGroupAgeMs: wholeNumber({ min: 10, max: 600_000 })
    .prefault(5000)
    .describe('The same, for partitions with few rows.'),
  attemptTimeoutMs: wholeNumber({ min: 1000, max: HOUR_MS }).prefault(60_000),
  retryMinMs: wholeNumber({ min: 10, max: HOUR_MS }).prefault(200),
  retryMaxMs: wholeNumber({ min: 10, max: HOUR_MS }).prefault(30_000),
  concurrency: wholeNumber({ min: 1, max: 64 }).prefault(2).describe('Inserts at the same time.'),
})

const DAYS = { min: 1, max: 3650 } as const

const policy = z.strictObject({
  tenant: text({ expected: 'a tenant, * for any run of characters' }).optional(),
  namespace: text({ expected: 'a k8s.namespace.name, * for any run of characters' }).optional(),
  service: text({ expected: 'a service.name, * for any run of characters' }).optional(),
  days: wholeNumber(DAYS).describe('Rounded up to the next of `classes`.'),
})

export const retention = z.strictObject({
  defaultDays: wholeNumber(DAYS).prefault(30).describe('One of `classes`.'),
  classes: z
    .array(wholeNumber(DAYS))
    .min(1)
    .max(16)
    .prefault([3, 7, 14, 30, 90, 365])
    .describe('Each class in use is one more part per insert.'),
  policies: z.array(policy).max(1000).prefault([]).describe('The first that matches decides.'),
})

const attributeName = () => text({ expected: 'the name of an attribute', lengthMax: 256 })

export const resource = z.strictObject({
  appIdAttributes: z
    .array(attributeName())
    .max(16)
    .prefault(['loco.resource.id'])
    .describe('The first one present names the app; else service.name, else the Kubernetes workload.'),
})

export const logs = z.strictObject({
  sourceTimeAttribute: attributeName()
    .prefault('weir.source_time')
    .describe("Log attribute with the container runtime's own stamp (RFC 3339 or ns)."),
  textIndex: flag()
    .prefault(true)
    .describe(
      'Full-text index on the body: fast word search, about twice the disk. Only when the table is made.',
    ),
})

export const series = z.strictObject({
  seriesMax: wholeNumber({ min: 1000, max: 100_000_000 })
    .prefault(10_000_000)
    .describe('Active series that are counted, of all tenants: about 20 bytes of memory each.'),
  metricsMax: wholeNumber({ min: 100, max: 1_000_000 })
    .prefault(100_000)
    .describe('Metrics whose series are counted, of all tenants.'),
  idleAfterMs: wholeNumber({ min: 60_000, max: 24 * HOUR_MS })
    .prefault(1_200_000)
    .describe('A series that was not seen for so long is not active; one seen within half of it is.'),
  saveIntervalMs: wholeNumber({ min: 1000, max: HOUR_MS })
    .prefault(60_000)
    .describe('How often the active series are saved whole; new ones are noted every second.'),
  labelValuesMax: wholeNumber({ min: 1000, max: 100_000_000 })
    .prefault(2_000_000)
    .describe('Values of labels that are counted where a limit asks for it: about 20 bytes of memory each.'),
  foldMembersMax: wholeNumber({ min: 100, max: 50_000_000 })
    .prefault(1_000_000)
    .describe('Series that are folded into others, of all tenants: about 60 bytes of memory each.'),
  foldsMax: wholeNumber({ min: 10, max: 4_000_000 })
    .prefault(100_000)
    .describe('Series that folding makes, of all tenants.'),
  foldBucketsMax: wholeNumber({ min: 1000, max: 500_000_000 })
    .prefault(8_000_000)
    .describe('Counts and buckets that are remembered of folded histograms: 8 bytes of memory each.'),
})

export const tail = z.strictObject({
  viewersMax: wholeNumber({ min: 1, max: 100_000 })
    .prefault(2000)
    .describe('Live tails of all tenants together; beyond it they are refused with close code 1013.'),
  viewersPerTenant: wholeNumber({ min: 1, max: 100_000 }).prefault(200),
  queueBytesMax: byteSize({ min: 16 * KiB, max: 64 * MiB })
    .prefault('384KiB')
    .describe('What waits for a viewer that reads slowly; beyond it the oldest lines go, and it is told.'),
  queueLinesMax: wholeNumber({ min: 10, max: 1_000_000 }).prefault(10_000).describe('The same in lines.'),
  blockedMsMax: wholeNumber({ min: 1000, max: HOUR_MS })
    .prefault(30_000)
    .describe('A viewer that reads nothing for so long while lines wait is closed.'),
  pingIntervalMs: wholeNumber({ min: 100, max: HOUR_MS })
    .prefault(10_000)
    .describe('How often viewers are asked whether they are still there; one that misses two is closed.'),
  accessCheckMs: wholeNumber({ min: 100, max: HOUR_MS })
    .prefault(30_000)
    .describe('How often it is asked whether a viewer may still read.'),
  lingerMs: wholeNumber({ min: 0, max: HOUR_MS })
    .prefault(20_000)
    .describe('How long a source is still followed once nobody watches it.'),
  ringBytesMax: byteSize({ min: 64 * KiB, max: GiB })
    .prefault('8MiB')
    .describe('Received records that are kept for viewers that come later, while there are any.'),
  historyLinesMax: wholeNumber({ min: 0, max: 100_000 })
    .prefault(5000)
    .describe('Stored lines that a tail may begin with.'),
  historyReadsMax: wholeNumber({ min: 1, max: 1000 })
    .prefault(4)
    .describe('Reads of stored lines for tails that run at once; others wait. Not of the budget of queries.'),
  catchUpMsMax: wholeNumber({ min: 100, max: HOUR_MS })
    .prefault(20_000)
    .describe('How long a tail waits for received rows to be readable before it says that there is a gap.'),
  replicaPollMs: wholeNumber({ min: 100, max: HOUR_MS })
    .prefault(2000)
    .describe('How often rows that other gateways received are asked for.'),
})

export const api = z.strictObject({
  allowedOrigins: z
    .array(webOrigin())
    .max(100)
    .prefault([])
    .describe('Web pages of other origins that may call the API.'),
  servedHosts: z
    .array(
      text({
        expected: 'a host name, with a port or without',
        pattern: /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/,
      }),
    )
    .max(100)
    .prefault([])
    .describe(
      'Names under which the API is reached, besides loopback and the listen address (against DNS rebinding).',
    ),
  credentialCookie: cookieName()
    .optional()
    .describe('A cookie of this name is read as the credential of jwt and authCallback: for browsers.'),
})

const traces = z.strictObject({
  endpoint: otlpEndpoint()
    .prefault('off')
    .describe("An OTLP/gRPC receiver, self for this gateway's own gRPC listener, or off."),
  headers: secretHeaders().prefault({}).describe('Sent with every export, such as authorization.'),
  sampleRatio: ratio()
    .prefault(0.01)
    .describe('Of requests that no traced client sends; those of a traced client follow its decision.'),
  queueSpansMax: wholeNumber({ min: 1, max: 1_000_000 })
    .prefault(2048)
    .describe('Ended spans that wait for their export; beyond it they are lost, and counted.'),
  batchSpansMax: wholeNumber({ min: 1, max: 100_000 }).prefault(512).describe('Spans of one export.'),
  batchDelayMs: wholeNumber({ min: 10, max: 600_000 })
    .prefault(5000)
    .describe('How long the first span of a batch waits for others.'),
})

export const telemetry = z.strictObject({
  logLevel: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).prefault('info'),
  serviceName: text({ expected: 'a name', lengthMax: 255 }).prefault('weir'),
  traces: traces.prefault({}).describe("Weir's own traces."),
  metricsIntervalMs: wholeNumber({ min: 0, max: HOUR_MS })
    .prefault(15_000)
    .describe("How often Weir's own metrics and the ledger's sums are stored as metrics; 0: never."),
  metricsTenant: tenantId()
    .prefault('weir')
    .describe('Whose they are with tenancy: multi; with single they belong to default as all else.'),
})
