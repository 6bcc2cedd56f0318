import { dashboard } from '../kit/dashboard.ts'
import { lines, serviceGraph, traceTable } from '../kit/panels.ts'
import { overTime, serviceMap, traceql } from '../kit/targets.ts'
import { labelVariable, logsVariable, tenantVariable, tracesVariable } from '../kit/variables.ts'
import { NO_SPANS, UIDS } from './words.ts'

const EMPTY = 'No such traces in this time range'

/** Traces of services: failed, slow, all; and who calls whom. */
export const traces = dashboard({
  uid: UIDS.traces,
  title: 'Traces',
  description: 'Failed and slow traces, and who calls whom. A trace leads to its logs.',
  variables: [
    tenantVariable(),
    logsVariable(),
    tracesVariable(),
    labelVariable('service', 'Service', {
      of: 'traces_span_metrics_calls_total',
      attribute: 'service_name',
    }),
  ],
  rows: [
    {
      title: 'Spans',
      panels: [
        lines({
          title: 'Spans by kind',
          description: 'Per second.',
          unit: 'cps',
          empty: NO_SPANS,
          targets: [
            overTime(
              'sum by (span_kind) (rate(traces_span_metrics_calls_total{service_name=~"$service"}[$__rate_interval]))',
              { legend: '{{span_kind}}' },
            ),
          ],
        }),
        lines({
          title: 'Failed spans by service',
          description: 'Per second.',
          unit: 'cps',
          empty: 'No failed spans in this time range',
          targets: [
            overTime(
              'sum by (service_name) (rate(traces_span_metrics_calls_total{service_name=~"$service", status_code="STATUS_CODE_ERROR"}[$__rate_interval]))',
              { legend: '{{service_name}}' },
            ),
          ],
        }),
      ],
    },
    {
      title: 'Traces',
      panels: [
        traceTable({
          title: 'Failed traces',
          description: 'With a span of the chosen services that failed.',
          empty: EMPTY,
          width: 12,
          targets: [traceql('{resource.service.name=~"$service" && status=error}', 20)],
        }),
        traceTable({
          title: 'Slow traces',
          description: 'With a span of the chosen services of 500 ms or more.',
          empty: EMPTY,
          width: 12,
          targets: [traceql('{resource.service.name=~"$service" && duration>=500ms}', 20)],
        }),
        traceTable({
          title: 'Newest traces',
          description: 'With a span of the chosen services.',
          empty: EMPTY,
          targets: [traceql('{resource.service.name=~"$service"}', 20)],
        }),
        serviceGraph({
          title: 'Who calls whom',
          description: 'Requests between services.',
          empty: 'No service graph: the processor service_graph is not on',
          targets: [serviceMap()],
        }),
      ],
    },
  ],
})
