import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '../config/schema.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import type { WebAccess } from '../tenancy/web.ts'
import { ApiError, errorBody } from './errors.ts'
import type { ApiAccess } from './http/access.ts'
import { dispatch, fail, pathOf, STOPPING, securityHeaders, UNREADABLE, type Work } from './http/dispatch.ts'
import { knock } from './http/doors.ts'
import { errorForms } from './http/error-form.ts'
import { JSON_TYPE } from './http/media-type.ts'
import { QuerySlots } from './http/query-slots.ts'
import { requestIdOf } from './http/request-id.ts'
import { plainRoutes, serveSockets, upgrades } from './http/sockets.ts'
import type { Route } from './route.ts'
import type { SocketRoute } from './socket-route.ts'

/** One answered request, for metrics. `route` is the path of a registered endpoint, or empty. */
export type Answered = { readonly route: string; readonly status: number; readonly durationMs: number }

export type ApiServerOptions = {
  readonly listen: { readonly host: string; readonly port: number }
  readonly routes: ReadonlyArray<Route>
  /** Endpoints that speak WebSocket. Who opened their connections closes them before the server stops. */
  readonly sockets?: ReadonlyArray<SocketRoute>
  readonly web: WebAccess
  readonly access: ApiAccess
  readonly limits: Config['query']
  readonly log: Logger
  readonly tracing?: Tracing | undefined
  readonly onAnswered?: (answered: Answered) => void
  /** How long a client may take to send one request, headers and all. */
  readonly requestTimeoutMs?: number
}

export type ApiServer = {
  /** Listens; rejects if the address can't be had. Returns the port in use. */
  start(): Promise<{ readonly port: number }>
  /**
   * Takes no new requests, lets running ones end until `deadlineMs` from now, then aborts them. May be called
   * more than once and before `start`.
   */
  stop(deadlineMs?: number): Promise<void>
}

const STOP_DEADLINE_MS = 5_000
/** After the abort, for the answers that say so. */
const LAST_WORDS_MS = 500
const KEEP_ALIVE_MS = 72_000
const CONNECTIONS_MAX = 4096
const REQUEST_TIMEOUT_MS = 15_000
/** Names of labels stand in paths. */
const PATH_SEGMENT_LENGTH_MAX = 1024

/**
 * A request that Node itself could not parse, or that took too long, never reaches a route: the answer is written by
 * hand. Node leaves the socket to us then, for ever if the client does not close its end.
 */
function refuseUnreadable(log: Logger, error: Error, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const requestId = randomUUID()
  // Node's error has the bytes of the request with it, and a token may be among them.
  const { code, message } = error as NodeJS.ErrnoException
  log.debug({ requestId, code: UNREADABLE.code, reason: code ?? message }, 'API request failed')
  const body = JSON.stringify(errorBody(UNREADABLE, requestId))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

const NAMED_SEGMENT = /\{(\w+)\}/g

/** The methods of the route at this path, or undefined if there is none. */
function methodsAt(routes: ReadonlyArray<Route>, path: string): ReadonlyArray<string> | undefined {
  const segments = path.split('/')
  return routes.find((route) => {
    const own = route.path.split('/')
    return (
      own.length === segments.length && own.every((name, i) => name === segments[i] || name.startsWith('{'))
    )
  })?.methods
}

function nothingHere(path: string, allowed: ReadonlyArray<string> | undefined): ApiError {
  return allowed === undefined
    ? new ApiError('not_found', 'There is nothing at this path: docs/api.md lists the endpoints.')
    : new ApiError('method_not_allowed', `${path} answers ${allowed.join(' and ')} only.`)
}

function answeredHook({ log, onAnswered }: ApiServerOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const answered: Answered = {
      route: request.is404 ? '' : (request.routeOptions.url ?? ''),
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    }
    onAnswered?.(answered)
    log.debug({ requestId: request.id, method: request.method, ...answered }, 'answered')
  }
}

function wire(app: FastifyInstance, options: ApiServerOptions, work: Work): void {
  const { web, access, sockets = [] } = options
  const routes = [...options.routes, ...plainRoutes(sockets)]
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders(request.id))
    if (work.isStopping) throw STOPPING
    const answer = knock(web, access.tenancy.header, request.raw)
    if (answer.kind === 'refused') throw answer.error
    reply.headers(answer.headers)
    return answer.kind === 'preflight' ? reply.code(204).send() : undefined
  })
  app.addHook('onResponse', answeredHook(options))
  app.setErrorHandler((error, request, reply) => fail(work, request, reply, error))
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsAt(routes, pathOf(request))
    if (allowed !== undefined) reply.header('allow', allowed.join(', '))
    return fail(work, request, reply, nothingHere(pathOf(request), allowed))
  })
  for (const route of routes)
    app.route({
      url: route.path.replace(NAMED_SEGMENT, ':$1'),
      method: [...route.methods],
      handler: (request, reply) => dispatch(work, route, request, reply),
    })
}

async function close(app: FastifyInstance, work: Work, deadlineMs: number): Promise<void> {
  work.isStopping = true
  let cut: NodeJS.Timeout | undefined
  const overdue = setTimeout(() => {
    work.log.warn({ requests: work.lifetimes.size }, 'API requests outlast the stop and are aborted')
    for (const lifetime of work.lifetimes) lifetime.abort(STOPPING)
    cut = setTimeout(() => app.server.closeAllConnections(), LAST_WORDS_MS)
  }, deadlineMs)
  await app.close()
  clearTimeout(overdue)
  clearTimeout(cut)
}

/** The HTTP API: doors, access, slots and error answers around the registered endpoints. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { listen, web, access, limits, log, tracing, sockets = [] } = options
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options
  const work: Work = {
    access,
    slots: new QuerySlots(limits),
    limits,
    lifetimes: new Set(),
    errorForm: errorForms(options.routes),
    isStopping: false,
    log,
    tracing,
  }
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    requestIdHeader: false,
    genReqId: (raw) => requestIdOf(raw.headers['x-request-id']),
    routerOptions: { maxParamLength: PATH_SEGMENT_LENGTH_MAX },
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs / 5,
      shouldUpgradeCallback: upgrades(sockets),
    },
    // Requests that still come while it stops get an answer of our own.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => refuseUnreadable(log, error, socket),
    frameworkErrors: (error, request, reply) => fail(work, request, reply, error),
  })
  app.server.maxConnections = CONNECTIONS_MAX
  // fastify would hold a mebibyte of a body before anybody is asked for a credential: who may send one reads it itself.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  wire(app, options, work)
  const stopping = () => (work.isStopping ? STOPPING : undefined)
  if (sockets.length > 0) serveSockets(app.server, { routes: sockets, web, access, log, stopping })

  let stopped: Promise<void> | undefined
  return {
    async start() {
      await app.listen({ host: listen.host, port: listen.port })
      const address = app.server.address()
      return { port: typeof address === 'object' && address !== null ? address.port : listen.port }
    },
    stop(deadlineMs = STOP_DEADLINE_MS) {
      stopped ??= close(app, work, deadlineMs)
      return stopped
    },
  }
}
