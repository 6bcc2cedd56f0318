import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { dataSourcesFile } from '../../grafana/src/provisioning/files.ts'
import type { TestGateway } from '../support/gateway.ts'
import { EXPECTATIONS } from './expectations/index.ts'
import { ask, exemplars, health, labelValues, streamValues } from './support/ask.ts'
import { checkPanel, keyOf, sourceOf } from './support/check-panel.ts'
import { END_MS, START_MS } from './support/clock.ts'
import { differences } from './support/compare.ts'
import { DASHBOARDS, type Dashboard, panelsOf, type Variable } from './support/dashboards.ts'
import { isChosen, type View } from './support/expectation.ts'
import { GRAFANA_TOKEN, startFilledGateway } from './support/gateway.ts'
import { type Choice, chosenSources, interpolate } from './support/interpolate.ts'
import { type DataSource, readDataSources } from './support/provisioned.ts'
import { TRACES } from './support/traces.ts'
import { TENANTS, type Tenant, WORLDS } from './support/world.ts'

let gateway: TestGateway
let sources: DataSource[]

beforeAll(async () => {
  gateway = await startFilledGateway()
  const text = dataSourcesFile({ url: gateway.urls.api, tenants: [...TENANTS], token: '$WEIR_TOKEN' })
  sources = readDataSources(text, { WEIR_TOKEN: GRAFANA_TOKEN })
})
afterAll(async () => {
  await gateway?.stop()
})

/** All of everything, and a few of each variable; a search. */
const CHOICES: Readonly<Record<string, Choice>> = {
  all: { namespace: 'All', kind: 'k8s_deployment_name', workload: 'All', service: 'All', search: '' },
  some: {
    namespace: ['shop', 'pay'],
    kind: 'k8s_deployment_name',
    workload: ['cart'],
    service: ['cart.v2', 'ledger'],
    search: 'order',
  },
}
/** Where a kind of workload can be chosen. */
const OTHER_KINDS: Readonly<Record<string, Choice>> = {
  StatefulSet: { namespace: 'All', kind: 'k8s_statefulset_name', workload: ['ledger'] },
  Pod: { namespace: ['shop'], kind: 'k8s_pod_name', workload: 'All' },
}

/** Loki's labels are those of a tenant's resources, of whatever signal: those of pods' metrics have no service.name. */
const DERIVED = ['main', 'unknown_service']
const OPTIONS: Readonly<Record<string, ReadonlyArray<string>>> = {
  namespace: ['pay', 'shop'],
  workload: ['cart', 'checkout'],
  service: ['cart.v2', 'checkout', 'ledger'],
}

const tracesToLogs = z.object({
  tracesToLogsV2: z.object({
    datasourceUid: z.string(),
    query: z.string(),
    tags: z.array(z.object({ key: z.string(), value: z.string() })),
  }),
})
const tracesToMetrics = z.object({
  tracesToMetrics: z.object({
    datasourceUid: z.string(),
    queries: z.array(z.object({ name: z.string(), query: z.string() })),
  }),
})
/** Points that link to traces: those of the chosen services, each with the id that the data source looks for. */
async function checkExemplars(tenant: Tenant, view: View, source: DataSource, query: string): Promise<void> {
  const [{ name }] = exemplarLinks.parse(source.jsonData).exemplarTraceIdDestinations
  const got = (await exemplars(source, query)).flatMap((one) =>
    one.exemplars.map(({ labels, value, timestamp }) => `${timestamp} ${value} ${labels[name]}`),
  )
  const wanted = WORLDS[tenant].sent
    .filter(({ metric, attributes, resource }) => {
      const chosen = isChosen(view, 'service', resource['service.name'])
      const others = attributes['span.kind'] ?? 'SPAN_KIND_SERVER'
      return chosen && query.includes(metric.prometheus) && others === 'SPAN_KIND_SERVER'
    })
    .flatMap(({ exemplars = [] }) => exemplars)
    .filter(({ timeMs }) => timeMs >= START_MS && timeMs <= END_MS)
    .map(({ timeMs, value, traceId }) => `${timeMs / 1000} ${value} ${traceId}`)
  expect(wanted).not.toHaveLength(0)
  expect([...new Set(got)].toSorted()).toEqual([...new Set(wanted)].toSorted())
}
const exemplarLinks = z.object({ exemplarTraceIdDestinations: z.tuple([z.object({ name: z.string() })]) })

type Case = { readonly tenant: Tenant; readonly name: string; readonly choice: Choice }

/** One tenant with each choice, if there is anything to choose; the other with all, where a tenant can be chosen. */
function casesOf({ templating }: Dashboard): Case[] {
  const has = (test: (variable: Variable) => boolean): boolean => templating.list.some(test)
  const choices = [
    ...Object.entries(CHOICES).slice(0, has(({ type }) => type !== 'datasource') ? undefined : 1),
    ...(has(({ name }) => name === 'kind') ? Object.entries(OTHER_KINDS) : []),
  ]
  const acme = choices.map(([name, choice]): Case => ({ tenant: 'acme', name, choice }))
  const globex: Case = { tenant: 'globex', name: 'all', choice: CHOICES.all! }
  return has(({ name }) => name === 'tenant') ? [...acme, globex] : acme
}

describe('data sources', () => {
  it('of every tenant and kind are healthy', async () => {
    for (const source of sources) await expect(health(source), source.name).resolves.toBeUndefined()
  })

  it('lead from a span to the lines of its trace', async () => {
    const log = WORLDS.acme.logs.find(({ traceId, timeMs }) => traceId !== undefined && timeMs > START_MS)!
    const [service, traceId] = [log.resource['service.name']!, log.traceId!]
    const tempo = sources.find(({ name }) => name === 'Weir acme traces')!
    const { query, tags, datasourceUid } = tracesToLogs.parse(tempo.jsonData).tracesToLogsV2
    const loki = sources.find(({ uid }) => uid === datasourceUid)!
    // As Grafana fills it in: the span's attributes by the names that the tags give them.
    const selector = tags.map(({ value }) => `${value}="${service}"`).join(', ')
    const expr = query.replace(/\$\{__tags\}/, selector).replace(/\$\{__trace\.traceId\}/, traceId)
    const answer = await ask(loki, { refId: 'A', datasource: { type: 'loki', uid: '' } }, expr)
    expect(differences(answer, { kind: 'lines', lines: [log] })).toEqual([])
  })

  it('lead from a span to metrics of its service', async () => {
    const { queries, datasourceUid } = tracesToMetrics.parse(
      sources.find(({ name }) => name === 'Weir acme traces')!.jsonData,
    ).tracesToMetrics
    const prometheus = sources.find(({ uid }) => uid === datasourceUid)!
    for (const { query } of queries) {
      const expr = query.replace('$__tags', 'service_name="ledger"').replace('$__rate_interval', '4m')
      const answer = await ask(prometheus, { refId: 'A', datasource: { type: 'prometheus', uid: '' } }, expr)
      expect(answer.kind === 'series' && answer.series[0]!.points.length).toBeGreaterThan(20)
    }
  })
})

describe.each(DASHBOARDS)('$title', (dashboard) => {
  const expectations = EXPECTATIONS[dashboard.name] ?? {}

  it('has no expectation without a panel', () => {
    const keys = panelsOf(dashboard).flatMap((panel) =>
      (panel.targets ?? []).map(({ refId }) => keyOf(panel, refId)),
    )
    expect(Object.keys(expectations).filter((key) => !keys.includes(key))).toEqual([])
  })

  const asked = dashboard.templating.list.filter(({ type }) => type === 'query')
  const askedOfBoth = asked.flatMap((variable) =>
    (['acme', 'globex'] as const).map((tenant) => ({ variable, name: variable.name, tenant })),
  )
  it.each(askedOfBoth)('offers the values of $name that $tenant has', async ({ variable, tenant }) => {
    const chosen = chosenSources(dashboard, sources, tenant)
    const source = sourceOf({ datasource: variable.datasource! }, chosen)
    const { query = '', stream = '', label = '' } = variable.query as Exclude<typeof variable.query, string>
    const scope = { dashboard, choice: CHOICES.all!, type: source.type, instant: false }
    const [, metric, name] = /^label_values\((.+), (\w+)\)$/.exec(interpolate(query, scope)) ?? []
    const values =
      metric === undefined
        ? await streamValues(source, interpolate(stream, scope), label)
        : await labelValues(source, metric, name!)
    const offered = values.filter((value) => source.type !== 'loki' || !DERIVED.includes(value))
    expect(offered.toSorted()).toEqual(OPTIONS[variable.name])
  })

  describe.each(panelsOf(dashboard))('$title', (panel) => {
    const { targets = [] } = panel

    it('shows something, and what it shows is known', () => {
      expect(targets).not.toHaveLength(0)
      const unknown = targets.filter(
        ({ refId, queryType }) =>
          queryType !== 'serviceMap' && expectations[keyOf(panel, refId)] === undefined,
      )
      expect(unknown).toEqual([])
    })

    it.concurrent.each(casesOf(dashboard))(
      'is right for $tenant, with $name chosen',
      async ({ tenant, choice }) => {
        const chosen = chosenSources(dashboard, sources, tenant)
        const { series, logs } = WORLDS[tenant]
        const view: View = { choice, series, logs, traces: TRACES[tenant], own: WORLDS.weir.series }
        await checkPanel({ dashboard, sources, chosen, view, expectations }, panel, async (asked) => {
          if (asked.target.exemplar === true) await checkExemplars(tenant, view, asked.source, asked.query)
        })
      },
    )
  })
})
