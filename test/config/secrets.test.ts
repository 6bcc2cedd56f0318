import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError, type LoadedConfig, loadConfig } from '../../src/config/load.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { loadOptions } from './load-options.ts'

/** What must never be seen, wherever it stands in the config. */
const CANARY = 'hunter2-canary-0123456789'

const GOOD = `
clickhouse:
  url: https://clickhouse:8443
  password: ${CANARY}
  reader: { username: r, password: ${CANARY} }
  tls: { ca: "-----BEGIN ${CANARY}", cert: "-----BEGIN ${CANARY}", key: "-----BEGIN ${CANARY}" }
credentials:
  - { name: a, token: ${CANARY}, scopes: [write] }
  - { name: b, token: "\${env:TOKEN}", scopes: [read] }
  - { name: c, token: "\${file:/run/token}", scopes: [read] }
telemetry: { traces: { endpoint: self, headers: { authorization: Bearer ${CANARY} } } }
processors:
  filter/a: { logs: ["body == \\"\${env:TOKEN}\\""] }
`

const WORLD = loadOptions({ env: { TOKEN: `env-${CANARY}` }, readFile: () => `file-${CANARY}\n` })

describe('a good config', () => {
  const loaded = loadConfig(GOOD, WORLD)

  it.each<[string, (loaded: LoadedConfig) => string]>([
    ['description', ({ description }) => description.text],
    ['JSON', ({ config }) => JSON.stringify({ ...config, processors: {} })],
    ['inspect', ({ config }) => inspect({ ...config, processors: {} }, { depth: null, showHidden: true })],
    ['template', ({ config }) => `${config.credentials.map(({ tokenSha256 }) => tokenSha256)}`],
    ['warnings', ({ warnings }) => warnings.join()],
  ])('%s shows no secret', (_name, show) => {
    expect(show(loaded)).not.toContain(CANARY)
  })

  it('keeps the secrets for those who need them', () => {
    const { clickhouse } = loaded.config
    expect(clickhouse.mode === 'server' && clickhouse.password.reveal()).toBe(CANARY)
  })

  it('logs none', () => {
    const lines: string[] = []
    const logger = createLogger(
      { logLevel: 'trace', serviceName: 'weir' },
      { write: (line) => void lines.push(line) },
    )
    const { clickhouse, credentials } = loaded.config
    logger.info({ clickhouse, credentials, headers: { authorization: `Bearer ${CANARY}` } }, 'config')
    logger.warn({ authorization: CANARY, request: { headers: { cookie: CANARY } } }, 'request')
    expect(lines).toHaveLength(2)
    expect(lines.join()).not.toContain(CANARY)
  })
})

/** Mistakes around a secret: the report says where, never what. */
const MISTAKES: ReadonlyArray<[name: string, yaml: string, path: string]> = [
  ['a token in place of a credential', `credentials: [${CANARY}]`, 'credentials[0]'],
  ['a token in place of the list', `credentials: ${CANARY}`, 'credentials'],
  [
    'a token too short',
    'credentials: [{ name: a, token: canary-01, scopes: [read] }]',
    'credentials[0].token',
  ],
  [
    'a token as its hash',
    `credentials: [{ name: a, tokenSha256: ${CANARY}, scopes: [read] }]`,
    'credentials[0].tokenSha256',
  ],
  [
    'a token that is a map',
    `credentials: [{ name: a, token: { value: ${CANARY} }, scopes: [read] }]`,
    'credentials[0].token',
  ],
  [
    'a password that is a list',
    `clickhouse: { url: "http://a:1", password: [${CANARY}] }`,
    'clickhouse.password',
  ],
  [
    'an unknown key with a secret',
    `clickhouse: { url: "http://a:1", pasword: ${CANARY} }`,
    'clickhouse.pasword',
  ],
  ['a password in the URL', `clickhouse: { url: "http://a:${CANARY}@host:1" }`, 'clickhouse.url'],
  ['a URL in place of the section', `clickhouse: "http://a:${CANARY}@host:1"`, 'clickhouse'],
  [
    'a password with a slash in the URL',
    `clickhouse: { url: "http://a:x/${CANARY}@host:1" }`,
    'clickhouse.url',
  ],
  ['a password with an @ in the URL', `clickhouse: { url: "http://a:x@${CANARY}@host:1" }`, 'clickhouse.url'],
  ['a password in a URL without a scheme', `clickhouse: { url: "a:${CANARY}@host:1" }`, 'clickhouse.url'],
  [
    'a password in the query of the URL',
    `clickhouse: { url: "http://host:1/?password=${CANARY}" }`,
    'clickhouse.url',
  ],
  [
    'a user with password in place of the reader',
    `clickhouse: { url: "http://a:1", reader: "r:${CANARY}" }`,
    'clickhouse.reader',
  ],
  [
    'a key in place of tls',
    `clickhouse: { url: "http://a:1", tls: "-----BEGIN KEY ${CANARY}" }`,
    'clickhouse.tls',
  ],
  ['a secret of the environment in the wrong place', 'ack: ${' + 'env:TOKEN}', 'ack'],
  [
    'a default of a secret',
    `clickhouse: { url: "http://a:1", tls: { key: "\${env:NONE:-${CANARY}}" } }`,
    'clickhouse.tls.key',
  ],
  [
    'a file that can not be read',
    `clickhouse: { url: "http://a:1", tls: { key: ${CANARY} } }`,
    'clickhouse.tls.key',
  ],
  ['broken YAML on the line of a secret', `password: "${CANARY}`, 'not valid YAML'],
  ['a colon in a bare secret', `password: x: ${CANARY}`, 'not valid YAML'],
  ['an unknown tag', `password: !secret ${CANARY}`, 'not valid YAML'],
  ['an alias without anchor', `password: *${CANARY}`, 'not valid YAML'],
]

it('a processor that quotes what it was given is not listened to', () => {
  const yaml = 'processors: { a: { x: ["${' + 'env:TOKEN}"], y: plain }, b: { x: [] } }'
  const quoting = (_name: string, config: unknown) => ({
    issues: [{ path: ['x'], message: JSON.stringify(config) }],
  })
  expect(() => loadConfig(yaml, { ...WORLD, validateProcessor: quoting })).toThrow(
    [
      'weir.yaml:1:20: processors.a.x: is wrong with what was substituted into it, which is not shown',
      'weir.yaml:1:58: processors.b.x: {"x":[]}',
    ].join('\n'),
  )
})

it.each(MISTAKES)('%s', (_name, yaml, path) => {
  let report = ''
  try {
    loadConfig(yaml, WORLD)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    report = `${inspect(error, { depth: null })}\n${(error as ConfigError).message}`
  }
  expect(report).toContain(path)
  expect(report).not.toContain('canary')
})
