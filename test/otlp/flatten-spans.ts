import { expect } from 'vitest'
import type { ScanOutcomes } from '../../src/otlp/scan/index.ts'
import { type Fault, idOf, Rules, spanIdFault, traceIdFault } from './flatten.ts'
import type { FlatSpan } from './materialise.ts'
import type { Span, SpanLink, TracesRequest } from './proto.ts'

/** See flatten.ts. */
export function flattenSpans(
  request: TracesRequest,
  attributesMax: number,
  outcomes: ScanOutcomes,
): FlatSpan[] {
  const rules = new Rules(attributesMax, outcomes)
  return (request.resourceSpans ?? []).flatMap((resource) =>
    (resource.scopeSpans ?? []).flatMap((scope) =>
      (scope.spans ?? []).map((span) => ({
        verdict: verdictOf(span, rules, rules.aroundFaults(resource, scope)),
        ...rules.surroundings(resource, scope),
        span: expectedSpan(span, rules),
      })),
    ),
  )
}

function expectedSpan(span: Span, rules: Rules): Required<Span> {
  return {
    traceState: '',
    name: '',
    kind: 0,
    startTimeUnixNano: 0n,
    endTimeUnixNano: 0n,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    flags: 0,
    ...span,
    traceId: idOf(span.traceId, 16),
    spanId: idOf(span.spanId, 8),
    parentSpanId: idOf(span.parentSpanId, 8),
    attributes: rules.attributes(span.attributes),
    status: { message: '', code: 0, ...span.status },
    events: (span.events ?? []).map((event) => ({
      timeUnixNano: 0n,
      name: '',
      droppedAttributesCount: 0,
      ...event,
      attributes: rules.attributes(event.attributes),
    })),
    links: (span.links ?? []).map((link) => ({
      traceState: '',
      droppedAttributesCount: 0,
      flags: 0,
      ...link,
      traceId: idOf(link.traceId, 16),
      spanId: idOf(link.spanId, 8),
      attributes: rules.attributes(link.attributes),
    })),
  }
}

function verdictOf(span: Span, rules: Rules, around: ReadonlyArray<Fault>): number {
  const own = [
    ...around,
    traceIdFault(span.traceId),
    spanIdFault(span.spanId),
    spanIdFault(span.parentSpanId),
    rules.tooMany(span.attributes),
    endFault(span),
  ]
  const events = (span.events ?? []).map((event) => rules.tooMany(event.attributes))
  const links = (span.links ?? []).flatMap((link) => linkFaults(link, rules))
  const eventsFirst = rules.verdict(...own, ...events, ...links)
  const linksFirst = rules.verdict(...own, ...links, ...events)
  // Events and links may be mixed on the wire, and which came first is not in the decoded request.
  return eventsFirst === linksFirst ? eventsFirst : expect.toBeOneOf([eventsFirst, linksFirst])
}

function linkFaults(link: SpanLink, rules: Rules): Fault[] {
  return [traceIdFault(link.traceId), spanIdFault(link.spanId), rules.tooMany(link.attributes)]
}

/** An end of 0 is none. */
function endFault({ startTimeUnixNano = 0n, endTimeUnixNano = 0n }: Span): Fault {
  const end = BigInt(endTimeUnixNano)
  return end !== 0n && end < BigInt(startTimeUnixNano) ? 'endsBeforeStart' : undefined
}
