import { bytesField, messageField, varintField } from './wire/encode.ts'

/**
 * Encodes an Export{Logs,Trace,Metrics}ServiceResponse: their partial_success messages have the same field
 * numbers (opentelemetry/proto/collector). Nothing rejected and no message: the empty response, which means
 * full success (OTLP specification, "Full Success" and "Partial Success").
 */
export function encodeExportResponse(rejected: number, message: string): Buffer {
  if (rejected === 0 && message === '') return Buffer.alloc(0)
  return messageField(1, Buffer.concat([varintField(1, rejected), bytesField(2, message)]))
}

/** Codes of google.rpc.Status that Weir answers with (google/rpc/code.proto). */
export const StatusCode = {
  ok: 0,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode]

const RETRY_INFO_TYPE = 'type.googleapis.com/google.rpc.RetryInfo'

/**
 * Encodes a google.rpc.Status: the body of an HTTP refusal and gRPC's `grpc-status-details-bin` trailer.
 * With `retryAfterMs` (0 or more) its details carry a RetryInfo, which tells an OTLP sender that it may send
 * again and when; without it RESOURCE_EXHAUSTED means never.
 */
export function encodeStatus(code: StatusCode, message: string, retryAfterMs?: number): Buffer {
  const details =
    retryAfterMs === undefined ? Buffer.alloc(0) : messageField(3, encodeRetryInfo(retryAfterMs))
  return Buffer.concat([varintField(1, code), bytesField(2, message), details])
}

/** A google.protobuf.Any that holds a RetryInfo{retry_delay}. */
function encodeRetryInfo(retryAfterMs: number): Buffer {
  const delayMs = Math.round(retryAfterMs)
  const seconds = Math.floor(delayMs / 1000)
  const duration = Buffer.concat([
    varintField(1, seconds),
    varintField(2, (delayMs - seconds * 1000) * 1_000_000),
  ])
  return Buffer.concat([bytesField(1, RETRY_INFO_TYPE), messageField(2, messageField(1, duration))])
}
