import { END_MS, START_MS } from '../support/clock.ts'
import { type Expectation, isChosen } from '../support/expectation.ts'
import { TRACES, type WorldSpan } from '../support/traces.ts'

/** The newest traces with a span of a chosen service that is so; newest by their first span. */
export function tracesWith(limit: number, where: (span: WorldSpan) => boolean): Expectation {
  return (view) => {
    const found = TRACES[view.tenant].filter(
      ({ spans }) =>
        spans.some((span) => isChosen(view, 'service', span.service) && where(span)) &&
        spans[0]!.startMs >= START_MS &&
        spans[0]!.startMs < END_MS,
    )
    const newest = found.toSorted((a, b) => b.spans[0]!.startMs - a.spans[0]!.startMs)
    return { kind: 'traces', traceIds: newest.slice(0, limit).map(({ traceId }) => traceId) }
  }
}
