import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parser as logqlGrammar } from '@grafana/lezer-logql'
import type { LRParser } from '@lezer/lr'
import { parser as promqlGrammar } from '@prometheus-io/lezer-promql'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { DEFAULTS, filesOf, staleFiles } from '../../grafana/src/generate.ts'
import { dataSourcesFile } from '../../grafana/src/provisioning/files.ts'
import { parse as parseLogql } from '../../src/query/logql/parse.ts'
import { parse as parsePromql } from '../../src/query/promql/parse.ts'
import { DASHBOARDS, type Dashboard, type Panel, panelsOf, type Target } from './support/dashboards.ts'
import { type Choice, interpolate } from './support/interpolate.ts'
import { headersOf, readDataSources } from './support/provisioned.ts'
import { WORLDS } from './support/world.ts'

/** The committed files: what can be said of them without a gateway. */

const FOLDER = fileURLToPath(new URL('../../grafana/', import.meta.url))

function accepted(grammar: LRParser, query: string): boolean {
  let wrong = false
  grammar.parse(query).iterate({
    enter: (node) => {
      wrong ||= node.type.isError
    },
  })
  return !wrong
}

const ALL: Choice = {
  namespace: 'All',
  kind: 'k8s_deployment_name',
  workload: 'All',
  service: 'All',
  search: 'x',
}
const typeOf = (dashboard: Dashboard, { datasource }: Target): string => {
  const name = /^\$\{(\w+)\}$/.exec(datasource.uid)?.[1]
  const variable = dashboard.templating.list.find((one) => one.name === name && one.type === 'datasource')
  if (variable === undefined) throw new Error(`${dashboard.name}: ${datasource.uid} is no variable`)
  return variable.query as string
}
const queries = DASHBOARDS.flatMap((dashboard) =>
  panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
    targets.flatMap((target) => {
      const text = target.expr ?? target.query
      if (text === undefined) return []
      const type = typeOf(dashboard, target)
      const query = interpolate(text, { dashboard, choice: ALL, type, instant: false })
      return [{ name: `${dashboard.title}: ${title} ${target.refId}`, type, query }]
    }),
  ),
)
const ofType = (type: string) => queries.filter((one) => one.type === type)

describe('dashboards', () => {
  it('are what grafana/src says: npm run dashboards writes them', () => {
    expect(staleFiles(FOLDER, filesOf(DEFAULTS))).toEqual([])
  })

  it('have ids, titles and panels that are told apart', () => {
    const twice = (texts: string[]): string[] => texts.filter((text, i) => texts.indexOf(text) !== i)
    expect(twice(DASHBOARDS.map(({ uid }) => uid))).toEqual([])
    expect(twice(DASHBOARDS.map(({ title }) => title))).toEqual([])
    for (const one of DASHBOARDS) expect(twice(panelsOf(one).map(({ title }) => title))).toEqual([])
  })

  const WITHOUT_UNIT = new Set(['logs', 'nodeGraph'])
  const showsTraces = ({ targets = [] }: Panel): boolean =>
    targets.some(({ queryType }) => queryType === 'traceql')
  it.each(DASHBOARDS)(
    '$title says of each panel what it shows, in which unit, and what nothing means',
    (one) => {
      for (const panel of panelsOf(one)) {
        const { unit, noValue } = panel.fieldConfig?.defaults ?? {}
        const missing = [
          panel.description ? '' : 'description',
          noValue ? '' : 'empty state',
          unit || WITHOUT_UNIT.has(panel.type) || showsTraces(panel) ? '' : 'unit',
        ].join('')
        expect([panel.title, missing]).toEqual([panel.title, ''])
      }
    },
  )

  it.each(DASHBOARDS)(
    '$title uses every variable it has, and none that it has not',
    ({ text, templating, name }) => {
      const used = new Set([...text.matchAll(/\$\{?(\w+)/g)].map((match) => match[1]!))
      const builtIn = [
        '__rate_interval',
        '__range',
        '__auto',
        '__data',
        '__field',
        '__url_time_range',
        '__all',
      ]
      const names = templating.list.map((one) => one.name)
      expect(
        [...used].filter((one) => !names.includes(one) && !builtIn.includes(one)),
        name,
      ).toEqual([])
      // What logs and traces follow the tenant for is what links and line details open.
      expect(
        names.filter((one) => !used.has(one) && one !== 'traces' && one !== 'logs'),
        name,
      ).toEqual([])
    },
  )

  it('link to dashboards that are there, with variables that those have', () => {
    const links = DASHBOARDS.flatMap(({ text }) => [...text.matchAll(/"url": "\/d\/([\w-]+)\?([^"]*)"/g)])
    expect(links.length).toBeGreaterThan(5)
    for (const [, uid, query] of links) {
      const target = DASHBOARDS.find((one) => one.uid === uid)
      const set = [...query!.matchAll(/var-(\w+)=/g)].map((match) => match[1])
      expect([uid, set]).toEqual([
        uid,
        set.filter((name) => target?.templating.list.some((one) => one.name === name)),
      ])
    }
  })
})

describe('queries', () => {
  it.each(ofType('prometheus'))('$name is PromQL', ({ query }) => {
    expect(() => parsePromql(query)).not.toThrow()
    expect(accepted(promqlGrammar, query)).toBe(true)
  })

  it.each(ofType('loki'))('$name is LogQL', ({ query }) => {
    expect(() => parseLogql(query)).not.toThrow()
    expect(accepted(logqlGrammar, query)).toBe(true)
  })

  it('use metrics that somebody sends', () => {
    const sent = new Set(
      Object.values(WORLDS).flatMap(({ series }) => series.map(({ labels }) => labels.__name__!)),
    )
    const words = ofType('prometheus').flatMap(
      ({ query }) => query.match(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+){2,}\b(?!\s*[=!])/g) ?? [],
    )
    const groupings = /^(k8s_(namespace|deployment|pod)_name)$/
    const used = new Set(words.filter((word) => !groupings.test(word)))
    expect(used.size).toBeGreaterThan(30)
    expect([...used].filter((name) => !sent.has(name))).toEqual([])
  })
})

describe('data sources', () => {
  const TENANTS = ['acme', 'a.b*', 'a-tenant-with-a-name-that-is-longer-than-an-uid-may-be']
  const text = dataSourcesFile({ url: 'http://weir:3100', tenants: TENANTS, token: '$WEIR_TOKEN' })
  const sources = readDataSources(text, { WEIR_TOKEN: 'secret' })

  it('are those of each kind per tenant, each with its header', () => {
    const found = sources.map((one) => [headersOf(one)['X-Scope-OrgID'], one.type])
    expect(found).toEqual(
      TENANTS.flatMap((tenant) => ['prometheus', 'loki', 'tempo', 'jaeger'].map((type) => [tenant, type])),
    )
    for (const one of sources) expect(headersOf(one).Authorization).toBe('Bearer secret')
  })

  it('have ids that Grafana takes, and no two the same', () => {
    for (const { uid } of sources) expect(uid).toMatch(/^[A-Za-z0-9_-]{1,40}$/)
    expect(new Set(sources.map(({ uid }) => uid)).size).toBe(sources.length)
    expect(new Set(sources.map(({ name }) => name)).size).toBe(sources.length)
  })

  it("link to data sources of the same tenant, with Grafana's variables intact", () => {
    for (const one of sources) {
      const jsonData = JSON.stringify(one.jsonData)
      const linked = [...jsonData.matchAll(/"datasourceUid":"([^"]+)"/g)].map((match) => match[1])
      expect([one.name, linked.length]).not.toEqual([one.name, 0])
      for (const uid of linked) {
        const other = sources.find((candidate) => candidate.uid === uid)
        expect(headersOf(other!)['X-Scope-OrgID']).toBe(headersOf(one)['X-Scope-OrgID'])
      }
      if (one.type === 'loki') expect(jsonData).toContain(`"url":"\${__value.raw}"`)
      if (one.type === 'tempo') expect(jsonData).toContain(`| trace_id=\\"\${__trace.traceId}\\"`)
    }
  })

  it('of the repository are those of a gateway with one tenant', () => {
    const committed = readDataSources(readFileSync(`${FOLDER}provisioning/datasources/weir.yaml`, 'utf8'))
    expect(committed.map(({ name }) => name)).toEqual([
      'Weir default',
      'Weir default logs',
      'Weir default traces',
      'Weir default Jaeger',
    ])
  })
})

describe('the provider of dashboards', () => {
  const provider = z.strictObject({
    name: z.string(),
    folder: z.string(),
    type: z.literal('file'),
    disableDeletion: z.boolean(),
    allowUiUpdates: z.boolean(),
    updateIntervalSeconds: z.int().positive(),
    options: z.strictObject({ path: z.string().startsWith('/'), foldersFromFilesStructure: z.boolean() }),
  })
  const file = z.strictObject({ apiVersion: z.literal(1), providers: z.tuple([provider]) })

  it('is one that Grafana takes', () => {
    const text = readFileSync(`${FOLDER}provisioning/dashboards/weir.yaml`, 'utf8')
    expect(() => file.parse(parseYaml(text))).not.toThrow()
  })
})
