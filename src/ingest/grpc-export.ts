import {
  type handleUnaryCall,
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  ServerListenerBuilder,
} from '@grpc/grpc-js'
import type { Signal } from '../otlp/batch.ts'
import { Refusal } from '../otlp/refusal.ts'
import { encodingOf } from './compression.ts'
import type { Failure } from './failure.ts'
import { openCall, sendFailure, statusOf, watchMessage, widenWindows } from './grpc-call.ts'
import type { MessageFrame } from './grpc-frame.ts'
import { bodyTimeout, encodeAnswer, type Intake, type Passage } from './intake.ts'
import type { Headers } from './receiver.ts'

/** zstd is for HTTP: no gRPC client of OpenTelemetry's sends it. */
const ENCODINGS = ['identity', 'gzip', 'deflate'] as const

/** One signal's Export method. */
export type ExportMethod = {
  /** Lets a call in before its message is read. */
  readonly intercept: (call: ServerInterceptingCallInterface) => ServerInterceptingCall
  readonly handle: handleUnaryCall<Buffer, Buffer>
}

/** Receives `signal` through `intake`. */
export function exportMethod(intake: Intake, signal: Signal): ExportMethod {
  /** From the interceptor to the handler: both see the same metadata object. */
  const passages = new WeakMap<Metadata, Passage>()

  const intercept = (nextCall: ServerInterceptingCallInterface): ServerInterceptingCall => {
    const call = openCall(nextCall)
    let passage: Passage | undefined
    let message: ReturnType<typeof watchMessage> | undefined
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        try {
          passage = intake.enter('grpc', signal, headersOf(metadata))
        } catch (error) {
          return sendFailure(call, error as Failure)
        }
        widenWindows(call)
        passages.set(metadata, passage)
        message = watchMessage(call, guardOf(intake, passage))
        next(metadata)
      })
      .withOnReceiveHalfClose((next) => {
        if (message?.halfClosed()) next()
      })
      .withOnCancel(() => {
        message?.stop()
        passage?.abandon()
      })
      .build()
    return new ServerInterceptingCall(call, { start: (next) => next(listener) })
  }

  const handle: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
    passages
      .get(call.metadata)!
      .export(call.request)
      .then(
        (answer) => callback(null, encodeAnswer(answer)),
        (failure: Failure) => callback(statusOf(failure)),
      )
  }
  return { intercept, handle }
}

function guardOf(intake: Intake, passage: Passage) {
  return {
    expect: (bytes: number) => passage.expect(bytes),
    decompress: (message: Buffer, encoding: string | undefined) =>
      passage.inflate(compressionOf(encoding), message),
    fail: (error: unknown) => passage.fail(error),
    cut: (frame: MessageFrame | 'timeout') =>
      frame === 'timeout' ? bodyTimeout(intake.limits.bodyTimeoutMs) : badFrame(frame),
    timeoutMs: intake.limits.bodyTimeoutMs,
  }
}

/** `grpc-encoding` counts only for messages that are marked as compressed. */
function compressionOf(encoding: string | undefined) {
  if (encoding === undefined) return 'identity'
  if (encoding === 'identity')
    throw new Refusal(
      'malformed',
      'the message is marked as compressed, but grpc-encoding names no compression',
    )
  return encodingOf(encoding, ENCODINGS)
}

function badFrame(frame: MessageFrame): Refusal {
  if (frame.length === undefined) return new Refusal('malformed', 'the call ended before its message began')
  if (frame.isOverfull)
    return new Refusal('malformed', 'Export takes one message per call, and more followed')
  const sentence = `the call ended after ${frame.received} of the ${frame.length} bytes of its message`
  return new Refusal('malformed', sentence)
}

function headersOf(metadata: Metadata): Headers {
  const headers: Record<string, string | undefined> = {}
  const map = metadata.getMap()
  for (const name in map) {
    const value = map[name]
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}
