import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { LOKI, OWN, type PanelSource, PROMETHEUS, TEMPO } from './sources.ts'

/**
 * Variables of the dashboards. A tenant is its data sources (grafana/src/provisioning): the one that is chosen is that of
 * metrics, and those of logs and traces follow it by their names.
 */

/** Which tenant is looked at. Its text is the name of the tenant's data source of metrics, `Weir <tenant>`. */
export function tenantVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder(PROMETHEUS.variable)
    .label('Tenant')
    .type(PROMETHEUS.type)
    .regex('/^Weir \\S+$/')
}

/** Where Weir's own metrics are: the tenant `weir`, or the only one (`telemetry.metrics.tenant`). */
export function ownVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder(OWN.variable)
    .label('Weir')
    .type(OWN.type)
    .regex('/^Weir (weir|default)$/')
}

const following = (source: PanelSource, suffix: string) =>
  new DatasourceVariableBuilder(source.variable)
    .type(source.type)
    .regex(`/^\${${PROMETHEUS.variable}:text} ${suffix}$/`)
    .hide(VariableHide.HideVariable)

export const logsVariable = (): DatasourceVariableBuilder => following(LOKI, 'logs')
export const tracesVariable = (): DatasourceVariableBuilder => following(TEMPO, 'traces')

/** Any number of a label's values; all of them at first. Only series that `of` selects are asked. */
export function labelVariable(
  name: string,
  label: string,
  { of, attribute, source = PROMETHEUS }: { of: string; attribute: string; source?: PanelSource },
): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource({ type: source.type, uid: `\${${source.variable}}` })
    .query({ qryType: 1, query: `label_values(${of}, ${attribute})`, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current(ALL)
}

/** One of a few values, the first at first; by what each is called. */
export function choiceVariable(
  name: string,
  label: string,
  values: Readonly<Record<string, string>>,
): CustomVariableBuilder {
  const options = Object.entries(values).map(([text, value], i) => ({ selected: i === 0, text, value }))
  return new CustomVariableBuilder(name)
    .label(label)
    .values(options.map(({ text, value }) => `${text} : ${value}`).join(', '))
    .options(options)
    .current(options[0]!)
}

/** Any number of the values of a stream's label; all of them at first. */
export function streamVariable(
  name: string,
  label: string,
  stream: string,
  attribute: string,
): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource({ type: LOKI.type, uid: `\${${LOKI.variable}}` })
    .query({ type: 1, label: attribute, stream, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current(ALL)
}

const ALL = { selected: true, text: 'All', value: '$__all' }
