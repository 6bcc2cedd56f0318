import type { Trace } from '../support/ask.ts'
import { END_MS, START_MS } from '../support/clock.ts'
import { type Expectation, isChosen } from '../support/expectation.ts'
import type { WorldSpan, WorldTrace } from '../support/traces.ts'

/** The newest traces with a span of a chosen service that is so; newest by their first span. */
export function tracesWith(limit: number, where: (span: WorldSpan) => boolean): Expectation {
  return (view) => {
    const found = view.traces.filter(
      ({ spans }) =>
        spans.some((span) => isChosen(view, 'service', span.service) && where(span)) &&
        spans[0]!.startMs >= START_MS &&
        spans[0]!.startMs < END_MS,
    )
    const newest = found.toSorted((a, b) => b.spans[0]!.startMs - a.spans[0]!.startMs)
    return { kind: 'traces', traces: newest.slice(0, limit).map(shownOf) }
  }
}

/** What the table of traces has of one. No span ends after the root. */
function shownOf({ traceId, spans: [root] }: WorldTrace): Trace {
  return {
    traceID: traceId,
    rootServiceName: root!.service,
    rootTraceName: root!.name,
    startTimeUnixNano: `${root!.startMs}000000`,
    durationMs: root!.durationMs,
  }
}
