import { dashboard } from '../kit/dashboard.ts'
import { dataLink, lines, logBars, logLines, table, traceTable } from '../kit/panels.ts'
import { atEnd, logql, overTime, traceql } from '../kit/targets.ts'
import { labelVariable, logsVariable, tenantVariable, tracesVariable } from '../kit/variables.ts'
import { CHOSEN, FAILED, NO_SPANS, SERVER, UIDS } from './words.ts'

const SELECTED = `service_name=~"$service", ${SERVER}`
const CALLS = `traces_span_metrics_calls_total{${SELECTED}}`
const ERRORS = `traces_span_metrics_calls_total{${SELECTED}, ${FAILED}}`
const SECONDS = `traces_span_metrics_duration_seconds_bucket{${SELECTED}}`
/** OpenTelemetry's semantic conventions. */
const HTTP = 'http_server_request_duration_seconds'
const HTTP_SELECTED = 'service_name=~"$service"'
const NO_HTTP = 'No http.server.request.duration of these services'
const BY_OPERATION = { legend: '{{service_name}} {{span_name}}' }

const quantile = (q: string, legend: string) =>
  overTime(`histogram_quantile(${q}, sum by (le) (rate(${SECONDS}[$__rate_interval])))`, {
    legend,
    exemplars: q === '0.95',
  })

/** Rate, errors and duration of services, from the metrics of their spans. */
export const serviceRed = dashboard({
  uid: UIDS.service,
  title: 'Service (RED)',
  description: 'Rate, errors and duration of the requests that services answer; their logs and traces.',
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
      title: 'Rate, errors, duration',
      panels: [
        lines({
          title: 'Requests by operation',
          description: 'Per second.',
          unit: 'reqps',
          empty: NO_SPANS,
          width: 8,
          stacked: true,
          targets: [
            overTime(`sum by (service_name, span_name) (rate(${CALLS}[$__rate_interval]))`, BY_OPERATION),
          ],
        }),
        lines({
          title: 'Failed, by operation',
          description: 'Share of requests that ended in an error.',
          unit: 'percentunit',
          empty: 'No failed requests in this time range',
          width: 8,
          max: 1,
          targets: [
            overTime(
              `sum by (service_name, span_name) (rate(${ERRORS}[$__rate_interval])) / sum by (service_name, span_name) (rate(${CALLS}[$__rate_interval]))`,
              BY_OPERATION,
            ),
          ],
        }),
        lines({
          title: 'Duration',
          description:
            'Percentiles of all chosen requests. A point is one request that was stored: click it to see its trace.',
          unit: 's',
          empty: NO_SPANS,
          width: 8,
          targets: [quantile('0.5', 'median'), quantile('0.95', '95 %'), quantile('0.99', '99 %')],
        }),
        table({
          title: 'Operations',
          description: 'Over the time range.',
          unit: 'short',
          empty: NO_SPANS,
          width: 24,
          columns: {
            service_name: 'Service',
            span_name: 'Operation',
            'Value #A': 'Requests',
            'Value #B': 'Failed',
            'Value #C': 'Mean duration',
            'Value #D': '95 %',
          },
          units: { 'Value #C': 's', 'Value #D': 's' },
          targets: [
            atEnd(`sum by (service_name, span_name) (increase(${CALLS}[$__range]))`),
            atEnd(`sum by (service_name, span_name) (increase(${ERRORS}[$__range]))`),
            atEnd(
              `sum by (service_name, span_name) (increase(traces_span_metrics_duration_seconds_sum{${SELECTED}}[$__range])) / sum by (service_name, span_name) (increase(traces_span_metrics_duration_seconds_count{${SELECTED}}[$__range]))`,
            ),
            atEnd(
              `histogram_quantile(0.95, sum by (service_name, span_name, le) (increase(${SECONDS}[$__range])))`,
            ),
          ],
          links: [
            dataLink('Its traces', `/d/${UIDS.traces}?${CHOSEN}&var-service=\${__data.fields.Service}`),
            dataLink('Its logs', `/d/${UIDS.logs}?${CHOSEN}&var-service=\${__data.fields.Service}`),
          ],
        }),
      ],
    },
    {
      title: 'HTTP, as services measure it',
      panels: [
        lines({
          title: 'HTTP requests by route',
          description: "Per second, from the metrics of the services' own SDKs.",
          unit: 'reqps',
          empty: NO_HTTP,
          targets: [
            overTime(`sum by (http_route) (rate(${HTTP}_count{${HTTP_SELECTED}}[$__rate_interval]))`, {
              legend: '{{http_route}}',
            }),
          ],
        }),
        lines({
          title: 'HTTP duration by route',
          description:
            '95th percentile. A point is one request that was measured: click it to see its trace.',
          unit: 's',
          empty: NO_HTTP,
          targets: [
            overTime(
              `histogram_quantile(0.95, sum by (http_route, le) (rate(${HTTP}_bucket{${HTTP_SELECTED}}[$__rate_interval])))`,
              { legend: '{{http_route}}', exemplars: true },
            ),
          ],
        }),
      ],
    },
    {
      title: 'Callers and called',
      panels: [
        lines({
          title: 'Who calls',
          description: 'Requests per second by caller, from the service graph.',
          unit: 'reqps',
          empty: 'No service graph: the processor service_graph is not on',
          targets: [
            overTime(
              'sum by (client) (rate(traces_service_graph_request_total{server=~"$service"}[$__rate_interval]))',
              { legend: '{{client}}' },
            ),
          ],
        }),
        lines({
          title: 'What is called',
          description: 'Requests per second by who is called, from the service graph.',
          unit: 'reqps',
          empty: 'No service graph: the processor service_graph is not on',
          targets: [
            overTime(
              'sum by (server) (rate(traces_service_graph_request_total{client=~"$service"}[$__rate_interval]))',
              { legend: '{{server}}' },
            ),
          ],
        }),
      ],
    },
    {
      title: 'Logs and traces',
      panels: [
        logBars({
          title: 'Lines by level',
          description: 'Log lines of the chosen services.',
          unit: 'short',
          empty: 'No logs of these services',
          width: 24,
          height: 6,
          targets: [
            logql('sum by (detected_level) (count_over_time({service_name=~"$service"} [$__auto]))', {
              legend: '{{detected_level}}',
            }),
          ],
        }),
        logLines({
          title: 'Warnings and errors',
          description: 'The newest lines of level warn and above.',
          empty: 'No warnings in this time range',
          targets: [logql('{service_name=~"$service"} | detected_level=~"warn|error|fatal"').maxLines(50)],
        }),
        traceTable({
          title: 'Failed traces',
          description: 'Traces in which a span of the chosen services failed.',
          empty: 'No failed traces in this time range',
          targets: [traceql('{resource.service.name=~"$service" && status=error}', 20)],
        }),
      ],
    },
  ],
})
