import { expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config/load.ts'
import { loadOptions } from './load-options.ts'

/** What a user reads on stderr for each mistake: the whole report, to the letter. */
const SIZE = 'such as 64MiB (B, KiB, MiB, GiB, TiB) or a number of bytes'
const ADDRESS =
  'expected host:port such as 127.0.0.1:4317, 0.0.0.0:4317 or [::1]:4317 (port 0: any free port), or off'
const TENANT = "expected a tenant: at most 150 of A-Z a-z 0-9 ! - _ . * ' ( ), in quotes if it is a number"

const RECEIVER =
  'the URL of an OTLP/gRPC receiver such as http://collector:4317 (scheme, host, port; no path, no user), self, or off'
const HEADERS = `a map of header names and their values, such as authorization: "Bearer \${env:TOKEN}"`

const CASES: ReadonlyArray<[name: string, yaml: string, report: string]> = [
  ['a key that is nearly one', 'spol: {}', 'weir.yaml:1:1: spol: unknown key; did you mean spool?'],
  [
    'a key that is nearly one, further down',
    'spool:\n  commitBytsMax: 1MiB',
    'weir.yaml:2:3: spool.commitBytsMax: unknown key; did you mean spool.commitBytesMax?',
  ],
  [
    'snake_case where camelCase is meant',
    'spool: { commit_bytes_max: 1MiB }',
    'weir.yaml:1:10: spool.commit_bytes_max: unknown key; did you mean spool.commitBytesMax?',
  ],
  [
    'a key in the wrong section',
    'ingest: { groupRowsMax: 5000 }',
    'weir.yaml:1:11: ingest.groupRowsMax: unknown key here; it stands at inserter.groupRowsMax',
  ],
  [
    'a key that is like none',
    'retention: { forever: true }',
    'weir.yaml:1:14: retention.forever: unknown key; known here: defaultDays, classes, policies',
  ],
  [
    'a key in a list entry',
    'retention:\n  policies:\n    - { tenant: a, day: 3, days: 3 }',
    'weir.yaml:3:20: retention.policies[0].day: unknown key; did you mean retention.policies[0].days?',
  ],
  [
    'keys of an object that JavaScript has',
    '__proto__: { polluted: 1 }',
    'weir.yaml:1:1: __proto__: unknown key; known here: listen, dataDir, clickhouse, ack, ingest, spool, inserter, retention, tenancy, credentials, jwt, authCallback, resource, logs, processors, series, query, tail, kubernetes, api, telemetry',
  ],
  [
    'a key that needs quotes, with a control character',
    '"a\\u001b[2J": 1',
    'weir.yaml:1:1: ["a\\u001b[2J"]: unknown key; known here: listen, dataDir, clickhouse, ack, ingest, spool, inserter, retention, tenancy, credentials, jwt, authCallback, resource, logs, processors, series, query, tail, kubernetes, api, telemetry',
  ],
  [
    'embedded and a server at once',
    'clickhouse: { embedded: {}, url: "http://a:1" }',
    'weir.yaml:1:29: clickhouse.url: does not go together with the other keys here',
  ],
  [
    'a size without a unit that exists',
    'spool: { bytesMax: 8GB }',
    `weir.yaml:1:10: spool.bytesMax: got "8GB", expected a size from 4MiB to 64TiB, ${SIZE}`,
  ],
  [
    'a size out of bounds',
    'inserter: { groupBytesMax: 1GiB }',
    `weir.yaml:1:13: inserter.groupBytesMax: got "1GiB", expected a size from 1MiB to 192MiB, ${SIZE}`,
  ],
  [
    'a number out of bounds',
    'spool: { commitIntervalMs: 101 }',
    'weir.yaml:1:10: spool.commitIntervalMs: got 101, expected a whole number from 1 to 100',
  ],
  [
    'a fraction',
    'retention: { defaultDays: 1.5 }',
    'weir.yaml:1:14: retention.defaultDays: got 1.5, expected a whole number from 1 to 3650',
  ],
  [
    'a word for a flag',
    'logs: { textIndex: yes }',
    'weir.yaml:1:9: logs.textIndex: got "yes", expected true or false',
  ],
  [
    'an origin with a path',
    'ingest: { cors: { allowedOrigins: ["https://shop.example.com/app"] } }',
    'weir.yaml:1:36: ingest.cors.allowedOrigins[0]: got "https://shop.example.com/app", expected an origin such as https://shop.example.com, https://*.example.com, or *',
  ],
  [
    'a wildcard within a name',
    'ingest: { cors: { allowedOrigins: ["https://shop*.example.com"] } }',
    'weir.yaml:1:36: ingest.cors.allowedOrigins[0]: got "https://shop*.example.com", expected an origin such as https://shop.example.com, https://*.example.com, or *',
  ],
  [
    'a ratio in percent',
    'telemetry: { traces: { sampleRatio: 5 } }',
    'weir.yaml:1:24: telemetry.traces.sampleRatio: got 5, expected a number from 0 to 1',
  ],
  [
    'a batch that the queue can not hold',
    'telemetry: { traces: { queueSpansMax: 100 } }',
    'weir.yaml:1:14: telemetry.traces.batchSpansMax: 512 is more than telemetry.traces.queueSpansMax (100); a batch is taken from the queue',
  ],
  ...['collector:4317', 'http://collector', 'http://collector:4317/v1/traces'].map(
    (endpoint): [string, string, string] => [
      `${endpoint} for a receiver of traces`,
      `telemetry: { traces: { endpoint: "${endpoint}" } }`,
      `weir.yaml:1:24: telemetry.traces.endpoint: got "${endpoint}", expected ${RECEIVER}`,
    ],
  ),
  [
    'a receiver with a password in its URL',
    'telemetry: { traces: { endpoint: "http://weir:secret@collector:4317" } }',
    `weir.yaml:1:24: telemetry.traces.endpoint: got a value that is not shown, expected ${RECEIVER}`,
  ],
  ...['grpc-timeout: 1S', 'x-bin: AA', '"a b": c', 'authorization: 5', 'x: "a\\nb"'].map(
    (header): [string, string, string] => [
      `the header ${header}`,
      `telemetry: { traces: { headers: { ${header} } } }`,
      `weir.yaml:1:24: telemetry.traces.headers: got a map, expected ${HEADERS}`,
    ],
  ),
  [
    'headers as text',
    'telemetry: { traces: { headers: "authorization=Bearer secret" } }',
    `weir.yaml:1:24: telemetry.traces.headers: got a value that is not shown, expected ${HEADERS}`,
  ],
  [
    'own traces to a listener that is off',
    'listen: { grpc: off }\ntelemetry: { traces: { endpoint: self } }',
    'weir.yaml:2:24: telemetry.traces.endpoint: self is the listener listen.grpc, which is off; turn it on, or name a URL',
  ],
  [
    'a word that is no choice',
    'ack: spol',
    'weir.yaml:1:1: ack: got "spol", expected one of spool, clickhouse',
  ],
  ['a port without a host', 'listen: { grpc: 4317 }', `weir.yaml:1:11: listen.grpc: got 4317, ${ADDRESS}`],
  [
    'a port too high',
    'listen: { grpc: "[::1]:65536" }',
    `weir.yaml:1:11: listen.grpc: got "[::1]:65536", ${ADDRESS}`,
  ],
  ['a list for a map', 'spool: [1]', 'weir.yaml:1:1: spool: got a list, expected a map'],
  ['a map for a list', 'credentials: {}', 'weir.yaml:1:1: credentials: got a map, expected a list'],
  [
    'nothing in a list',
    'retention: { classes: [3, null] }',
    'weir.yaml:1:27: retention.classes[1]: got nothing, expected a whole number from 1 to 3650',
  ],
  ['the file is a list', '- a', 'weir.yaml: got a list, expected a map'],
  [
    'no url',
    'clickhouse: { username: a }',
    'weir.yaml:1:1: clickhouse.url: missing; expected a URL such as https://clickhouse:8443, without user and password in it (they have keys of their own)',
  ],
  [
    'a word for ClickHouse',
    'clickhouse: local',
    'weir.yaml:1:1: clickhouse: got "local", expected embedded, or a map with url, username, password, …',
  ],
  [
    "ClickHouse's own database",
    'clickhouse: { url: "http://a:1", database: default }',
    'weir.yaml:1:34: clickhouse.database: "default" belongs to ClickHouse; name a database of Weir\'s own, such as weir',
  ],
  [
    'tls without effect',
    'clickhouse: { url: "http://a:1", tls: {} }',
    'weir.yaml:1:34: clickhouse.tls: clickhouse.url says http:, where tls has no effect; write https:',
  ],
  [
    'a tenancy',
    'tenancy: dual',
    'weir.yaml:1:1: tenancy: got "dual", expected single, multi, or a map with mode, attribute, …',
  ],
  [
    'a pattern with two stars',
    'tenancy: { mode: multi, namespacePattern: "*-*" }',
    'weir.yaml:1:25: tenancy.namespacePattern: got "*-*", expected a Kubernetes namespace with exactly one * where the tenant stands, such as ws-*',
  ],
  [
    'a tenant that climbs',
    'tenancy: { mode: multi, static: ".." }',
    `weir.yaml:1:25: tenancy.static: got "..", ${TENANT}`,
  ],
  [
    'a tenant that YAML made a number',
    'credentials: [{ name: a, token: "0123456789abcdef", scopes: [read], tenants: [0042] }]',
    `weir.yaml:1:79: credentials[0].tenants[0]: got 42, ${TENANT}`,
  ],
  [
    'a scope',
    'credentials: [{ name: a, token: "0123456789abcdef", scopes: [owner] }]',
    'weir.yaml:1:62: credentials[0].scopes[0]: got "owner", expected one of write, read, assign-tenant, admin',
  ],
  [
    'a credential without a token',
    'credentials: [{ name: a, scopes: [read] }]',
    'weir.yaml:1:15: credentials[0]: got a map, expected exactly one of token and tokenSha256',
  ],
  [
    'an origin with a path',
    'api: { allowedOrigins: ["https://a.example/x"] }',
    'weir.yaml:1:25: api.allowedOrigins[0]: got "https://a.example/x", expected an origin such as https://grafana.example.com (scheme, host, port; no path)',
  ],
  [
    'rows smaller than they may be',
    'ingest: { inFlightBytesMax: 8MiB }',
    'weir.yaml:1:1: ingest.requestBytesMax: 16MiB is more than ingest.inFlightBytesMax (8MiB); the largest request must fit',
  ],
  [
    'delays the wrong way round',
    'inserter: { retryMinMs: 5000, retryMaxMs: 1000 }',
    'weir.yaml:1:13: inserter.retryMinMs: 5000 is more than inserter.retryMaxMs (1000); the delay grows from one to the other',
  ],
  [
    'a query that leaves no memory',
    'query: { memoryBytesMax: 1GiB }',
    'weir.yaml:1:10: query.memoryBytesMax: 1GiB is not less than clickhouse.embedded.memoryBytesMax (1GiB); one query must leave memory for inserts',
  ],
  [
    'a default that is no class',
    'retention: { defaultDays: 10 }',
    'weir.yaml:1:14: retention.defaultDays: 10 is not one of retention.classes (3, 7, 14, 30, 90, 365)',
  ],
  [
    'classes out of order',
    'retention: { classes: [30, 7] }',
    'weir.yaml:1:14: retention.classes: the classes must rise from one to the next',
  ],
  [
    'a policy beyond the longest class',
    'retention: { policies: [{ tenant: a, days: 366 }] }',
    'weir.yaml:1:38: retention.policies[0].days: 366 is more than the longest of retention.classes (365); add a class',
  ],
  [
    'a policy for everything',
    'retention: { policies: [{ days: 3 }] }',
    'weir.yaml:1:25: retention.policies[0]: it names no tenant, namespace or service; for everything else there is retention.defaultDays',
  ],
  ['a tab', 'spool:\n\tbytesMax: 1GiB', 'weir.yaml:2:1: not valid YAML: a tab can not indent; use spaces'],
  [
    'a key twice',
    'ack: spool\nack: spool',
    'weir.yaml:2:1: not valid YAML: this key stands twice in the same map',
  ],
  [
    'a colon too many',
    'ack: spool: x',
    'weir.yaml:1:6: not valid YAML: this can not be a key here; check the indentation and the quotes',
  ],
  [
    'two documents',
    'ack: spool\n---\nack: spool',
    'weir.yaml:2:1: not valid YAML: one document per file: remove the --- line and what does not belong',
  ],
]

it.each(CASES)('%s', (_name, yaml, report) => {
  expect(reportOf(yaml)).toBe(report)
})

it('tells everything at once, in the order of the file', () => {
  const yaml =
    'spol: 1\nquery:\n  limitMax: 0\n  timeoutMS: x\nack: never\nprocessors:\n  bad/one:\n    logs: [a]\n'
  const options = loadOptions({
    validateProcessor: (name) =>
      name === 'bad/one'
        ? { issues: [{ path: ['logs', 0], message: 'expected a condition' }] }
        : { warnings: [] },
  })
  expect(reportOf(yaml, options).split('\n')).toEqual([
    'weir.yaml:1:1: spol: unknown key; did you mean spool?',
    'weir.yaml:3:3: query.limitMax: got 0, expected a whole number from 1 to 1000000',
    'weir.yaml:4:3: query.timeoutMS: unknown key; did you mean query.timeoutMs?',
    'weir.yaml:5:1: ack: got "never", expected one of spool, clickhouse',
    'weir.yaml:8:12: processors["bad/one"].logs[0]: expected a condition',
  ])
})

it('holds against anchors that multiply and against depth', () => {
  const doubling = [
    'a: &a [x]',
    ...Array.from(
      { length: 30 },
      (_, i) =>
        `b${i}: &${i === 29 ? 'z' : `n${i}`} [*${i === 0 ? 'a' : `n${i - 1}`}, *${i === 0 ? 'a' : `n${i - 1}`}]`,
    ),
  ]
  expect(reportOf(doubling.join('\n'))).toBe(
    'weir.yaml: more than 200000 values or 1000 aliases, or deeper than 64 levels',
  )
  expect(reportOf(`${'['.repeat(100)}${']'.repeat(100)}`)).toBe(
    'weir.yaml: more than 200000 values or 1000 aliases, or deeper than 64 levels',
  )
})

function reportOf(yaml: string, options = loadOptions()): string {
  try {
    loadConfig(yaml, options)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'accepted'
}
