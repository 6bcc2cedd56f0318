import type { FastifyReply } from 'fastify'
import { codesOf, encodeFailure, type Failure, retryAfterMsOf } from './failure.ts'

export const PROTOBUF = 'application/x-protobuf'

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
  return reply.send({ code: codesOf(failure.kind).grpc, message: failure.message })
}

/** A media type without its parameters, in lower case. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()
}
