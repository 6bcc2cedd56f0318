import protobuf from 'protobufjs'
import { decodeTracesRequest, type TracesRequest } from '../../otlp/proto.ts'

/** Tempo's envelope of a trace (tempopb/tempo.proto), for protobufjs. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message TraceByIDResponse { bytes trace = 1; bytes metrics = 2; int32 status = 3; string message = 4; }
`)

export type TraceById = { readonly trace: TracesRequest; readonly status: number; readonly message: string }

/** Throws where there is no trace in it, as Grafana does. */
export function decodeTraceById(bytes: Uint8Array): TraceById {
  const type = root.lookupType('TraceByIDResponse')
  const { trace, status, message } = type.toObject(type.decode(bytes), { bytes: Buffer, defaults: true }) as {
    trace: Buffer
    status: number
    message: string
  }
  if (bytes[0] !== 0x0a) throw new Error('The envelope does not begin with a trace.')
  return { trace: decodeTracesRequest(trace), status, message }
}
