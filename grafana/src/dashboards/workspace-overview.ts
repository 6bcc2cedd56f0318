import { dashboard } from '../kit/dashboard.ts'
import { dataLink, lines, logBars, logLines, number, table } from '../kit/panels.ts'
import { atEnd, logql, overTime } from '../kit/targets.ts'
import { logsVariable, tenantVariable, tracesVariable } from '../kit/variables.ts'
import { CHOSEN, FAILED, NO_SPANS, SERVER, UIDS } from './words.ts'

const CALLS = `traces_span_metrics_calls_total{${SERVER}}`
const ERRORS = `traces_span_metrics_calls_total{${SERVER}, ${FAILED}}`
const SECONDS = `traces_span_metrics_duration_seconds_bucket{${SERVER}}`
const NO_PODS = 'No metrics of the kubeletstats receiver'

/** How a workspace is: its requests, its errors, what it uses, what it says. */
export const workspaceOverview = dashboard({
  uid: UIDS.overview,
  title: 'Workspace overview',
  description: 'Requests, errors, resources and logs of one tenant.',
  variables: [tenantVariable(), logsVariable(), tracesVariable()],
  rows: [
    {
      title: 'Now',
      panels: [
        number({
          title: 'Requests',
          description: 'Requests per second that services answer.',
          unit: 'reqps',
          empty: NO_SPANS,
          targets: [overTime(`sum(rate(${CALLS}[$__rate_interval]))`)],
        }),
        number({
          title: 'Failed',
          description: 'Share of requests that ended in an error.',
          unit: 'percentunit',
          empty: '0 %',
          targets: [
            overTime(`sum(rate(${ERRORS}[$__rate_interval])) / sum(rate(${CALLS}[$__rate_interval]))`),
          ],
        }),
        number({
          title: '95th percentile',
          description: 'Of 100 requests, 95 were answered within this time.',
          unit: 's',
          empty: NO_SPANS,
          targets: [overTime(`histogram_quantile(0.95, sum by (le) (rate(${SECONDS}[$__rate_interval])))`)],
        }),
        number({
          title: 'CPU',
          description: 'Cores in use by pods.',
          unit: 'suffix: cores',
          empty: NO_PODS,
          targets: [overTime('sum(k8s_pod_cpu_usage)')],
        }),
        number({
          title: 'Memory',
          description: 'Working sets of pods.',
          unit: 'bytes',
          empty: NO_PODS,
          targets: [overTime('sum(k8s_pod_memory_working_set_bytes)')],
        }),
        number({
          title: 'Services with requests',
          description: 'That sent spans in the last five minutes.',
          unit: 'short',
          empty: 'No metrics',
          targets: [overTime('count(count by (service_name) (traces_span_metrics_calls_total))')],
        }),
      ],
    },
    {
      title: 'Requests',
      panels: [
        lines({
          title: 'Requests by service',
          description: 'Requests per second that a service answers.',
          unit: 'reqps',
          empty: NO_SPANS,
          stacked: true,
          targets: [
            overTime(`sum by (service_name) (rate(${CALLS}[$__rate_interval]))`, {
              legend: '{{service_name}}',
            }),
          ],
          links: [
            dataLink(
              'The service',
              `/d/${UIDS.service}?${CHOSEN}&var-service=\${__field.labels.service_name}`,
            ),
          ],
        }),
        table({
          title: 'Services',
          description: 'Over the time range. Click a value to see the service.',
          unit: 'short',
          empty: NO_SPANS,
          columns: { service_name: 'Service', 'Value #A': 'Requests', 'Value #B': 'Failed' },
          targets: [
            atEnd(`sum by (service_name) (increase(${CALLS}[$__range]))`),
            atEnd(`sum by (service_name) (increase(${ERRORS}[$__range]))`),
          ],
          links: [
            dataLink('The service', `/d/${UIDS.service}?${CHOSEN}&var-service=\${__data.fields.Service}`),
          ],
        }),
      ],
    },
    {
      title: 'Resources',
      panels: [
        lines({
          title: 'CPU by namespace',
          description: 'Cores in use.',
          unit: 'suffix: cores',
          empty: NO_PODS,
          stacked: true,
          targets: [
            overTime('sum by (k8s_namespace_name) (k8s_pod_cpu_usage)', { legend: '{{k8s_namespace_name}}' }),
          ],
          links: [
            dataLink(
              'Its workloads',
              `/d/${UIDS.kubernetes}?${CHOSEN}&var-namespace=\${__field.labels.k8s_namespace_name}`,
            ),
          ],
        }),
        lines({
          title: 'Memory by namespace',
          description: 'Working sets.',
          unit: 'bytes',
          empty: NO_PODS,
          stacked: true,
          targets: [
            overTime('sum by (k8s_namespace_name) (k8s_pod_memory_working_set_bytes)', {
              legend: '{{k8s_namespace_name}}',
            }),
          ],
        }),
      ],
    },
    {
      title: 'Logs',
      panels: [
        logBars({
          title: 'Lines by level',
          description: 'Log lines of all services.',
          unit: 'short',
          empty: 'No logs',
          width: 24,
          targets: [
            logql('sum by (detected_level) (count_over_time({service_name=~".+"} [$__auto]))', {
              legend: '{{detected_level}}',
            }),
          ],
        }),
        logLines({
          title: 'Errors',
          description: 'The newest lines of level error and above. Open a line to go to its trace.',
          empty: 'No errors in this time range',
          targets: [logql('{service_name=~".+"} | detected_level=~"error|fatal"').maxLines(50)],
        }),
      ],
    },
  ],
})
