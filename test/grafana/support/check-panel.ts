import { expect } from 'vitest'
import { type Answer, ask } from './ask.ts'
import { differences } from './compare.ts'
import type { Dashboard, Panel, Target } from './dashboards.ts'
import type { Expectations, View } from './expectation.ts'
import { interpolate } from './interpolate.ts'
import type { DataSource } from './provisioned.ts'
import { checkServiceMap, serviceMapSource } from './service-map.ts'

/** A dashboard on which something is chosen, and what it must show. */
export type Shown = {
  readonly dashboard: Dashboard
  readonly sources: ReadonlyArray<DataSource>
  /** By the variable that stands for each. */
  readonly chosen: ReadonlyMap<string, DataSource>
  readonly view: View
  readonly expectations: Expectations
}

export type Asked = {
  readonly target: Target
  readonly source: DataSource
  readonly query: string
  readonly answer: Answer
}

/** What the truth of a panel's query stands under. */
export const keyOf = ({ title, targets = [] }: Panel, refId: string): string =>
  targets.length === 1 ? title : `${title}/${refId}`

export const sourceOf = (
  target: { readonly datasource: { readonly uid: string } },
  chosen: ReadonlyMap<string, DataSource>,
): DataSource => chosen.get(target.datasource.uid.slice(2, -1))!

/** A query of a panel as Grafana sends it to the data source. */
export function queryOf({ dashboard, view }: Shown, target: Target, { type }: DataSource): string {
  const instant = target.instant === true || target.queryType === 'instant'
  return interpolate((target.expr ?? target.query)!, { dashboard, choice: view.choice, type, instant })
}

/** Asks each query of a panel and fails if a number is not the expected one; `asked` sees each answer. */
export async function checkPanel(
  shown: Shown,
  panel: Panel,
  asked: (asked: Asked) => Promise<void> | void,
): Promise<void> {
  const { chosen, expectations, sources, view } = shown
  for (const target of panel.targets ?? []) {
    const source = sourceOf(target, chosen)
    if (target.queryType === 'serviceMap') {
      await checkServiceMap(view, serviceMapSource(source, sources))
      continue
    }
    const query = queryOf(shown, target, source)
    const answer = await ask(source, target, query)
    expect(differences(answer, expectations[keyOf(panel, target.refId)]!(view)), query).toEqual([])
    await asked({ target, source, query, answer })
  }
}
