import type { Series } from '../../query/promql/reference.ts'
import { RANGE_MS, STEP_MS } from '../support/clock.ts'
import { bytesOf, type Expectations, logMetric, metric, type View } from '../support/expectation.ts'
import { both, countBy, divided, increases, latest, rates, sumBy } from '../support/plain.ts'

const everyLine = { where: () => () => true }
const DROPPED = 'weir_records_dropped_total'

/** Every series with a sample of the last five minutes. */
function present({ series }: View, t: number) {
  const names = new Set(series.map(({ labels }: Series) => labels.__name__!))
  return [...names].flatMap((name) => latest(series, name, t))
}
const rate = ({ own }: View, t: number, name: string) => rates(own, name, t)
const inRange = ({ own }: View, t: number, name: string, kind?: string) =>
  increases(own, name, { t, ms: RANGE_MS, where: (labels) => kind === undefined || labels.kind === kind })
const ledger = (what: string, kind: string) =>
  metric((view, t) => sumBy(inRange(view, t, `weir_ledger_${what}_total`, kind), 'tenant', 'signal'))

export const cardinalityAndCost: Expectations = {
  Series: metric((view, t) => countBy(present(view, t))),
  'Log lines': logMetric([], RANGE_MS, everyLine),
  'Log bytes': logMetric([], RANGE_MS, { ...everyLine, of: bytesOf }),
  'Metrics with most series': metric((view, t) => countBy(present(view, t), '__name__')),
  'Services with most series': metric((view, t) =>
    countBy(
      present(view, t).filter(({ labels }) => labels.job !== undefined),
      'job',
    ),
  ),
  'Log bytes by service': logMetric(['service_name'], STEP_MS, { ...everyLine, of: bytesOf }),
  'Log bytes by namespace': logMetric(['k8s_namespace_name'], STEP_MS, { ...everyLine, of: bytesOf }),
  Dropped: metric((view, t) =>
    divided(
      sumBy(rate(view, t, DROPPED)),
      both(
        sumBy(rate(view, t, 'weir_records_received_total')),
        sumBy(rate(view, t, 'weir_records_generated_total')),
        (a, b) => a + b,
      ),
    ),
  ),
  Saved: metric((view, t) =>
    sumBy(rate(view, t, 'weir_ledger_bytes_total').filter(({ labels }) => labels.kind === 'dropped')),
  ),
  'Saved in the range': metric((view, t) => sumBy(inRange(view, t, 'weir_ledger_bytes_total', 'dropped'))),
  'Dry runs would save': metric((view, t) => sumBy(inRange(view, t, 'weir_ledger_bytes_total', 'dry_run'))),
  'Active series': metric(({ own }, t) => sumBy(latest(own, 'weir_active_series', t))),
  'Dropped by rule': metric((view, t) => sumBy(rate(view, t, DROPPED), 'signal', 'reason')),
  'Received by signal': metric((view, t) => sumBy(rate(view, t, 'weir_records_received_total'), 'signal')),
  'Tenants/A': ledger('records', 'received'),
  'Tenants/B': ledger('bytes', 'received'),
  'Tenants/C': ledger('records', 'dropped'),
  'Tenants/D': ledger('bytes', 'dropped'),
  Rules: metric((view, t) => sumBy(inRange(view, t, DROPPED), 'signal', 'reason')),
}
