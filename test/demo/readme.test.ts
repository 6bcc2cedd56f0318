import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { defaultConfig } from '../../src/config/schema.ts'
import { prepareProcessor } from '../../src/processors/registry.ts'
import { logsParameters } from '../../src/query/logs/parameters.ts'
import { unsafeListeners } from '../../src/tenancy/listeners.ts'
import { testEndpoints } from '../query/support.ts'
import { startTestGateway } from '../support/gateway.ts'
import { accountsOf, type Scratch, scratch } from './support/demo.ts'

/** Guarantees: what README.md and CONTRIBUTING.md tell a reader to write, run, call and open is there and works. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
const textOf = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')
const readme = textOf('README.md')

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1]!)
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1]!)

const configs = blocks('yaml').filter((block) => !('receivers' in parse(block)))

describe('the configs of README.md', () => {
  it('are several', () => expect(configs.length).toBeGreaterThan(3))

  it.each(configs)('%s', (yaml) => {
    const { config } = loadConfig(yaml, {
      file: 'README.md',
      workingDirectory: ROOT,
      env: new Proxy({}, { get: (_, name) => `value-of-${String(name)}` }),
      readFile: () => 'the content of a file',
      validateProcessor: prepareProcessor,
    })
    expect(unsafeListeners(config)).toBeUndefined()
  })
})

describe.each(DOCUMENTS)('%s', (file) => {
  const text = textOf(file)

  it('links to what is there', () => {
    const targets = matches(text, /\]\((?!https?:|#)([^)#]+)/g)
    expect(targets.filter((target) => !existsSync(`${ROOT}${target}`))).toEqual([])
  })

  it('names files that are there', () => {
    const paths = matches(text, /`((?:src|test|docs|demo|bench|scripts)\/[\w./-]+)`/g)
    expect(paths.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([])
  })

  it('names npm commands that are there', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
    const commands = matches(text, /(?:`|^)npm (?:run )?((?!run\b|ci\b|install\b)[a-z:]+)/gm)
    expect(commands.filter((command) => !(command in scripts))).toEqual([])
  })
})

describe('README.md', () => {
  it('names every endpoint and every parameter of the API', () => {
    const limits = defaultConfig().query
    const routes = testEndpoints(defaultConfig())
    // Those of protocols are in docs/api.md: they belong to their clients.
    for (const { methods, path } of routes.filter(({ errorForm }) => errorForm === undefined))
      expect(readme).toContain(`| \`${methods.includes('GET') ? 'GET' : methods[0]} ${path}\` |`)
    for (const name of Object.keys(logsParameters(limits).shape)) expect(readme).toContain(`\`${name}\``)
  })

  it('shows metrics of the gateway that are those of the report', () => {
    const shown: Record<string, Record<string, number>> = {}
    const samples = /^weir_records_(\w+)_total\{signal="(\w+)"(?:,reason="(.+)")?\} (\d+)$/gm
    for (const [, kind, signal, rule = kind, records] of readme.matchAll(samples))
      shown[signal!] = { ...shown[signal!], [rule!]: Number(records) }
    expect(shown).toEqual(accountsOf(readme))
  })

  it('tells the limits of recognising repeated requests as they are', () => {
    const { dedupWindowMs, dedupRequestsMax } = defaultConfig().spool
    expect(readme).toContain(`\`spool.dedupWindowMs\` (${dedupWindowMs / 60_000} min)`)
    expect(readme.replaceAll('\n', ' ')).toContain(
      `\`dedupRequestsMax\` (${dedupRequestsMax.toLocaleString('en')})`,
    )
  })
})

describe('the program of README.md', () => {
  let temporary: Scratch
  afterEach(() => temporary.remove())

  it('sends a line, by both transports, that the gateway stores', async () => {
    temporary = await scratch()
    const program = `${temporary.directory}/app.mjs`
    await writeFile(program, blocks('js')[0]!)
    await symlink(`${ROOT}node_modules`, `${temporary.directory}/node_modules`)
    const { urls, readBack } = await startTestGateway()
    for (const [protocol, endpoint] of [
      ['http/protobuf', urls.http],
      ['grpc', `http://${urls.grpc}`],
    ] as const)
      await promisify(execFile)(process.execPath, [program], {
        env: {
          PATH: process.env.PATH,
          OTEL_SERVICE_NAME: 'hello',
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        },
      })
    await readBack(async (database) => {
      const rows = await database.rows(
        `SELECT ServiceName, Body, LogAttributes['user.id'] AS user FROM ${database.name}.logs`,
      )
      const row = { ServiceName: 'hello', Body: 'hello, Weir', user: '42' }
      expect(rows).toEqual([row, row])
    })
  })
})
