import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  ServerListenerBuilder,
} from '@grpc/grpc-js'
import { Refusal } from '../otlp/refusal.ts'
import { Inflater, tooLarge } from './compression.ts'
import { failureOf } from './failure.ts'
import { openCall, sendFailure, watchMessage } from './grpc-call.ts'
import { bodyTimeout } from './intake.ts'
import { profilesNotTaken } from './services.ts'

/** Answers UNIMPLEMENTED to profiles, before anything of the message is read. */
export function refuseCall(call: ServerInterceptingCallInterface): ServerInterceptingCall {
  const refuse = () => sendFailure(openCall(call), profilesNotTaken())
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
