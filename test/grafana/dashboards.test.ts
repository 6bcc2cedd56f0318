import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataSourcesFile } from '../../grafana/src/provisioning/files.ts'
import type { TestGateway } from '../support/gateway.ts'
import { EXPECTATIONS } from './expectations/index.ts'
import { ask } from './support/ask.ts'
import { differences } from './support/compare.ts'
import { DASHBOARDS, panelsOf } from './support/dashboards.ts'
import type { View } from './support/expectation.ts'
import { GRAFANA_TOKEN, startFilledGateway } from './support/gateway.ts'
import { type Choice, chosenSources, interpolate } from './support/interpolate.ts'
import { type DataSource, readDataSources } from './support/provisioned.ts'
import { TENANTS, WORLDS } from './support/world.ts'

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
  one: { namespace: ['shop'], workload: ['checkout', 'cart'], service: ['cart.v2'], search: 'cart-[01]$' },
}

describe.each(DASHBOARDS)('$title', (dashboard) => {
  const expectations = EXPECTATIONS[dashboard.name] ?? {}

  describe.each(panelsOf(dashboard))('$title', ({ title, targets = [] }) => {
    const keyOf = (refId: string): string => (targets.length === 1 ? title : `${title}/${refId}`)

    it('shows something, and what it shows is known', () => {
      expect(targets).not.toHaveLength(0)
      expect(targets.filter(({ refId }) => expectations[keyOf(refId)] === undefined)).toEqual([])
    })

    const cases = (['acme', 'globex'] as const).flatMap((tenant) =>
      Object.entries(CHOICES).map(([name, choice]) => ({ tenant, name, choice })),
    )
    it.each(cases)('is right for $tenant, with $name chosen', async ({ tenant, choice }) => {
      const chosen = chosenSources(dashboard, sources, tenant)
      const view: View = { tenant, choice, ...WORLDS[tenant], own: WORLDS.weir.series }
      for (const target of targets) {
        const source = chosen.get(target.datasource.uid.slice(2, -1))!
        const instant = target.instant === true || target.queryType === 'instant'
        const query = interpolate((target.expr ?? target.query)!, {
          dashboard,
          choice,
          type: source.type,
          instant,
        })
        const answer = await ask(source, target, query)
        expect(differences(answer, expectations[keyOf(target.refId)]!(view)), query).toEqual([])
      }
    })
  })
})
