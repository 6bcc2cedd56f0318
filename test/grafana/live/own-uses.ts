import { z } from 'zod'
import { queryOf, type Shown, sourceOf } from '../support/check-panel.ts'
import { DASHBOARDS, type Dashboard, panelsOf } from '../support/dashboards.ts'
import type { DataSource } from '../support/provisioned.ts'
import { SERVICE_MAP_METRICS } from '../support/service-map.ts'
import { type Use, usesOf } from './used-names.ts'

/** What the gateway itself writes; all else comes from SDKs and the collector. */
const OF_WEIR = /^(traces|weir|process|nodejs)_/

const toMetrics = z.object({
  tracesToMetrics: z.object({ queries: z.array(z.object({ query: z.string() })) }),
})

/** Every use of a metric of Weir's own making: in panels, variables, links from spans, and the service map. */
export function ownUses(
  sources: ReadonlyArray<DataSource>,
  shownOn: (dashboard: Dashboard) => Shown,
): (Use & { readonly where: string })[] {
  const ofPanels = DASHBOARDS.flatMap((dashboard) => {
    const shown = shownOn(dashboard)
    return panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.flatMap((target) => {
        const source = sourceOf(target, shown.chosen)
        const uses = source.type === 'prometheus' ? usesOf(queryOf(shown, target, source)) : []
        return uses.map((use) => ({ ...use, where: `${dashboard.title}: ${title}` }))
      }),
    )
  })
  const ofVariables = DASHBOARDS.flatMap(({ title, templating }) =>
    templating.list.flatMap(({ name, query }) => {
      const [, metric, label] =
        /^label_values\((\w+), (\w+)\)$/.exec(typeof query === 'string' ? '' : (query.query ?? '')) ?? []
      return metric === undefined ? [] : [{ metric, labels: [label!], where: `${title}: ${name}` }]
    }),
  )
  const tempo = sources.find(({ type }) => type === 'tempo')!
  const ofLinks = toMetrics.parse(tempo.jsonData).tracesToMetrics.queries.flatMap(({ query }) =>
    usesOf(query.replace('$__tags', 'service_name="cart"').replace('$__rate_interval', '4m')).map((use) => ({
      ...use,
      where: 'Tempo',
    })),
  )
  const ofMap = SERVICE_MAP_METRICS.map((metric) => ({
    metric,
    labels: ['client', 'server'],
    where: 'the service map',
  }))
  return [...ofPanels, ...ofVariables, ...ofLinks, ...ofMap].filter(({ metric }) => OF_WEIR.test(metric))
}
