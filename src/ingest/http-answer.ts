import type { FastifyReply } from 'fastify'
import type { Signal } from '../otlp/batch.ts'
import type { Answer } from '../store/store.ts'
import { codesOf, encodeFailure, type Failure, retryAfterMsOf } from './failure.ts'
import { encodeAnswer } from './intake.ts'
import { serviceOf } from './services.ts'

export const PROTOBUF = 'application/x-protobuf'
export const JSON_TYPE = 'application/json'
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'

/** Sends what became of a request, in the form it came in (OTLP 1.7, "OTLP/HTTP Response"). */
export function sendAnswer(
  reply: FastifyReply,
  signal: Signal,
  answer: Answer,
  asProtobuf: boolean,
): FastifyReply {
  if (asProtobuf) return reply.header('content-type', PROTOBUF).send(encodeAnswer(answer))
  const { rejected, message } = answer
  const partialSuccess = { [serviceOf(signal).rejectedName]: String(rejected), errorMessage: message }
  return reply.send(rejected === 0 && message === '' ? {} : { partialSuccess })
}

/** Sends a failure as google.rpc.Status: protobuf to senders of protobuf, else its JSON form (OTLP 1.7, "Failures"). */
export function sendFailure(
  reply: FastifyReply,
  failure: Failure,
  asProtobuf: boolean,
  httpStatus = codesOf(failure.kind).http,
): FastifyReply {
  const retryAfterMs = retryAfterMsOf(failure)
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)))
  if (failure.kind === 'unauthorized') reply.header('www-authenticate', 'Bearer')
  reply.code(httpStatus)
  if (asProtobuf) return reply.header('content-type', PROTOBUF).send(encodeFailure(failure))
  const details =
    retryAfterMs === undefined
      ? {}
      : { details: [{ '@type': RETRY_INFO, retryDelay: `${retryAfterMs / 1000}s` }] }
  return reply.send({ code: codesOf(failure.kind).grpc, message: failure.message, ...details })
}

/** A media type without its parameters, in lower case. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()
}
