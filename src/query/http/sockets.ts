import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { WebSocketServer } from 'ws'
import type { WebAccess } from '../../tenancy/web.ts'
import { ApiError, toApiError } from '../errors.ts'
import type { Route } from '../route.ts'
import type { SocketRequest, SocketRoute } from '../socket-route.ts'
import { type ApiAccess, readerOf } from './access.ts'
import { knock } from './doors.ts'
import { jsonErrors } from './error-form.ts'
import { requestIdOf } from './request-id.ts'

/** What a client may send in one message: no endpoint expects more than a close. */
const MESSAGE_BYTES_MAX = 4096

export type SocketParts = {
  readonly routes: ReadonlyArray<SocketRoute>
  readonly web: WebAccess
  readonly access: ApiAccess
  readonly log: Logger
  /** The refusal of a server that stops, while it does. */
  readonly stopping: () => ApiError | undefined
}

const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?', 1)[0]!

function queryOf({ url = '/' }: IncomingMessage): URLSearchParams {
  const question = url.indexOf('?')
  return new URLSearchParams(question === -1 ? '' : url.slice(question + 1))
}

/**
 * Which requests leave HTTP: WebSocket on a path that speaks it. Every other one is answered as if it had not asked, as
 * HTTP lets a server do: clients ask for h2c with plain requests.
 */
export function upgrades(routes: ReadonlyArray<SocketRoute>): (request: IncomingMessage) => boolean {
  const paths = new Set<string>(routes.map(({ path }) => path))
  return (request) =>
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    paths.has(pathOf(request)) &&
    request.method === 'GET'
}

/** What the paths answer to plain requests. */
export function plainRoutes(routes: ReadonlyArray<SocketRoute>): Route[] {
  return routes.map(({ path, errorForm }) => ({
    path,
    ...(errorForm === undefined ? {} : { errorForm }),
    methods: ['GET'],
    access: 'open',
    handle: () =>
      Promise.reject(
        new ApiError(
          'upgrade_required',
          `${path} speaks WebSocket: a proxy on the way has to pass the headers Upgrade and Connection on.`,
        ),
      ),
  }))
}

function refuse(
  socket: Duplex,
  error: ApiError,
  requestId: string,
  { errorForm = jsonErrors }: SocketRoute,
): void {
  const { contentType, body } = errorForm(error, requestId)
  const headers = {
    connection: 'close',
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
    ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${error.status} Refused\r\n${head.join('')}\r\n${body}`, () => socket.destroy())
}

/** Answers the upgrades of a server. The one place where a connection leaves HTTP. */
export function serveSockets(server: Server, { routes, web, access, log, stopping }: SocketParts): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Costs a quarter of a megabyte per connection; lines are batched instead (docs/adr/0016-tail-hub.md).
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES_MAX,
  })
  // A handshake that is none: ws answers it, and says so here.
  sockets.on('wsClientError', (error, socket) => {
    log.debug({ reason: error.message }, 'no WebSocket handshake')
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', () =>
      socket.destroy(),
    )
  })
  const byPath = new Map<string, SocketRoute>(routes.map((route) => [route.path, route]))

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const route = byPath.get(pathOf(request))!
    const requestId = requestIdOf(request.headers['x-request-id'])
    const destroy = (): void => void socket.destroy()
    socket.on('error', destroy)
    const asked: SocketRequest = {
      requestId,
      query: queryOf(request),
      headers: request.headers,
      reader: () => readerOf(access, request.headers),
      accept: () =>
        new Promise((resolve) => {
          if (socket.destroyed) return resolve(undefined)
          socket.once('close', () => resolve(undefined))
          sockets.handleUpgrade(request, socket, head, (accepted) => {
            socket.off('error', destroy)
            resolve(accepted)
          })
        }),
    }
    answer(route, asked, request).catch((error: unknown) => {
      const known = toApiError(error)
      const level = known.status >= 500 && known.cause !== undefined ? 'error' : 'debug'
      log[level]({ requestId, code: known.code, err: known.cause ?? known }, 'API request failed')
      if (socket.writable) refuse(socket, known, requestId, route)
      else socket.destroy()
    })
  })

  async function answer(route: SocketRoute, asked: SocketRequest, request: IncomingMessage): Promise<void> {
    const refusal = stopping()
    if (refusal !== undefined) throw refusal
    const answered = knock(web, access.tenancy.header, request)
    if (answered.kind === 'refused') throw answered.error
    await route.handle(asked)
  }
}
