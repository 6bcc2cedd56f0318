import { JSON_TYPE } from '../../http/media-type.ts'
import type { ApiResponse } from '../../route.ts'
import type { StoredTrace, StoredTraces } from '../../traces/whole/read-traces.ts'
import { warningsOf } from '../../traces/whole/warnings.ts'
import { envelope, type JaegerError } from './envelope.ts'
import { Processes } from './processes.ts'
import { spanOf } from './span.ts'

/** Spans that become text at once: their objects don't all live at the same time. */
const SPANS_OF_CHUNK = 200

export type TracesAnswer = StoredTraces & {
  /** Of several tenants each process says whose it is. */
  readonly tellTenant: boolean
  readonly errors?: ReadonlyArray<JaegerError>
}

/** Traces as Jaeger's UI and Grafana read them, sent piece by piece. */
export function tracesResponse(answer: TracesAnswer): ApiResponse {
  return { status: 200, contentType: JSON_TYPE, body: answerParts(answer) }
}

async function* answerParts(answer: TracesAnswer): AsyncGenerator<string, void, undefined> {
  const { head, tail } = envelope(answer.traces.length, answer.errors)
  let before = `${head}[`
  for (const trace of answer.traces) {
    for (const part of traceParts(trace, new Processes(answer.resourceOf, answer.tellTenant))) {
      yield before + part
      before = ''
    }
    before = ','
  }
  yield answer.traces.length === 0 ? `${before}]${tail}` : `]${tail}`
}

function* traceParts(trace: StoredTrace, processes: Processes): Generator<string, void, undefined> {
  const { traceId, spans } = trace
  const warnings = warningsOf(trace)
  let before = `{"traceID":"${traceId}","spans":[`
  for (let from = 0; from < spans.length; from += SPANS_OF_CHUNK) {
    const texts = spans
      .slice(from, from + SPANS_OF_CHUNK)
      .map((span, i) => JSON.stringify(spanOf(span, processes.idOf(span), warnings.spans[from + i])))
    yield before + texts.join(',')
    before = ','
  }
  const told = warnings.trace.length === 0 ? null : warnings.trace
  yield `],"processes":${JSON.stringify(processes.all)},"warnings":${JSON.stringify(told)}}`
}
