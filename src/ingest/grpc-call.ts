import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { Metadata, type ServerInterceptingCallInterface, type StatusObject } from '@grpc/grpc-js'
import { codesOf, encodeFailure, type Failure } from './failure.ts'
import { MessageFrame } from './grpc-frame.ts'

/**
 * What Weir needs of a call and grpc-js (1.14) keeps to itself: the HTTP/2 stream, to know how large a message is
 * before it is buffered, and the decompression, to bound it, to answer its errors by their meaning and to halve
 * its cost. Why, and what was measured: docs/adr/0006-receivers.md. The interceptor is the only place that knows.
 */
type OpenCall = ServerInterceptingCallInterface & {
  readonly stream: ServerHttp2Stream
  decompressMessage: (message: Buffer, encoding: string) => Promise<Buffer>
}

/** What a guard decides about one call's message. All but `cut` throw a {@link Failure}. */
export type MessageGuard = {
  /** The message will have `bytes` as sent; called before they are buffered. */
  readonly expect: (bytes: number) => void
  /** The message without its prefix; `encoding` is undefined if it is not compressed. */
  readonly decompress: (message: Buffer, encoding: string | undefined) => Promise<Buffer>
  /** Turns an error into what the sender is told. */
  readonly fail: (error: unknown) => Failure
  /** Called if the message does not arrive as the call ends or in time. */
  readonly cut: (frame: MessageFrame | 'timeout') => unknown
  readonly timeoutMs: number
}

/** HTTP/2 starts with 64 KiB: a request of 346 kB then waits six times for its sender to be told to go on. */
const STREAM_WINDOW_BYTES = 1024 * 1024
const SESSION_WINDOW_BYTES = 4 * 1024 * 1024

const widened = new WeakSet<ServerHttp2Session>()

/** Opens a call of grpc-js to {@link watchMessage}. */
export function openCall(call: ServerInterceptingCallInterface): OpenCall {
  const open = call as OpenCall
  if (typeof open.stream?.pause !== 'function' || typeof open.decompressMessage !== 'function')
    throw new Error('BUG: this version of @grpc/grpc-js is not the one that grpc-call.ts knows')
  return open
}

/** Widens the windows of the call's connection; once per connection. */
export function widenWindows(call: OpenCall): void {
  const session = call.stream.session as ServerHttp2Session | undefined
  if (session === undefined || session.destroyed || widened.has(session)) return
  widened.add(session)
  session.setLocalWindowSize(SESSION_WINDOW_BYTES)
  session.settings({ initialWindowSize: STREAM_WINDOW_BYTES })
}

/** Puts `guard` before the message of a call. Returns what to call when the sender has sent all it will send. */
export function watchMessage(call: OpenCall, guard: MessageGuard): { halfClosed(): boolean; stop(): void } {
  const frame = new MessageFrame()
  let isExpected = false
  const timer = setTimeout(() => refuse(guard.cut('timeout')), guard.timeoutMs)
  const refuse = (error: unknown) => {
    clearTimeout(timer)
    sendFailure(call, guard.fail(error))
  }
  const onData = (chunk: Buffer) => {
    frame.push(chunk)
    try {
      if (!isExpected && frame.length !== undefined) {
        isExpected = true
        guard.expect(frame.length)
      }
      if (frame.isOverfull) throw guard.cut(frame)
    } catch (error) {
      refuse(error)
    }
    if (frame.isComplete) clearTimeout(timer)
  }
  // Before grpc-js's own listener, which stops looking once a status was sent.
  call.stream.prependListener('data', onData)
  call.decompressMessage = async (message, encoding) => {
    try {
      const isCompressed = message[0] === 1
      return await guard.decompress(message.subarray(5), isCompressed ? encoding : undefined)
    } catch (error) {
      throw statusOf(guard.fail(error))
    }
  }
  return {
    halfClosed: () => {
      if (frame.isComplete) return true
      // A call whose sender is gone ends as if it were done; `onCancel` follows.
      if (call.stream.aborted) return false
      refuse(guard.cut(frame))
      return false
    },
    stop: () => clearTimeout(timer),
  }
}

/** Ends a call by a failure, and the stream with it: what its sender still sends is not waited for. */
export function sendFailure(call: OpenCall, failure: Failure): void {
  const { stream } = call
  call.sendStatus(statusOf(failure) as StatusObject)
  // RFC 9113, 8.1: a complete answer before the end of the request is followed by RST_STREAM(NO_ERROR).
  if (!stream.readableEnded && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR)
}

/** The gRPC status of a failure, with google.rpc.Status in `grpc-status-details-bin`. */
export function statusOf(failure: Failure): StatusObject {
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', encodeFailure(failure))
  return { code: codesOf(failure.kind).grpc as number, details: failure.message, metadata }
}
