// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is the config's own syntax
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { configJsonSchema, type JsonSchema } from '../../src/config/json-schema.ts'
import { ConfigError, loadConfig, loadConfigFile } from '../../src/config/load.ts'
import { defaultConfig } from '../../src/config/schema.ts'
import { loadOptions } from './load-options.ts'

const root = new URL('../../', import.meta.url)
const MiB = 2 ** 20

describe('values', () => {
  it.each<[yaml: string, expected: unknown]>([
    ['spool: { bytesMax: 8GiB }', 8 * 1024 * MiB],
    ['spool: { bytesMax: 1.5 GiB }', 1536 * MiB],
    ['spool: { bytesMax: 1073741824 }', 1024 * MiB],
    ['spool: { bytesMax: "1073741824" }', 1024 * MiB],
    ['spool: { bytesMax: "1073741824B" }', 1024 * MiB],
    ['spool: { bytesMax: "${env:SIZE}" }', 512 * MiB],
    ['spool: { bytesMax: "${env:DIGITS}00000000" }', 4200000000],
    ['spool: { bytesMax: }', 8 * 1024 * MiB],
    ['spool:', 8 * 1024 * MiB],
  ])('%s', (yaml, expected) => {
    const { config } = loadConfig(yaml, loadOptions({ env: { SIZE: '512MiB', DIGITS: '42' } }))
    expect(config.spool.bytesMax).toBe(expected)
  })

  it.each([
    ['0.0.0.0:4317', { host: '0.0.0.0', port: 4317 }],
    ['"[::]:4317"', { host: '::', port: 4317 }],
    ['weir.svc:0', { host: 'weir.svc', port: 0 }],
    ['off', null],
    ['false', null],
  ])('listen.grpc: %s', (yaml, expected) => {
    expect(loadConfig(`listen: { grpc: ${yaml} }`, loadOptions()).config.listen.grpc).toEqual(expected)
  })

  it.each([
    ['https://shop.example.com', 'https://shop.example.com'],
    ['HTTPS://Shop.Example.com/', 'https://shop.example.com'],
    ['https://*.Example.com', 'https://*.example.com'],
    ['https://*.example.com:443', 'https://*.example.com'],
    ['http://*.example.com:8080', 'http://*.example.com:8080'],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['*', '*'],
  ])('ingest.cors.allowedOrigins: %s', (origin, expected) => {
    const { config } = loadConfig(`ingest: { cors: { allowedOrigins: ["${origin}"] } }`, loadOptions())
    expect(config.ingest.cors.allowedOrigins).toEqual([expected])
  })

  it.each([
    ['off', null],
    ['self', 'self'],
    ['http://collector:4317', 'http://collector:4317'],
    ['"http://[::1]:4317/"', 'http://[::1]:4317'],
    ['https://collector.example.com', 'https://collector.example.com'],
  ])('telemetry.traces.endpoint: %s', (endpoint, expected) => {
    const yaml = `telemetry: { traces: { endpoint: ${endpoint}, sampleRatio: "0.5", headers: { X-Key: a } } }`
    const { traces } = loadConfig(yaml, loadOptions()).config.telemetry
    expect([traces.endpoint, traces.sampleRatio]).toEqual([expected, 0.5])
    expect(traces.headers['x-key']?.reveal()).toBe('a')
  })

  it('headers that cross the network in clear are warned of', () => {
    const warnings = (endpoint: string): ReadonlyArray<string> =>
      loadConfig(`telemetry: { traces: { endpoint: "${endpoint}", headers: { x: y } } }`, loadOptions())
        .warnings
    expect(warnings('http://127.0.0.1:4317')).toEqual([])
    expect(warnings('https://collector:4317')).toEqual([])
    expect(warnings('http://collector:4317')).toEqual([expect.stringContaining('in clear')])
  })

  it('own traces to a listener that asks for a credential need one', () => {
    const credentials = 'credentials: [{ name: a, token: 0123456789abcdef, scopes: [write, read] }]'
    const warnings = (headers: string): ReadonlyArray<string> =>
      loadConfig(
        `${credentials}\ntelemetry: { traces: { endpoint: self, headers: ${headers} } }`,
        loadOptions(),
      ).warnings
    expect(warnings('{ Authorization: Bearer 0123456789abcdef }')).toEqual([])
    expect(warnings('{}')).toEqual([expect.stringContaining('own traces are refused')])
  })

  it('a short form means the same as its map', () => {
    const load = (yaml: string): unknown => loadConfig(yaml, loadOptions()).config
    expect(load('clickhouse: embedded')).toEqual(load(''))
    expect(load('clickhouse: { embedded: {} }')).toEqual(load(''))
    expect(load('tenancy: multi')).toEqual(load('tenancy: { mode: multi }'))
  })

  it('a token and its SHA-256 are the same credential', () => {
    // From sha256sum.
    const digest = '9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f'
    const [one] = loadConfig(
      'credentials: [{ name: a, token: 0123456789abcdef, scopes: [read] }]',
      loadOptions(),
    ).config.credentials
    expect(one!.tokenSha256.reveal()).toBe(digest)
  })

  it('WEIR_DATA_DIR wins, relative folders start at the working directory', () => {
    const dataDir = (yaml: string, env: Record<string, string>): string =>
      loadConfig(yaml, loadOptions({ env })).config.dataDir
    expect(dataDir('', {})).toBe('/srv/weir/data')
    expect(dataDir('dataDir: /var/lib/weir', {})).toBe('/var/lib/weir')
    expect(dataDir('dataDir: /var/lib/weir', { WEIR_DATA_DIR: 'elsewhere' })).toBe('/srv/weir/elsewhere')
    expect(dataDir('dataDir: /var/lib/weir', { WEIR_DATA_DIR: '' })).toBe('/var/lib/weir')
  })
})

describe('substitution', () => {
  const env = { NAME: 'value', EMPTY: '', TRICK: '"}\nack: clickhouse\n${env:NAME}' }
  const readFile = (path: string): string => `content of ${path}\n`

  it.each<[text: string, expected: string]>([
    ['${env:NAME}', 'value'],
    ['a-${env:NAME}-${env:NAME}', 'a-value-value'],
    ['${env:MISSING:-default}', 'default'],
    ['${env:EMPTY:-default}', 'default'],
    ['${env:NAME:-default}', 'value'],
    ['${env:MISSING:-}x', 'x'],
    ['${file:/run/secret}', 'content of /run/secret'],
    ['$${env:NAME}', '${env:NAME}'],
    ['${1}', '${1}'],
    ['costs 5$', 'costs 5$'],
    ['${env:TRICK}', env.TRICK],
  ])('%s', (text, expected) => {
    const yaml = `telemetry: { serviceName: ${JSON.stringify(text)} }`
    const { config } = loadConfig(yaml, loadOptions({ env, readFile }))
    expect(config.telemetry.serviceName).toBe(expected)
    expect(config.ack).toBe('spool')
  })

  it.each([
    [
      '${env:MISSING}',
      'the environment variable MISSING is not set; set it, or write ${env:MISSING:-default}',
    ],
    ['${file:/none}', 'the file "/none" can not be read (ENOENT)'],
    ['${env:}', 'an environment variable is written as ${env:NAME} or ${env:NAME:-default}'],
    ['${NAME}', 'unknown substitution ${NAME}: write ${env:NAME}, or $${NAME} for the text itself'],
  ])('%s is refused', (text, sentence) => {
    const yaml = `telemetry: { serviceName: ${JSON.stringify(text)} }`
    expect(() => loadConfig(yaml, loadOptions())).toThrow(
      new ConfigError('weir.yaml', [
        { path: ['telemetry', 'serviceName'], line: 1, column: 14, message: sentence },
      ]),
    )
  })

  it('does not touch keys', () => {
    const loaded = loadConfig('processors: { "${env:NAME}": "${env:NAME}" }', loadOptions({ env }))
    expect(Object.entries(loaded.config.processors)).toEqual([['${env:NAME}', 'value']])
  })
})

describe('description and hash', () => {
  const hash = (yaml: string, env = {}): string => loadConfig(yaml, loadOptions({ env })).description.hash

  it('loads as the same config', () => {
    const yaml =
      'listen: { grpc: "[::1]:4317", api: off }\nretention: { policies: [{ service: a, days: 5 }] }\nclickhouse: { url: "https://a:1", reader: { username: r } }'
    const loaded = loadConfig(yaml, loadOptions())
    const again = loadConfig(
      loaded.description.text.replaceAll(/password: .*/g, 'password: ""'),
      loadOptions(),
    )
    expect(again.config).toEqual(loaded.config)
  })

  it('does not depend on how the file is written', () => {
    expect(hash('ack: spool\nspool: { bytesMax: 1024MiB }')).toBe(hash('# a\nspool:\n  bytesMax: 1GiB\n'))
    expect(hash('')).toBe(hash('ack: spool'))
  })

  it('changes with a value and with the order of processors', () => {
    expect(hash('ack: clickhouse')).not.toBe(hash(''))
    expect(hash('processors: { a: {}, b: {} }')).not.toBe(hash('processors: { b: {}, a: {} }'))
  })

  it('does not change with a secret', () => {
    const yaml = 'credentials: [{ name: a, token: "${env:T}", scopes: [read] }]'
    expect(hash(yaml, { T: '0123456789abcdef' })).toBe(hash(yaml, { T: 'fedcba9876543210' }))
  })
})

describe('the shipped files', () => {
  const shipped = readFileSync(new URL('weir.yaml', root), 'utf8')

  it('weir.yaml says the defaults', () => {
    const { config, warnings } = loadConfig(shipped, loadOptions({ workingDirectory: '/' }))
    expect({ ...config, dataDir: './data' }).toEqual(defaultConfig())
    expect(warnings).toEqual([])
  })

  it('weir.yaml names every key', () => {
    expect(missingKeys(parse(shipped), configJsonSchema(), '')).toEqual([])
  })

  it('the examples in weir.yaml are right', () => {
    const examples = Array.from(shipped.matchAll(/^#((?! |$|\n).*| {2}.*)$/gm), (match) => match[1]).join(
      '\n',
    )
    const env = {
      CLICKHOUSE_PASSWORD: 'a',
      CLICKHOUSE_READER_PASSWORD: 'b',
      WEIR_COLLECTOR_TOKEN: 'c'.repeat(20),
      WEIR_GRAFANA_TOKEN_SHA256: 'd'.repeat(64),
      WEIR_PLATFORM_TOKEN: 'e'.repeat(20),
    }
    const seen: string[] = []
    const { config } = loadConfig(
      examples,
      loadOptions({
        env,
        readFile: () => '-----BEGIN CERTIFICATE-----',
        validateProcessor: (name) => {
          seen.push(name)
          return { warnings: [] }
        },
      }),
    )
    expect(config.clickhouse).toMatchObject({
      mode: 'server',
      cluster: 'main',
      reader: { username: 'weir_reader' },
    })
    expect(config.retention.policies).toHaveLength(2)
    expect(config.credentials.map(({ name }) => name)).toEqual(['collector', 'grafana'])
    expect(config.tenancy).toMatchObject({ namespacePattern: 'ws-*', static: 'platform' })
    expect(config.jwt).toMatchObject({ audience: 'weir', tenantsClaim: 'workspace_id' })
    expect(config.authCallback).toMatchObject({ cookie: 'loco_token', cacheMs: 30_000 })
    expect(config.authCallback?.token?.reveal()).toBe('e'.repeat(20))
    expect(config.query.tenants['ws-1']).toMatchObject({ concurrentMax: 20, memoryBytesMax: 256 * MiB })
    expect(config.api.credentialCookie).toBe('loco_token')
    expect(seen).toEqual([
      'filter/noisy',
      'select_logs',
      'severity',
      'attributes',
      'resource',
      'redact',
      'aggregate',
      'cardinality_limit',
      'span_metrics',
      'service_graph',
      'sample',
      'throttle',
      'dedup',
      'interval',
    ])
  })

  it('weir.schema.json is current (node src/main.ts check --schema)', () => {
    const stored = JSON.parse(readFileSync(new URL('weir.schema.json', root), 'utf8'))
    expect(stored).toEqual(JSON.parse(JSON.stringify(configJsonSchema())))
  })
})

/** Keys with a default that the file does not mention. */
function missingKeys(written: unknown, schema: JsonSchema, path: string): string[] {
  const forms = [schema, ...(schema.anyOf ?? [])].filter(({ properties }) => properties)
  const fitting = forms.filter(({ properties }) =>
    Object.keys(written ?? {}).every((key) => key in properties!),
  )
  return fitting.flatMap(({ properties }) =>
    Object.entries(properties!).flatMap(([key, child]) => {
      const value = (written as Record<string, unknown>)[key]
      if (value === undefined) return child.default === undefined ? [] : [`${path}${key}`]
      return missingKeys(value, child, `${path}${key}.`)
    }),
  )
}

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-config-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const options = { env: {}, workingDirectory: '/srv', validateProcessor: () => ({ warnings: [] }) }

  it('reads ${file:…} beside the config', () => {
    writeFileSync(join(folder, 'name'), 'from a file\n')
    writeFileSync(join(folder, 'a.yaml'), 'telemetry: { serviceName: "${file:name}" }')
    expect(loadConfigFile(join(folder, 'a.yaml'), options).config.telemetry.serviceName).toBe('from a file')
  })

  it.each([
    ['missing.yaml', undefined, 'the file can not be read (ENOENT)'],
    [
      'big.yaml',
      Buffer.alloc(2 ** 20 + 1, '#'),
      'the file can not be read (it is bigger than 1048576 bytes)',
    ],
    ['latin1.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xe4]), 'the file can not be read (it is not UTF-8 text)'],
  ])('%s', (name, content, sentence) => {
    const file = join(folder, name)
    if (content) writeFileSync(file, content)
    expect(() => loadConfigFile(file, options)).toThrow(`${file}: ${sentence}`)
  })
})
