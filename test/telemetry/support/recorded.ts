import type { Attributes, Span, SpanContext, SpanStart, Tracing } from '../../../src/telemetry/tracing.ts'

export type Recorded = SpanStart & {
  readonly links: ReadonlyArray<SpanContext>
  readonly context: SpanContext
  readonly attributes: Record<string, unknown>
  readonly events: Array<{ readonly name: string; readonly attributes: Attributes | undefined }>
  failed: string | undefined
  ends: number
}

/** Tracing that records everything in memory, without the SDK. */
export function recordingTracing(): { readonly tracing: Tracing; readonly spans: Recorded[] } {
  const spans: Recorded[] = []
  const start = ({ attributes, ...rest }: SpanStart, links: ReadonlyArray<SpanContext>): Span => {
    const context = { traceId: 't', spanId: String(spans.length + 1), traceFlags: 1 }
    const recorded: Recorded = {
      ...rest,
      links: [...links],
      context,
      attributes: { ...attributes },
      events: [],
      failed: undefined,
      ends: 0,
    }
    spans.push(recorded)
    return {
      context,
      child: (child) => start(child, []),
      set: (more) => void Object.assign(recorded.attributes, more),
      event: (name, more) => void recorded.events.push({ name, attributes: more }),
      fail: (type) => {
        recorded.failed = type
      },
      end: () => {
        recorded.ends++
      },
    }
  }
  return {
    spans,
    tracing: {
      request: (_headers, first) => start(first, []),
      linked: (first, links) => (links.length === 0 ? undefined : start(first, links)),
    },
  }
}
