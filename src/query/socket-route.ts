import type { IncomingHttpHeaders } from 'node:http'
import type { WebSocket } from 'ws'
import type { Reader } from './http/access.ts'
import type { ErrorForm } from './http/error-form.ts'

/** A request to speak WebSocket, whose Host and Origin are allowed. */
export type SocketRequest = {
  readonly requestId: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /**
   * Who reads whose data, asked anew each time: a long conversation asks now and then whether it still may. Throws
   * {@link ApiError}.
   */
  reader(): Promise<Reader>
  /** Upgrades the connection. Undefined if the client has gone, or its handshake is none and was answered. */
  accept(): Promise<WebSocket | undefined>
}

/**
 * An endpoint that speaks WebSocket. What `handle` throws before it accepts is answered as HTTP, in the words of
 * `errorForm`; after that the endpoint says itself why it closes.
 */
export type SocketRoute = {
  readonly path: `/${string}`
  handle(request: SocketRequest): Promise<void>
  /** As that of a route. */
  readonly errorForm?: ErrorForm
}
