import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard'

export const TAG = 'weir'

type Row = { readonly title: string; readonly panels: ReadonlyArray<cog.Builder<Panel>> }
type Contents = {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly variables: ReadonlyArray<cog.Builder<VariableModel>>
  readonly rows: ReadonlyArray<Row>
}

/** A dashboard as Weir's all are: an hour, refreshed, linked to the others with the tenant and the time that are chosen. */
export function dashboard({ uid, title, description, variables, rows }: Contents): DashboardBuilder {
  const builder = new DashboardBuilder(`Weir / ${title}`)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .editable()
    .refresh('1m')
    .time({ from: 'now-1h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Weir')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    )
  for (const variable of variables) builder.withVariable(variable)
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title))
    for (const panel of row.panels) builder.withPanel(panel)
  }
  return builder
}
