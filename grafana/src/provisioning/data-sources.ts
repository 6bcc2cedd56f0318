import { createHash } from 'node:crypto'

/**
 * Grafana's data sources of Weir, per tenant: one of each kind, which link to each other. Grafana sends a data source's headers
 * with each of its requests, so a tenant is a set of data sources.
 */
export type DataSourceOptions = {
  /** Where Grafana's server reaches Weir's API. */
  readonly url: string
  readonly tenant: string
  /** Grafana's variable or file with a bearer token; none where Weir has no credentials. */
  readonly token?: string
}

const UID_CHARS_MAX = 40

/** Grafana's uid: letters, digits, - and _; other tenants are told by a hash. */
export function uidOf(tenant: string, kind: string): string {
  const plain = `weir-${tenant}-${kind}`
  if (/^[A-Za-z0-9_-]+$/.test(plain) && plain.length <= UID_CHARS_MAX) return plain
  return `weir-${createHash('sha256').update(tenant).digest('hex').slice(0, 16)}-${kind}`
}

/** The data sources of one tenant, as in Grafana's provisioning files but for the `$` that those double. */
export function dataSourcesOf({ url, tenant, token }: DataSourceOptions): object[] {
  const uid = {
    metrics: uidOf(tenant, 'metrics'),
    logs: uidOf(tenant, 'logs'),
    traces: uidOf(tenant, 'traces'),
    jaeger: uidOf(tenant, 'jaeger'),
  }
  const headers = { httpHeaderName1: 'X-Scope-OrgID', ...(token ? { httpHeaderName2: 'Authorization' } : {}) }
  const secureJsonData = {
    httpHeaderValue1: tenant,
    ...(token ? { httpHeaderValue2: `Bearer ${token}` } : {}),
  }
  const source = (type: string, name: string, id: string, path: string, jsonData: object): object => ({
    name,
    type,
    uid: id,
    access: 'proxy',
    url: url + path,
    editable: false,
    jsonData: { ...headers, ...jsonData },
    secureJsonData,
  })
  const fromTraces = { ...toLogs(uid.logs), ...toMetrics(uid.metrics), nodeGraph: { enabled: true } }
  return [
    source('prometheus', `Weir ${tenant}`, uid.metrics, '/prometheus', {
      httpMethod: 'POST',
      prometheusType: 'Prometheus',
      prometheusVersion: '3.0.0',
      // How often SDKs send by default: rates look at four of them.
      timeInterval: '60s',
      disableRecordingRules: true,
      manageAlerts: false,
      exemplarTraceIdDestinations: [{ name: 'trace_id', datasourceUid: uid.traces }],
    }),
    source('loki', `Weir ${tenant} logs`, uid.logs, '', {
      manageAlerts: false,
      maxLines: 1000,
      derivedFields: [
        {
          name: 'Trace',
          matcherType: 'label',
          matcherRegex: 'trace_id',
          datasourceUid: uid.traces,
          url: `\${__value.raw}`,
          urlDisplayLabel: 'Its trace',
        },
      ],
    }),
    source('tempo', `Weir ${tenant} traces`, uid.traces, '/tempo', {
      ...fromTraces,
      serviceMap: { datasourceUid: uid.metrics },
      // Weir answers over HTTP alone.
      streamingEnabled: { search: false, metrics: false },
    }),
    source('jaeger', `Weir ${tenant} Jaeger`, uid.jaeger, '/jaeger', fromTraces),
  ]
}

/** From a span to the logs of its trace, by the structured metadata that they carry. */
const toLogs = (datasourceUid: string): object => ({
  tracesToLogsV2: {
    datasourceUid,
    spanStartTimeShift: '-5m',
    spanEndTimeShift: '5m',
    tags: [{ key: 'service.name', value: 'service_name' }],
    filterByTraceID: false,
    filterBySpanID: false,
    customQuery: true,
    query: `{\${__tags}} | trace_id="\${__trace.traceId}"`,
  },
})

/** From a span to the metrics of its operation. */
const toMetrics = (datasourceUid: string): object => ({
  tracesToMetrics: {
    datasourceUid,
    spanStartTimeShift: '-30m',
    spanEndTimeShift: '30m',
    tags: [{ key: 'service.name', value: 'service_name' }],
    queries: [
      {
        name: 'Requests per second',
        query: 'sum(rate(traces_span_metrics_calls_total{$__tags}[$__rate_interval]))',
      },
      {
        name: '95th percentile of the duration',
        query:
          'histogram_quantile(0.95, sum by (le) (rate(traces_span_metrics_duration_seconds_bucket{$__tags}[$__rate_interval])))',
      },
    ],
  },
})
