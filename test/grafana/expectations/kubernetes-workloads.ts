import { RANGE_MS, STEP_MS } from '../support/clock.ts'
import {
  chosenBy,
  type Expectations,
  isChosen,
  logMetric,
  metric,
  streamOf,
  type View,
} from '../support/expectation.ts'
import { countBy, increases, latest, maxBy, rates, sumBy } from '../support/plain.ts'

/** The label that names workloads of the kind that is chosen. */
const kindOf = ({ choice }: View): string => String(choice.kind)
const selected = (view: View) =>
  chosenBy(view, { k8s_namespace_name: 'namespace', [kindOf(view)]: 'workload' })
const now = (view: View, t: number, name: string) => latest(view.series, name, t, selected(view))
const workload = (view: View) => ['k8s_namespace_name', kindOf(view)]
const pod = (view: View) => [...new Set([...workload(view), 'k8s_pod_name'])]

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
  'CPU by workload': metric((view, t) => sumBy(now(view, t, 'k8s_pod_cpu_usage'), ...workload(view))),
  'Memory by workload': metric((view, t) =>
    sumBy(now(view, t, 'k8s_pod_memory_working_set_bytes'), ...workload(view)),
  ),
  'CPU of pods, of their limits': metric((view, t) =>
    maxBy(now(view, t, 'k8s_pod_cpu_limit_utilization_ratio'), 'k8s_pod_name'),
  ),
  'Memory of pods, of their limits': metric((view, t) =>
    maxBy(now(view, t, 'k8s_pod_memory_limit_utilization_ratio'), 'k8s_pod_name'),
  ),
  'Network received': network('receive'),
  'Network transmitted': network('transmit'),
  'Pods/A': metric((view, t) => maxBy(now(view, t, 'k8s_pod_phase'), ...pod(view))),
  'Pods/B': metric((view, t) => sumBy(now(view, t, 'k8s_container_restarts'), ...pod(view))),
  'Pods/C': metric((view, t) => sumBy(now(view, t, 'k8s_pod_cpu_usage'), ...pod(view))),
  'Pods/D': metric((view, t) => sumBy(now(view, t, 'k8s_pod_memory_working_set_bytes'), ...pod(view))),
  'Lines by workload': (view) =>
    logMetric([kindOf(view)], STEP_MS, {
      where: () => (log) =>
        isChosen(view, 'namespace', log.resource['k8s.namespace.name']) &&
        isChosen(view, 'workload', streamOf(log)[kindOf(view)]),
    })(view),
}
