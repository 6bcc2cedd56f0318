import { expect, test } from 'vitest'
import { encodeLogsRequest, encodeMetricsRequest, stringAttributes } from '../otlp/proto.ts'
import { startTestGateway } from '../support/gateway.ts'
import { metricsOf } from './support/metrics.ts'
import { postProtobuf } from './support/post-protobuf.ts'
import { NOW_NS } from './support/random-values.ts'

/**
 * Scenario: processors that select and change, one after the other, in a whole gateway. Guarantees: ClickHouse holds what
 * they made of the records, under one resource and series, and what was received is stored or dropped. What each does in
 * detail: test/processors.
 */

const YAML = `
processors:
  select_logs: {include: [{namespaces: [shop]}]}
  severity: {}
  attributes: {actions: [{key: seen, value: 7, action: insert}, {key: gone, action: delete}]}
  resource: {attributes: [{key: env, value: test, action: upsert}, {key: pod.uid, action: delete}]}
  redact: {}
`

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

function logsOf(namespace: string, stringValue: string) {
  return {
    resource: { attributes: stringAttributes({ 'k8s.namespace.name': namespace, 'pod.uid': '1' }) },
    scopeLogs: [
      {
        logRecords: [
          {
            timeUnixNano: NOW_NS,
            body: { stringValue },
            attributes: stringAttributes({ gone: 'x', mail: 'ada@example.com' }),
          },
        ],
      },
    ],
  }
}

test('five processors in a row', async () => {
  const { urls, readBack } = await startTestGateway(YAML)
  const body = `{"level":"error","trace_id":"${TRACE}","password":"hunter2"}`
  const logs = { resourceLogs: [logsOf('shop', body), logsOf('kube-system', body)] }
  await postProtobuf(urls.http, 'logs', encodeLogsRequest(logs))
  const dataPoints = ['1', '2'].map((gone) => ({
    timeUnixNano: NOW_NS,
    asInt: 1,
    attributes: stringAttributes({ gone }),
  }))
  const metrics = [{ name: 'm', gauge: { dataPoints } }]
  await postProtobuf(
    urls.http,
    'metrics',
    encodeMetricsRequest({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
  )
  const samples = await metricsOf(urls.api)
  expect(samples.get('weir_records_dropped_total{signal="logs",reason="select_logs"}')).toBe(1)
  expect(samples.get('weir_records_stored_total{signal="logs"}')).toBe(1)
  expect(samples.get('weir_active_series')).toBe(1)

  await readBack(async (database) => {
    const rows = await database.rows(
      'SELECT Body, SeverityNumber, SeverityText, lower(hex(TraceId)) AS Trace, LogAttributes, LogAttributeTypes FROM logs',
    )
    expect(rows).toEqual([
      {
        Body: body.replace('hunter2', '***'),
        SeverityNumber: 17,
        SeverityText: 'error',
        Trace: TRACE,
        LogAttributes: { mail: '***', seen: '7' },
        LogAttributeTypes: 'si',
      },
    ])
    const resources = await database.rows('SELECT DISTINCT Attributes FROM resources FINAL ORDER BY 1')
    expect(resources).toContainEqual({ Attributes: { env: 'test', 'k8s.namespace.name': 'shop' } })
    expect(JSON.stringify(resources)).not.toContain('pod.uid')
    expect(await database.rows('SELECT toUInt32(count()) AS n FROM metric_series FINAL')).toEqual([{ n: 1 }])
  })
})
