import { RANGE_MS, STEP_MS } from '../support/clock.ts'
import { type Expectations, logLines, logMetric, metric, type View } from '../support/expectation.ts'
import {
  countBy,
  divided,
  type everything,
  increases,
  latest,
  quantileBy,
  rates,
  sumBy,
} from '../support/plain.ts'
import { CALLS, failed, isServer, SECONDS } from './span-metrics.ts'

const now = (view: View, t: number, name: string) => latest(view.series, name, t)
const inRange = (view: View, t: number, where: typeof everything) =>
  increases(view.series, CALLS, { t, ms: RANGE_MS, where })

export const workspaceOverview: Expectations = {
  Requests: metric((view, t) => sumBy(rates(view.series, CALLS, t, isServer))),
  Failed: metric((view, t) =>
    divided(sumBy(rates(view.series, CALLS, t, failed)), sumBy(rates(view.series, CALLS, t, isServer))),
  ),
  '95th percentile': metric((view, t) => quantileBy(0.95, rates(view.series, SECONDS, t, isServer))),
  CPU: metric((view, t) => sumBy(now(view, t, 'k8s_pod_cpu_usage'))),
  Memory: metric((view, t) => sumBy(now(view, t, 'k8s_pod_memory_working_set_bytes'))),
  'Services with requests': metric((view, t) => countBy(countBy(now(view, t, CALLS), 'service_name'))),
  'Requests by service': metric((view, t) => sumBy(rates(view.series, CALLS, t, isServer), 'service_name')),
  'Services/A': metric((view, t) => sumBy(inRange(view, t, isServer), 'service_name')),
  'Services/B': metric((view, t) => sumBy(inRange(view, t, failed), 'service_name')),
  'CPU by namespace': metric((view, t) => sumBy(now(view, t, 'k8s_pod_cpu_usage'), 'k8s_namespace_name')),
  'Memory by namespace': metric((view, t) =>
    sumBy(now(view, t, 'k8s_pod_memory_working_set_bytes'), 'k8s_namespace_name'),
  ),
  'Lines by level': logMetric(['detected_level'], STEP_MS, { where: () => () => true }),
  Errors: logLines(
    50,
    () =>
      ({ level }) =>
        level === 'error' || level === 'fatal',
  ),
}
