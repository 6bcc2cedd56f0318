import { setImmediate } from 'node:timers/promises'
import { translateJson } from '../../../otlp/json/translate.ts'
import { requestMessage } from '../../../otlp/scan/index.ts'
import { bytesField, messageField, varintField } from '../../../otlp/wire/encode.ts'
import { JSON_TYPE } from '../../http/media-type.ts'
import type { ApiResponse } from '../../route.ts'
import type { StoredTrace, StoredTraces } from '../../traces/whole/read-traces.ts'
import { warningsOf } from '../../traces/whole/warnings.ts'
import { resourceSpans } from './resource-spans.ts'

export const PROTOBUF_TYPE = 'application/protobuf'

/** v1 has no place in its body that says that spans are missing. */
const CUT_HEADER = { 'x-weir-partial': 'true' }
const PARTIAL = 1

export type TraceAnswer = Pick<StoredTraces, 'resourceOf'> & {
  readonly trace: StoredTrace
  readonly tellTenant: boolean
  readonly version: 1 | 2
}

/** A trace as Tempo writes it: protobuf where the client accepts it, else ProtoJSON. */
export function traceResponse(
  answer: TraceAnswer,
  accept: string | undefined,
): Promise<ApiResponse> | ApiResponse {
  return wantsProtobuf(accept) ? protobufResponse(answer) : jsonResponse(answer)
}

function wantsProtobuf(accept = ''): boolean {
  return accept.split(',').some((type) => type.split(';')[0]!.trim().toLowerCase() === PROTOBUF_TYPE)
}

const isPartial = ({ trace }: TraceAnswer) => trace.isCut
const headersOf = (answer: TraceAnswer) => (isPartial(answer) ? { headers: CUT_HEADER } : {})
const messageOf = ({ trace }: TraceAnswer): string => warningsOf(trace).trace.join('; ')

const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

function jsonResponse(answer: TraceAnswer): ApiResponse {
  return { status: 200, contentType: JSON_TYPE, ...headersOf(answer), body: jsonParts(answer) }
}

async function* jsonParts(answer: TraceAnswer): AsyncGenerator<string, void, undefined> {
  const { trace, version } = answer
  let before = version === 1 ? '{"batches":[' : '{"trace":{"resourceSpans":['
  for (const text of resourceSpans(trace.spans, { ...answer, id: base64Of })) {
    yield before + text
    before = ','
  }
  if (version === 1) yield ']}\n'
  else {
    const message = messageOf(answer)
    const told = {
      metrics: {},
      ...(isPartial(answer) ? { status: 'PARTIAL' } : {}),
      ...(message === '' ? {} : { message }),
    }
    yield `]},${JSON.stringify(told).slice('{'.length)}\n`
  }
}

/** Chunk by chunk, so that others are served between: a trace may have 10,000 spans. */
async function traceBytes(answer: TraceAnswer): Promise<Buffer> {
  const type = requestMessage('traces')
  const parts: Buffer[] = []
  for (const text of resourceSpans(answer.trace.spans, { ...answer, id: (hex) => hex })) {
    parts.push(translateJson(type, Buffer.from(`{"resourceSpans":[${text}]}`)))
    await setImmediate()
  }
  return Buffer.concat(parts)
}

/** tempopb.Trace and OTLP's TracesData are the same bytes; v2 has them in a TraceByIDResponse. */
async function protobufResponse(answer: TraceAnswer): Promise<ApiResponse> {
  const trace = await traceBytes(answer)
  const body =
    answer.version === 1
      ? trace
      : Buffer.concat([
          messageField(1, trace),
          messageField(2, Buffer.alloc(0)),
          varintField(3, isPartial(answer) ? PARTIAL : 0),
          bytesField(4, messageOf(answer)),
        ])
  return { status: 200, contentType: PROTOBUF_TYPE, ...headersOf(answer), body }
}
