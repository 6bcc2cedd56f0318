import { TextBoxVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { dashboard } from '../kit/dashboard.ts'
import { logBars, logLines, number, table } from '../kit/panels.ts'
import { logql, logqlAtEnd } from '../kit/targets.ts'
import { logsVariable, streamVariable, tenantVariable, tracesVariable } from '../kit/variables.ts'
import { UIDS } from './words.ts'

const STREAMS = '{k8s_namespace_name=~"$namespace", service_name=~"$service"}'
const FOUND = `${STREAMS} |~ "(?i)$search"`
const EMPTY = 'No lines for what is chosen in this time range'

/** Logs by namespace and service, with a search. */
export const logs = dashboard({
  uid: UIDS.logs,
  title: 'Logs',
  description: 'Log lines of namespaces and services, with a search. Open a line to go to its trace.',
  variables: [
    tenantVariable(),
    logsVariable(),
    tracesVariable(),
    streamVariable('namespace', 'Namespace', '{service_name=~".+"}', 'k8s_namespace_name'),
    streamVariable('service', 'Service', '{k8s_namespace_name=~"$namespace"}', 'service_name'),
    new TextBoxVariableBuilder('search').label('Search').defaultValue(''),
  ],
  rows: [
    {
      title: 'How much',
      panels: [
        number({
          title: 'Lines',
          description: 'Within the time range.',
          unit: 'short',
          empty: '0',
          targets: [logqlAtEnd(`sum(count_over_time(${FOUND} [$__range]))`)],
        }),
        number({
          title: 'Bytes',
          description: 'Of the lines, within the time range.',
          unit: 'bytes',
          empty: '0 B',
          targets: [logqlAtEnd(`sum(bytes_over_time(${FOUND} [$__range]))`)],
        }),
        number({
          title: 'Errors',
          description: 'Lines of level error and above, within the time range.',
          unit: 'short',
          empty: '0',
          targets: [logqlAtEnd(`sum(count_over_time(${FOUND} | detected_level=~"error|fatal" [$__range]))`)],
        }),
        logBars({
          title: 'Lines by level',
          description: 'Click a level to see it alone.',
          unit: 'short',
          empty: EMPTY,
          width: 24,
          height: 7,
          targets: [
            logql(`sum by (detected_level) (count_over_time(${FOUND} [$__auto]))`, {
              legend: '{{detected_level}}',
            }),
          ],
        }),
        table({
          title: 'Who writes most',
          description: 'Services by bytes, within the time range.',
          unit: 'bytes',
          empty: EMPTY,
          columns: { service_name: 'Service', 'Value #A': 'Bytes', 'Value #B': 'Lines' },
          units: { 'Value #B': 'short' },
          targets: [
            logqlAtEnd(`topk(10, sum by (service_name) (bytes_over_time(${FOUND} [$__range])))`),
            logqlAtEnd(`topk(10, sum by (service_name) (count_over_time(${FOUND} [$__range])))`),
          ],
        }),
        logBars({
          title: 'Bytes by service',
          description: 'Of the lines.',
          unit: 'bytes',
          empty: EMPTY,
          targets: [
            logql(`sum by (service_name) (bytes_over_time(${FOUND} [$__auto]))`, {
              legend: '{{service_name}}',
            }),
          ],
        }),
      ],
    },
    {
      title: 'Lines',
      panels: [
        logLines({
          title: 'Newest lines',
          description: 'Newest first. Details of a line have its fields, and the way to its trace.',
          empty: EMPTY,
          height: 20,
          targets: [logql(FOUND).maxLines(500)],
        }),
      ],
    },
  ],
})
