import { createView, type SchemaTarget } from './ddl.ts'
import { idText } from './types.ts'

/** The resource attributes that clickhouseexporter v0.161.0 keeps as columns of their own. */
export const EXPORTER_MATERIALIZED: ReadonlyArray<string> = [
  'k8s.cluster.name',
  'k8s.container.name',
  'k8s.deployment.name',
  'k8s.namespace.name',
  'k8s.node.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'deployment.environment.name',
]

/**
 * The statements for `otel_logs`: the columns of clickhouseexporter v0.161.0, by name, order and type, for what
 * was made for its tables (Grafana's ClickHouse plugin, HyperDX, SQL). Shows all tenants: for operators.
 *
 * ANY LEFT JOIN, since a resource may have several rows until they are merged, and no log row may be lost where one
 * is missing. The day is part of the join so that ClickHouse can read the resources of the days asked for only: a
 * filter on Timestamp does not reach `resources` by itself, but its join filters do (docs/adr/0002-schema.md).
 */
export function otelLogsView(target: SchemaTarget): string[] {
  const materialized = EXPORTER_MATERIALIZED.map(
    (key) =>
      `  CAST(resource.Attributes['${key}'], 'LowCardinality(String)') AS \`__otel_materialized_${key}\``,
  )
  return createView('otel_logs', target, (nameOf) =>
    [
      'SELECT',
      [
        '  log.Timestamp AS Timestamp',
        `  ${idText('log.TraceId')} AS TraceId`,
        `  ${idText('log.SpanId')} AS SpanId`,
        '  toUInt8(log.TraceFlags) AS TraceFlags',
        '  log.SeverityText AS SeverityText',
        '  toUInt8(log.SeverityNumber) AS SeverityNumber',
        '  log.ServiceName AS ServiceName',
        '  log.Body AS Body',
        '  resource.SchemaUrl AS ResourceSchemaUrl',
        '  resource.Attributes AS ResourceAttributes',
        '  log.ScopeSchemaUrl AS ScopeSchemaUrl',
        "  CAST(log.ScopeName, 'String') AS ScopeName",
        '  log.ScopeVersion AS ScopeVersion',
        '  log.ScopeAttributes AS ScopeAttributes',
        '  log.LogAttributes AS LogAttributes',
        "  CAST(log.EventName, 'String') AS EventName",
        ...materialized,
      ].join(',\n'),
      `FROM ${nameOf('logs')} AS log`,
      `ANY LEFT JOIN (SELECT TenantId, ResourceFingerprint, Day, SchemaUrl, Attributes FROM ${nameOf('resources')}) AS resource`,
      'ON log.TenantId = resource.TenantId AND log.ResourceFingerprint = resource.ResourceFingerprint ' +
        'AND toDate(log.Timestamp) = resource.Day',
    ].join('\n'),
  )
}
