import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { DEFAULTS } from '../../grafana/src/generate.ts'
import { loadConfig } from '../../src/config/load.ts'
import { prepareProcessor } from '../../src/processors/registry.ts'
import { compose } from './support/compose-schema.ts'

/** deploy/compose.yaml by the rules of its specification, and by what its parts owe each other. None of it is run. */

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url))
const read = (path: string): string => readFileSync(DEPLOY + path, 'utf8')
const { services, volumes } = compose.parse(parse(read('compose.yaml')))
const all = Object.entries(services)

describe('deploy/compose.yaml', () => {
  it('has Weir, ClickHouse, Grafana and a collector', () => {
    expect(Object.keys(services).toSorted()).toEqual(['clickhouse', 'collector', 'grafana', 'weir'])
  })

  it('mounts volumes that are declared and files that are there', () => {
    const mounts = all.flatMap(([, service]) => service.volumes ?? []).map((text) => text.split(':')[0]!)
    const named = mounts.filter((from) => !from.startsWith('.'))
    expect(named.toSorted()).toEqual(Object.keys(volumes).toSorted())
    for (const from of mounts.filter((one) => one.startsWith('.')))
      expect([from, existsSync(DEPLOY + from)]).toEqual([from, true])
  })

  it('waits only for services that can be healthy', () => {
    for (const [name, { depends_on = {} }] of all)
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect([name, other in services]).toEqual([name, true])
        if (condition === 'service_healthy')
          expect([other, services[other]!.healthcheck]).not.toContain(undefined)
      }
  })

  it('publishes ports on this machine alone', () => {
    for (const [, { ports = [] }] of all) for (const one of ports) expect(one).toMatch(/^127\.0\.0\.1:/)
  })

  it("runs a configuration that Weir takes, by the names of the file's services", () => {
    const { config } = loadConfig(read('compose/weir.yaml'), {
      file: 'weir.yaml',
      workingDirectory: DEPLOY,
      env: { CLICKHOUSE_PASSWORD: 'secret', WEIR_DATA_DIR: '/data' },
      readFile: () => {
        throw new Error('no files')
      },
      validateProcessor: prepareProcessor,
    })
    expect(config.clickhouse).toMatchObject({ url: 'http://clickhouse:8123' })
    expect(services.clickhouse!.environment).toMatchObject({ CLICKHOUSE_USER: 'weir', CLICKHOUSE_DB: 'weir' })
    const { hostname, port } = new URL(DEFAULTS.url)
    expect(hostname in services && config.api.servedHosts).toEqual([hostname])
    expect(config.listen.api).toMatchObject({ port: Number(port) })
  })

  it.each(['compose/weir.yaml', '../demo/weir.yaml'])('%s counts the spans that dashboards show', (file) => {
    const { processors } = parse(read(file)) as { processors: object }
    expect(Object.keys(processors)).toEqual(expect.arrayContaining(['span_metrics', 'service_graph']))
  })

  it('copies what the image needs, and nothing that is not there', () => {
    const copied = [...services.weir!.build!.dockerfile_inline.matchAll(/^COPY (.+) \S+$/gm)].flatMap(
      (match) => match[1]!.split(' '),
    )
    for (const path of copied) expect([path, existsSync(`${DEPLOY}../${path}`)]).toEqual([path, true])
    expect(copied).toContain('src')
  })

  it("puts Grafana's files where they are looked for", () => {
    const mounts = services.grafana!.volumes!
    expect(mounts).toContain('../grafana/provisioning:/etc/grafana/provisioning:ro')
    expect(mounts).toContain(`../grafana/dashboards:${DEFAULTS.dashboards}:ro`)
  })

  it('has a collector whose pipelines are made of what it declares', () => {
    type Pipeline = Partial<Record<'receivers' | 'processors' | 'exporters', string[]>>
    const { service, ...parts } = parse(read('compose/collector.yaml')) as {
      service: { pipelines: Record<string, Pipeline> }
    } & Record<string, Record<string, unknown>>
    for (const pipeline of Object.values(service.pipelines))
      for (const [part, names] of Object.entries(pipeline))
        for (const name of names!) expect([name, name in parts[part]!]).toEqual([name, true])
  })
})
