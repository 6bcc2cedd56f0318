import { type Expectations, isChosen, metric } from '../support/expectation.ts'
import { rates, sumBy } from '../support/plain.ts'
import { tracesWith } from './found-traces.ts'
import { CALLS } from './span-metrics.ts'

export const traces: Expectations = {
  'Spans by kind': metric((view, t) =>
    sumBy(
      rates(view.series, CALLS, t, ({ service_name }) => isChosen(view, 'service', service_name)),
      'span_kind',
    ),
  ),
  'Failed spans by service': metric((view, t) =>
    sumBy(
      rates(
        view.series,
        CALLS,
        t,
        ({ service_name, status_code }) =>
          isChosen(view, 'service', service_name) && status_code === 'STATUS_CODE_ERROR',
      ),
      'service_name',
    ),
  ),
  'Failed traces': tracesWith(20, ({ failed }) => failed),
  'Slow traces': tracesWith(20, ({ durationMs }) => durationMs >= 500),
  'Newest traces': tracesWith(20, () => true),
}
