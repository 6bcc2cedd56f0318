import type { ServerResponse } from 'node:http'
import { ApiError, timedOut } from '../errors.ts'

export type Lifetime = {
  /** Aborts when the client leaves, the request's time is over, or the server stops; the reason is an ApiError. */
  readonly signal: AbortSignal
  abort(reason: ApiError): void
  /** Another time than the one it began with, counted from its beginning. */
  within(timeoutMs: number): void
  /** The endpoint has answered (its stream may still run). */
  settled(): void
  /** Called once the endpoint has answered and the response is closed. */
  onEnd(listener: () => void): void
}

/** Past its time, an answer is only waited for while its reader takes something of it at least this often. */
const READER_STILL_MS = 2_000

/**
 * Ties a request's work to its response: work goes on only while somebody waits for it and time is left. A reader
 * that stands still would hold its slot as long as its connection lives; past the time it is cut off.
 */
export function lifetimeOf(response: ServerResponse, timeoutMs: number): Lifetime {
  const controller = new AbortController()
  const listeners: Array<() => void> = []
  const beganAtMs = performance.now()
  let clock = setTimeout(expire, timeoutMs)
  let waitingFor = 2

  function expire(): void {
    controller.abort(timedOut())
    response.setTimeout(READER_STILL_MS, () => response.destroy())
  }

  function reached(): void {
    waitingFor--
    if (waitingFor === 0) for (const listener of listeners) listener()
  }

  response.once('close', () => {
    clearTimeout(clock)
    if (!response.writableFinished)
      controller.abort(new ApiError('client_closed_request', 'The client closed the connection.'))
    reached()
  })
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    within: (otherMs) => {
      if (controller.signal.aborted) return
      clearTimeout(clock)
      clock = setTimeout(expire, Math.max(0, beganAtMs + otherMs - performance.now()))
    },
    settled: reached,
    onEnd: (listener) => {
      listeners.push(listener)
    },
  }
}
