import { RANGE_MS, STEP_MS } from '../support/clock.ts'
import {
  type Expectations,
  isChosen,
  logLines,
  logMetric,
  metric,
  type View,
} from '../support/expectation.ts'
import { divided, increases, quantileBy, rates, sumBy, type Where } from '../support/plain.ts'
import { tracesWith } from './found-traces.ts'
import { CALLS, failed, isServer, SECONDS } from './span-metrics.ts'

const OPERATION = ['service_name', 'span_name'] as const
const GRAPH = 'traces_service_graph_request_total'

const chosen =
  (view: View, also: Where): Where =>
  (labels) =>
    also(labels) && isChosen(view, 'service', labels.service_name)
const rate = (view: View, t: number, also: Where) => rates(view.series, CALLS, t, chosen(view, also))
const inRange = (view: View, t: number, name: string, also = isServer) =>
  increases(view.series, name, { t, ms: RANGE_MS, where: chosen(view, also) })
const quantile = (q: number) =>
  metric((view, t) => quantileBy(q, rates(view.series, SECONDS, t, chosen(view, isServer))))
const http = (view: View, t: number, part: string) =>
  rates(
    view.series,
    `http_server_request_duration_seconds_${part}`,
    t,
    chosen(view, () => true),
  )
const edges = (chosenEnd: 'client' | 'server', by: 'client' | 'server') =>
  metric((view, t) =>
    sumBy(
      rates(view.series, GRAPH, t, (labels) => isChosen(view, 'service', labels[chosenEnd])),
      by,
    ),
  )

export const serviceRed: Expectations = {
  'Requests by operation': metric((view, t) => sumBy(rate(view, t, isServer), ...OPERATION)),
  'Failed, by operation': metric((view, t) =>
    divided(sumBy(rate(view, t, failed), ...OPERATION), sumBy(rate(view, t, isServer), ...OPERATION)),
  ),
  'Duration/A': quantile(0.5),
  'Duration/B': quantile(0.95),
  'Duration/C': quantile(0.99),
  'Operations/A': metric((view, t) => sumBy(inRange(view, t, CALLS), ...OPERATION)),
  'Operations/B': metric((view, t) => sumBy(inRange(view, t, CALLS, failed), ...OPERATION)),
  'Operations/C': metric((view, t) =>
    divided(
      sumBy(inRange(view, t, 'traces_span_metrics_duration_seconds_sum'), ...OPERATION),
      sumBy(inRange(view, t, 'traces_span_metrics_duration_seconds_count'), ...OPERATION),
    ),
  ),
  'Operations/D': metric((view, t) => quantileBy(0.95, inRange(view, t, SECONDS), ...OPERATION)),
  'HTTP requests by route': metric((view, t) => sumBy(http(view, t, 'count'), 'http_route')),
  'HTTP duration by route': metric((view, t) => quantileBy(0.95, http(view, t, 'bucket'), 'http_route')),
  'Who calls': edges('server', 'client'),
  'What is called': edges('client', 'server'),
  'Lines by level': logMetric(['detected_level'], STEP_MS, {
    where: (view) => (log) => isChosen(view, 'service', log.resource['service.name']),
  }),
  'Warnings and errors': logLines(
    50,
    (view) => (log) =>
      isChosen(view, 'service', log.resource['service.name']) && !['debug', 'info'].includes(log.level),
  ),
  'Failed traces': tracesWith(20, ({ failed }) => failed),
}
