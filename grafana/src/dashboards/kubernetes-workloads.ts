import { dashboard } from '../kit/dashboard.ts'
import { dataLink, lines, logBars, number, table } from '../kit/panels.ts'
import { atEnd, logql, overTime } from '../kit/targets.ts'
import { choiceVariable, labelVariable, logsVariable, tenantVariable } from '../kit/variables.ts'
import { CHOSEN, UIDS } from './words.ts'

const NOTHING = 'No metrics of the kubeletstats receiver with names of such workloads (k8s_attributes)'
const NO_CLUSTER = 'No metrics of the k8s_cluster receiver with names of such workloads (k8s_attributes)'
/** By the label that names a pod's workload of that kind: the kind is chosen, since one selector can't ask for either of two labels. */
const KINDS = {
  Deployment: 'k8s_deployment_name',
  StatefulSet: 'k8s_statefulset_name',
  DaemonSet: 'k8s_daemonset_name',
  CronJob: 'k8s_cronjob_name',
  Job: 'k8s_job_name',
  ReplicaSet: 'k8s_replicaset_name',
  Pod: 'k8s_pod_name',
} as const
const SELECTED = 'k8s_namespace_name=~"$namespace", $kind=~"$workload"'
const BY_POD = { legend: '{{k8s_pod_name}}' }

/** What workloads use and how they fare, from the collector's kubeletstats and k8s_cluster receivers. */
export const kubernetesWorkloads = dashboard({
  uid: UIDS.kubernetes,
  title: 'Kubernetes workloads',
  description:
    'CPU, memory, network and restarts of the pods of a kind of workload, from the kubeletstats and k8s_cluster receivers. The kind Pod has all pods.',
  variables: [
    tenantVariable(),
    logsVariable(),
    labelVariable('namespace', 'Namespace', { of: 'k8s_pod_cpu_usage', attribute: 'k8s_namespace_name' }),
    choiceVariable('kind', 'Kind', KINDS),
    labelVariable('workload', 'Workload', {
      of: 'k8s_pod_cpu_usage{k8s_namespace_name=~"$namespace"}',
      attribute: '$kind',
    }),
  ],
  rows: [
    {
      title: 'Now',
      panels: [
        number({
          title: 'Pods running',
          description: 'Pods in the phase Running.',
          unit: 'short',
          empty: NO_CLUSTER,
          targets: [overTime(`count(k8s_pod_phase{${SELECTED}} == 2)`)],
        }),
        number({
          title: 'Pods not running',
          description: 'Pods that are pending, failed or unknown. Completed pods do not count.',
          unit: 'short',
          empty: '0',
          targets: [overTime(`count(k8s_pod_phase{${SELECTED}} != 2 != 3)`)],
        }),
        number({
          title: 'CPU',
          description: 'Cores in use.',
          unit: 'suffix: cores',
          empty: NOTHING,
          targets: [overTime(`sum(k8s_pod_cpu_usage{${SELECTED}})`)],
        }),
        number({
          title: 'Memory',
          description: 'Working sets: what the kernel can not take back.',
          unit: 'bytes',
          empty: NOTHING,
          targets: [overTime(`sum(k8s_pod_memory_working_set_bytes{${SELECTED}})`)],
        }),
        number({
          title: 'Restarts',
          description: 'Of containers, within the time range.',
          unit: 'short',
          empty: NO_CLUSTER,
          targets: [atEnd(`sum(increase(k8s_container_restarts{${SELECTED}}[$__range]))`)],
        }),
      ],
    },
    {
      title: 'CPU and memory',
      panels: [
        lines({
          title: 'CPU by workload',
          description: 'Cores in use, all pods of a workload together.',
          unit: 'suffix: cores',
          empty: NOTHING,
          stacked: true,
          targets: [
            overTime(`sum by (k8s_namespace_name, $kind) (k8s_pod_cpu_usage{${SELECTED}})`, {
              legend: '{{k8s_namespace_name}}/{{$kind}}',
            }),
          ],
        }),
        lines({
          title: 'Memory by workload',
          description: 'Working sets, all pods of a workload together.',
          unit: 'bytes',
          empty: NOTHING,
          stacked: true,
          targets: [
            overTime(`sum by (k8s_namespace_name, $kind) (k8s_pod_memory_working_set_bytes{${SELECTED}})`, {
              legend: '{{k8s_namespace_name}}/{{$kind}}',
            }),
          ],
        }),
        lines({
          title: 'CPU of pods, of their limits',
          description: 'Near 100 % a container is throttled. Pods without limits are not here.',
          unit: 'percentunit',
          empty: `${NOTHING}, with k8s.pod.cpu_limit_utilization enabled`,
          targets: [
            overTime(`max by (k8s_pod_name) (k8s_pod_cpu_limit_utilization_ratio{${SELECTED}})`, BY_POD),
          ],
        }),
        lines({
          title: 'Memory of pods, of their limits',
          description: 'At 100 % a container is killed. Pods without limits are not here.',
          unit: 'percentunit',
          empty: `${NOTHING}, with k8s.pod.memory_limit_utilization enabled`,
          targets: [
            overTime(`max by (k8s_pod_name) (k8s_pod_memory_limit_utilization_ratio{${SELECTED}})`, BY_POD),
          ],
        }),
      ],
    },
    {
      title: 'Network and restarts',
      panels: [
        lines({
          title: 'Network received',
          description: 'Bytes per second, all interfaces of a pod.',
          unit: 'Bps',
          empty: NOTHING,
          targets: [
            overTime(
              `sum by (k8s_pod_name) (rate(k8s_pod_network_io_bytes_total{${SELECTED}, direction="receive"}[$__rate_interval]))`,
              BY_POD,
            ),
          ],
        }),
        lines({
          title: 'Network transmitted',
          description: 'Bytes per second, all interfaces of a pod.',
          unit: 'Bps',
          empty: NOTHING,
          targets: [
            overTime(
              `sum by (k8s_pod_name) (rate(k8s_pod_network_io_bytes_total{${SELECTED}, direction="transmit"}[$__rate_interval]))`,
              BY_POD,
            ),
          ],
        }),
        table({
          title: 'Pods',
          description: 'Phase: 1 pending, 2 running, 3 succeeded, 4 failed, 5 unknown.',
          unit: 'short',
          empty: NOTHING,
          width: 24,
          columns: {
            k8s_namespace_name: 'Namespace',
            ...Object.fromEntries(Object.values(KINDS).map((label) => [label, 'Workload'])),
            k8s_pod_name: 'Pod',
            'Value #A': 'Phase',
            'Value #B': 'Restarts',
            'Value #C': 'CPU',
            'Value #D': 'Memory',
          },
          units: { 'Value #C': 'suffix: cores', 'Value #D': 'bytes' },
          targets: [
            atEnd(`max by (k8s_namespace_name, $kind, k8s_pod_name) (k8s_pod_phase{${SELECTED}})`),
            atEnd(`sum by (k8s_namespace_name, $kind, k8s_pod_name) (k8s_container_restarts{${SELECTED}})`),
            atEnd(`sum by (k8s_namespace_name, $kind, k8s_pod_name) (k8s_pod_cpu_usage{${SELECTED}})`),
            atEnd(
              `sum by (k8s_namespace_name, $kind, k8s_pod_name) (k8s_pod_memory_working_set_bytes{${SELECTED}})`,
            ),
          ],
          links: [
            dataLink(
              'Logs of the pod',
              `/d/${UIDS.logs}?${CHOSEN}&var-namespace=\${__data.fields.Namespace}&var-search=\${__data.fields.Pod}`,
            ),
          ],
        }),
      ],
    },
    {
      title: 'Logs',
      panels: [
        logBars({
          title: 'Lines by workload',
          description: 'Log lines of the chosen workloads.',
          unit: 'short',
          empty: 'No logs of such workloads: their names come from the processor k8s_attributes',
          width: 24,
          targets: [
            logql(
              'sum by ($kind) (count_over_time({k8s_namespace_name=~"$namespace", $kind=~"$workload"} [$__auto]))',
              { legend: '{{$kind}}' },
            ),
          ],
        }),
      ],
    },
  ],
})
