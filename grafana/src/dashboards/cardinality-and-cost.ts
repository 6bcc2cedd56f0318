import { dashboard } from '../kit/dashboard.ts'
import { lines, logBars, number, table } from '../kit/panels.ts'
import { OWN } from '../kit/sources.ts'
import { atEnd, logql, logqlAtEnd, overTime } from '../kit/targets.ts'
import { logsVariable, ownVariable, tenantVariable } from '../kit/variables.ts'
import { UIDS } from './words.ts'

const NO_OWN = "No metrics of Weir's own"
const own = (expr: string, legend?: string) =>
  overTime(expr, { source: OWN, ...(legend === undefined ? {} : { legend }) })
const ledger = (what: string, kind: string) =>
  atEnd(`sum by (tenant, signal) (increase(weir_ledger_${what}_total{kind="${kind}"}[$__range]))`, {
    source: OWN,
  })
const DROPPED = 'sum(rate(weir_records_dropped_total[$__rate_interval]))'
const SENT =
  '(sum(rate(weir_records_received_total[$__rate_interval])) + (sum(rate(weir_records_generated_total[$__rate_interval])) or vector(0)))'
/** Who sends what, what rules drop, and what that saves. */
export const cardinalityAndCost = dashboard({
  uid: UIDS.cost,
  title: 'Cardinality and cost',
  description:
    'Of the tenant: which metrics have most series, who sends most. Of the gateway: what rules drop, and what that saves.',
  variables: [tenantVariable(), logsVariable(), ownVariable()],
  rows: [
    {
      title: 'The tenant: who sends what',
      panels: [
        number({
          title: 'Series',
          description: 'Series of metrics with a sample in the last five minutes.',
          unit: 'short',
          empty: 'No metrics',
          targets: [overTime('count({__name__=~".+", __name__!="target_info"})')],
        }),
        number({
          title: 'Log lines',
          description: 'Within the time range.',
          unit: 'short',
          empty: '0',
          targets: [logqlAtEnd('sum(count_over_time({service_name=~".+"} [$__range]))')],
        }),
        number({
          title: 'Log bytes',
          description: 'Within the time range.',
          unit: 'bytes',
          empty: '0 B',
          targets: [logqlAtEnd('sum(bytes_over_time({service_name=~".+"} [$__range]))')],
        }),
        table({
          title: 'Metrics with most series',
          description: '`weir cardinality <metric>` tells which label makes them, and what a fix saves.',
          unit: 'short',
          empty: 'No metrics',
          columns: { __name__: 'Metric', Value: 'Series' },
          targets: [atEnd('topk(20, count by (__name__) ({__name__=~".+", __name__!="target_info"}))')],
        }),
        table({
          title: 'Services with most series',
          description: 'By job: service.namespace and service.name of who sends.',
          unit: 'short',
          empty: 'No metrics with a service.name',
          columns: { job: 'Service', Value: 'Series' },
          targets: [atEnd('topk(20, count by (job) ({__name__=~".+", __name__!="target_info", job!=""}))')],
        }),
        logBars({
          title: 'Log bytes by service',
          description: 'Of the lines.',
          unit: 'bytes',
          empty: 'No logs',
          targets: [
            logql('sum by (service_name) (bytes_over_time({service_name=~".+"} [$__auto]))', {
              legend: '{{service_name}}',
            }),
          ],
        }),
        logBars({
          title: 'Log bytes by namespace',
          description: 'Of the lines of pods.',
          unit: 'bytes',
          empty: 'No logs with k8s.namespace.name',
          targets: [
            logql('sum by (k8s_namespace_name) (bytes_over_time({k8s_namespace_name=~".+"} [$__auto]))', {
              legend: '{{k8s_namespace_name}}',
            }),
          ],
        }),
      ],
    },
    {
      title: 'The gateway: what rules drop, and save',
      panels: [
        number({
          title: 'Dropped',
          description: 'Share of records that rules removed. It includes all tenants of the gateway.',
          unit: 'percentunit',
          empty: NO_OWN,
          targets: [own(`${DROPPED} / ${SENT}`)],
        }),
        number({
          title: 'Saved',
          description: 'Bytes per second, as they were sent, that rules kept from ClickHouse.',
          unit: 'Bps',
          empty: NO_OWN,
          targets: [own(`sum(rate(weir_ledger_bytes_total{kind="dropped"}[$__rate_interval]))`)],
        }),
        number({
          title: 'Saved in the range',
          description: 'The same, over the time range.',
          unit: 'bytes',
          empty: NO_OWN,
          targets: [
            atEnd(`sum(increase(weir_ledger_bytes_total{kind="dropped"}[$__range]))`, { source: OWN }),
          ],
        }),
        number({
          title: 'Dry runs would save',
          description: 'Bytes of the time range that rules with dryRun would have removed.',
          unit: 'bytes',
          empty: 'No dry run',
          targets: [
            atEnd(`sum(increase(weir_ledger_bytes_total{kind="dry_run"}[$__range]))`, { source: OWN }),
          ],
        }),
        number({
          title: 'Active series',
          description: 'Of all tenants; `series.seriesMax` is the bound.',
          unit: 'short',
          empty: NO_OWN,
          targets: [own('sum(weir_active_series)')],
        }),
        lines({
          title: 'Dropped by rule',
          description: 'Records per second. `weir rules` shows samples.',
          unit: 'cps',
          empty: 'No rule dropped anything',
          stacked: true,
          targets: [
            own(
              'sum by (signal, reason) (rate(weir_records_dropped_total[$__rate_interval]))',
              '{{signal}} {{reason}}',
            ),
          ],
        }),
        lines({
          title: 'Received by signal',
          description: 'Records per second.',
          unit: 'cps',
          empty: NO_OWN,
          stacked: true,
          targets: [
            own('sum by (signal) (rate(weir_records_received_total[$__rate_interval]))', '{{signal}}'),
          ],
        }),
        table({
          title: 'Tenants',
          description:
            'Who sends what, as the ledger counts it: within the time range, bytes as they were sent.',
          unit: 'short',
          empty: NO_OWN,
          columns: {
            tenant: 'Tenant',
            signal: 'Signal',
            'Value #A': 'Records received',
            'Value #B': 'Bytes received',
            'Value #C': 'Records dropped',
            'Value #D': 'Bytes saved',
          },
          units: { 'Value #B': 'bytes', 'Value #D': 'bytes' },
          targets: [
            ledger('records', 'received'),
            ledger('bytes', 'received'),
            ledger('records', 'dropped'),
            ledger('bytes', 'dropped'),
          ],
        }),
        table({
          title: 'Rules',
          description: 'What each removed within the time range.',
          unit: 'short',
          empty: 'No rule dropped anything',
          columns: { reason: 'Rule', signal: 'Signal', Value: 'Records' },
          targets: [
            atEnd('sum by (signal, reason) (increase(weir_records_dropped_total[$__range]))', {
              source: OWN,
            }),
          ],
        }),
      ],
    },
  ],
})
