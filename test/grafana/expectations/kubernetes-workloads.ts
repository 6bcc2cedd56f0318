import { RANGE_MS, STEP_MS } from '../support/clock.ts'
import {
  chosenBy,
  type Expectations,
  isChosen,
  logMetric,
  metric,
  type View,
} from '../support/expectation.ts'
import { countBy, increases, latest, maxBy, rates, sumBy } from '../support/plain.ts'

const selected = (view: View) =>
  chosenBy(view, { k8s_namespace_name: 'namespace', k8s_deployment_name: 'workload' })
const now = (view: View, t: number, name: string) => latest(view.series, name, t, selected(view))
const POD = ['k8s_namespace_name', 'k8s_deployment_name', 'k8s_pod_name'] as const

const network = (direction: string) =>
  metric((view, t) =>
    sumBy(
      rates(
        view.series,
        'k8s_pod_network_io_bytes_total',
        t,
        (labels) => selected(view)(labels) && labels.direction === direction,
      ),
      'k8s_pod_name',
    ),
  )

export const kubernetesWorkloads: Expectations = {
  'Pods running': metric((view, t) =>
    countBy(now(view, t, 'k8s_pod_phase').filter(({ value }) => value === 2)),
  ),
  'Pods not running': metric((view, t) =>
    countBy(now(view, t, 'k8s_pod_phase').filter(({ value }) => value !== 2 && value !== 3)),
  ),
  CPU: metric((view, t) => sumBy(now(view, t, 'k8s_pod_cpu_usage'))),
  Memory: metric((view, t) => sumBy(now(view, t, 'k8s_pod_memory_working_set_bytes'))),
  Restarts: metric((view, t) =>
    sumBy(increases(view.series, 'k8s_container_restarts', { t, ms: RANGE_MS, where: selected(view) })),
  ),
  'CPU by workload': metric((view, t) => sumBy(now(view, t, 'k8s_pod_cpu_usage'), ...POD.slice(0, 2))),
  'Memory by workload': metric((view, t) =>
    sumBy(now(view, t, 'k8s_pod_memory_working_set_bytes'), ...POD.slice(0, 2)),
  ),
  'CPU of pods, of their limits': metric((view, t) =>
    maxBy(now(view, t, 'k8s_pod_cpu_limit_utilization_ratio'), 'k8s_pod_name'),
  ),
  'Memory of pods, of their limits': metric((view, t) =>
    maxBy(now(view, t, 'k8s_pod_memory_limit_utilization_ratio'), 'k8s_pod_name'),
  ),
  'Network received': network('receive'),
  'Network transmitted': network('transmit'),
  'Pods/A': metric((view, t) => maxBy(now(view, t, 'k8s_pod_phase'), ...POD)),
  'Pods/B': metric((view, t) => sumBy(now(view, t, 'k8s_container_restarts'), ...POD)),
  'Pods/C': metric((view, t) => sumBy(now(view, t, 'k8s_pod_cpu_usage'), ...POD)),
  'Pods/D': metric((view, t) => sumBy(now(view, t, 'k8s_pod_memory_working_set_bytes'), ...POD)),
  'Lines by workload': logMetric(['k8s_deployment_name'], STEP_MS, {
    where:
      (view) =>
      ({ resource }) =>
        isChosen(view, 'namespace', resource['k8s.namespace.name']) &&
        isChosen(view, 'workload', resource['k8s.deployment.name']),
  }),
}
