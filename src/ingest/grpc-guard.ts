import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  ServerListenerBuilder,
} from '@grpc/grpc-js'
import type { Signal } from '../otlp/batch.ts'
import { Refusal } from '../otlp/refusal.ts'
import { Inflater, tooLarge } from './compression.ts'
import { failureOf } from './failure.ts'
import { openCall, sendFailure, watchMessage } from './grpc-call.ts'
import { bodyTimeout, type Intake } from './intake.ts'
import { notTaken } from './services.ts'

/** Answers UNIMPLEMENTED before anything of the message is read. */
export function refuseCall(
  call: ServerInterceptingCallInterface,
  intake: Intake,
  service: { readonly what: string; readonly signal?: Signal },
): ServerInterceptingCall {
  const refuse = () => {
    const failure = notTaken(service.what)
    if (service.signal !== undefined) intake.refused('grpc', service.signal, failure)
    sendFailure(openCall(call), failure)
  }
  const listener = new ServerListenerBuilder().withOnReceiveMetadata(refuse).build()
  return new ServerInterceptingCall(call, { start: (next) => next(listener) })
}

const HEALTH_REQUEST_BYTES_MAX = 4096
const healthInflater = new Inflater({ requestBytesMax: HEALTH_REQUEST_BYTES_MAX })

/** Health asks for no credential: its requests are small, and larger ones are refused before they are buffered. */
export function guardHealth(
  nextCall: ServerInterceptingCallInterface,
  bodyTimeoutMs: number,
): ServerInterceptingCall {
  const call = openCall(nextCall)
  const message = watchMessage(call, {
    expect: (bytes) => {
      if (bytes > HEALTH_REQUEST_BYTES_MAX) throw tooLarge(HEALTH_REQUEST_BYTES_MAX)
    },
    decompress: async (bytes, encoding) =>
      encoding === 'gzip' ? healthInflater.inflate(encoding, bytes) : bytes,
    fail: (error) => failureOf(error) ?? malformedHealth(),
    cut: (frame) => (frame === 'timeout' ? bodyTimeout(bodyTimeoutMs) : malformedHealth()),
    timeoutMs: bodyTimeoutMs,
  })
  const listener = new ServerListenerBuilder()
    .withOnReceiveHalfClose((next) => {
      if (message.halfClosed()) next()
    })
    .withOnCancel(message.stop)
    .build()
  return new ServerInterceptingCall(call, { start: (next) => next(listener) })
}

function malformedHealth(): Refusal {
  return new Refusal('malformed', 'the health request is malformed or cut short')
}
