import { idOf } from '../../records/fields.ts'
import type { StoredTrace } from './read-traces.ts'

/** What is odd about a trace: spans are served as they were sent, and marked. */
export type TraceWarnings = {
  /** Of the trace as a whole. */
  readonly trace: ReadonlyArray<string>
  /** Of its spans, in their order; undefined where nothing is odd. */
  readonly spans: ReadonlyArray<string | undefined>
}

const MS_NS = 1e6

/** Looks for parents that are not stored, spans that begin before their parent, and ids that stand twice. */
export function warningsOf({ spans, isCut }: StoredTrace): TraceWarnings {
  const starts = new Map<string, bigint>()
  const twice = new Set<string>()
  for (const { spanId, time } of spans) {
    if (starts.has(spanId)) twice.add(spanId)
    else starts.set(spanId, BigInt(time))
  }
  let orphans = 0
  let skewed = 0
  const ofSpans = spans.map(({ spanId, parentSpanId, time }) => {
    const parent = idOf(parentSpanId)
    if (parent !== '' && !starts.has(parent)) {
      orphans++
      return `its parent ${parent} is ${isCut ? 'not in this answer' : 'not stored'}`
    }
    const start = starts.get(parent)
    if (start !== undefined && BigInt(time) < start) {
      skewed++
      const earlierMs = Number(start - BigInt(time)) / MS_NS
      return `it starts ${earlierMs} ms before its parent: the clocks of their hosts may differ; times are shown as sent`
    }
    return twice.has(spanId) ? 'another span of the trace has the same id' : undefined
  })
  return {
    trace: [
      ...(isCut
        ? [
            `only the ${spans.length} oldest spans of the trace are shown: it has more than one answer may hold`,
          ]
        : []),
      ...(orphans === 0 ? [] : [`spans without their parent: ${orphans}`]),
      ...(skewed === 0 ? [] : [`spans that start before their parent: ${skewed}`]),
    ],
    spans: ofSpans,
  }
}
