import type { SpanContext } from '@opentelemetry/api'
import { createTraceState, TraceFlags } from '@opentelemetry/api'

/** Version, trace id, parent id, flags (W3C Trace Context, 3.2). Later versions may go on after a dash. */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const TRACESTATE_LENGTH_MAX = 512

/** Whose call a request is, by its `traceparent`; undefined if there is none that can be read. */
export function readTraceparent(
  traceparent: string | ReadonlyArray<string> | undefined,
  tracestate?: string | ReadonlyArray<string>,
): SpanContext | undefined {
  if (typeof traceparent !== 'string') return undefined
  const match = TRACEPARENT.exec(traceparent)
  if (match === null || (match[1] === '00' && match[5] !== undefined)) return undefined
  const isSampled = (Number.parseInt(match[4]!, 16) & TraceFlags.SAMPLED) !== 0
  const state = isSampled && typeof tracestate === 'string' && tracestate.length <= TRACESTATE_LENGTH_MAX
  return {
    traceId: match[2]!,
    spanId: match[3]!,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(state ? { traceState: createTraceState(tracestate) } : {}),
  }
}
