import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { dataSourcesFile } from '../../grafana/src/provisioning/files.ts'
import type { TestGateway } from '../support/gateway.ts'
import { EXPECTATIONS } from './expectations/index.ts'
import { ask, exemplars, health, labelValues, streamValues } from './support/ask.ts'
import { END_MS, RANGE_MS, START_MS } from './support/clock.ts'
import { differences } from './support/compare.ts'
import { DASHBOARDS, type Dashboard, panelsOf, type Variable } from './support/dashboards.ts'
import { isChosen, type View } from './support/expectation.ts'
import { GRAFANA_TOKEN, startFilledGateway } from './support/gateway.ts'
import { type Choice, chosenSources, interpolate } from './support/interpolate.ts'
import { increases, sumBy } from './support/plain.ts'
import { type DataSource, readDataSources } from './support/provisioned.ts'
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
  all: { namespace: 'All', workload: 'All', service: 'All', search: '' },
  some: { namespace: ['shop', 'pay'], workload: ['cart'], service: ['cart.v2', 'ledger'], search: 'order' },
}

/** Loki's labels are those of a tenant's resources, of whatever signal: those of pods' metrics have no service.name. */
const DERIVED = ['main', 'unknown_service']
/** Of the tenant acme. */
const OPTIONS: Readonly<Record<string, ReadonlyArray<string>>> = {
  namespace: ['pay', 'shop'],
  workload: ['cart', 'checkout', 'ledger'],
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
const serviceMapOf = z.object({ serviceMap: z.object({ datasourceUid: z.string() }) })
const serviceMapSource = (tempo: DataSource): DataSource => {
  const { datasourceUid } = serviceMapOf.parse(tempo.jsonData).serviceMap
  return sources.find(({ uid }) => uid === datasourceUid)!
}

/** The metrics that Grafana draws the service map from, each added up by who calls whom over the range. */
async function checkServiceMap(view: View, prometheus: DataSource): Promise<void> {
  const metrics = ['request_total', 'request_failed_total', 'request_server_seconds_sum'].map(
    (name) => `traces_service_graph_${name}`,
  )
  const target = { refId: 'A', datasource: { type: 'prometheus', uid: '' }, instant: true }
  for (const name of metrics) {
    const query = `sum by (client, server) (rate(${name}[${RANGE_MS / 1000}s]))`
    const at = (t: number) =>
      increases(view.series, name, { t, ms: RANGE_MS }).map((row) => ({
        ...row,
        value: row.value / (RANGE_MS / 1000),
      }))
    const expected = { kind: 'metric', at: (t: number) => sumBy(at(t), 'client', 'server') } as const
    expect(expected.at(END_MS)).not.toHaveLength(0)
    expect(differences(await ask(prometheus, target, query), expected), query).toEqual([])
  }
}

/** Points that link to traces: those of the chosen services, each with the id that the data source looks for. */
async function checkExemplars(view: View, source: DataSource, query: string): Promise<void> {
  const [{ name }] = exemplarLinks.parse(source.jsonData).exemplarTraceIdDestinations
  const got = (await exemplars(source, query)).flatMap((one) =>
    one.exemplars.map(({ labels, value, timestamp }) => `${timestamp} ${value} ${labels[name]}`),
  )
  const wanted = WORLDS[view.tenant].sent
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

/** Between them they ask every kind of data source: a number of the wrong tenant would be seen on them. */
const OF_BOTH_TENANTS = new Set(['workspace-overview', 'logs', 'traces'])

/** One tenant with each choice, if there is anything to choose; on some dashboards the other with all. */
function casesOf({ templating, name: dashboard }: Dashboard): Case[] {
  const has = (test: (variable: Variable) => boolean): boolean => templating.list.some(test)
  const choices = Object.entries(CHOICES).slice(0, has(({ type }) => type !== 'datasource') ? undefined : 1)
  const acme = choices.map(([name, choice]): Case => ({ tenant: 'acme', name, choice }))
  const globex: Case = { tenant: 'globex', name: 'all', choice: CHOICES.all! }
  return OF_BOTH_TENANTS.has(dashboard) ? [...acme, globex] : acme
}

const sourceOf = (
  target: { datasource: { uid: string } },
  chosen: ReadonlyMap<string, DataSource>,
): DataSource => chosen.get(target.datasource.uid.slice(2, -1))!

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
    const keys = panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.map(({ refId }) => (targets.length === 1 ? title : `${title}/${refId}`)),
    )
    expect(Object.keys(expectations).filter((key) => !keys.includes(key))).toEqual([])
  })

  const asked = dashboard.templating.list.filter(({ type }) => type === 'query')
  it.each(asked)('offers the values of $name that are there', async (variable) => {
    const chosen = chosenSources(dashboard, sources, 'acme')
    const source = sourceOf({ datasource: variable.datasource! }, chosen)
    const { query = '', stream = '', label = '' } = variable.query as Exclude<typeof variable.query, string>
    const [, metric, name] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? []
    const scope = { dashboard, choice: CHOICES.all!, type: source.type, instant: false }
    const values =
      metric === undefined
        ? await streamValues(source, interpolate(stream, scope), label)
        : await labelValues(source, interpolate(metric, scope), name!)
    const offered = values.filter((value) => source.type !== 'loki' || !DERIVED.includes(value))
    expect(offered.toSorted()).toEqual(OPTIONS[variable.name])
  })

  describe.each(panelsOf(dashboard))('$title', ({ title, targets = [] }) => {
    const keyOf = (refId: string): string => (targets.length === 1 ? title : `${title}/${refId}`)

    it('shows something, and what it shows is known', () => {
      expect(targets).not.toHaveLength(0)
      const unknown = targets.filter(
        ({ refId, queryType }) => queryType !== 'serviceMap' && expectations[keyOf(refId)] === undefined,
      )
      expect(unknown).toEqual([])
    })

    it.concurrent.each(casesOf(dashboard))(
      'is right for $tenant, with $name chosen',
      async ({ tenant, choice }) => {
        const chosen = chosenSources(dashboard, sources, tenant)
        const view: View = { tenant, choice, ...WORLDS[tenant], own: WORLDS.weir.series }
        for (const target of targets) {
          const source = sourceOf(target, chosen)
          if (target.queryType === 'serviceMap') {
            await checkServiceMap(view, serviceMapSource(source))
            continue
          }
          const instant = target.instant === true || target.queryType === 'instant'
          const query = interpolate((target.expr ?? target.query)!, {
            dashboard,
            choice,
            type: source.type,
            instant,
          })
          if (target.exemplar === true) await checkExemplars(view, source, query)
          const answer = await ask(source, target, query)
          expect(differences(answer, expectations[keyOf(target.refId)]!(view)), query).toEqual([])
        }
      },
    )
  })
})
