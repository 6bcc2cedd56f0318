import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki'
import {
  DataqueryBuilder as PrometheusQuery,
  PromQueryFormat,
} from '@grafana/grafana-foundation-sdk/prometheus'
import { SearchTableType, DataqueryBuilder as TempoQuery } from '@grafana/grafana-foundation-sdk/tempo'
import { LOKI, type PanelSource, PROMETHEUS, sourceRef, TEMPO } from './sources.ts'

/** Queries of panels. Their data source is named in each, so that a panel may show several. */

type Options = { readonly legend?: string; readonly source?: PanelSource; readonly exemplars?: boolean }

/** PromQL at the steps of the time range. */
export function overTime(
  expr: string,
  { legend, source = PROMETHEUS, exemplars = false }: Options = {},
): PrometheusQuery {
  const query = new PrometheusQuery().expr(expr).range().datasource(sourceRef(source)).exemplar(exemplars)
  return legend === undefined ? query : query.legendFormat(legend)
}

/** PromQL at the end of the time range: a row per series. */
export function atEnd(expr: string, { legend, source = PROMETHEUS }: Options = {}): PrometheusQuery {
  const query = new PrometheusQuery()
    .expr(expr)
    .instant()
    .format(PromQueryFormat.Table)
    .datasource(sourceRef(source))
  return legend === undefined ? query : query.legendFormat(legend)
}

/** LogQL: lines, or a metric at the steps of the time range. */
export function logql(expr: string, { legend }: Options = {}): LokiQuery {
  const query = new LokiQuery().expr(expr).queryType('range').datasource(sourceRef(LOKI))
  return legend === undefined ? query : query.legendFormat(legend)
}

/** LogQL at the end of the time range. */
export function logqlAtEnd(expr: string, { legend }: Options = {}): LokiQuery {
  const query = new LokiQuery().expr(expr).queryType('instant').datasource(sourceRef(LOKI))
  return legend === undefined ? query : query.legendFormat(legend)
}

/** Traces with a spanset. */
export function traceql(query: string, limit: number): TempoQuery {
  return new TempoQuery()
    .queryType('traceql')
    .query(query)
    .limit(limit)
    .tableType(SearchTableType.Traces)
    .filters([])
    .datasource(sourceRef(TEMPO))
}

/** The service map, which Grafana draws from `traces_service_graph_*` of the data source of metrics. */
export function serviceMap(): TempoQuery {
  return new TempoQuery().queryType('serviceMap').filters([]).datasource(sourceRef(TEMPO))
}
