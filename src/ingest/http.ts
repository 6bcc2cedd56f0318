import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Signal } from '../otlp/batch.ts'
import { Refusal } from '../otlp/refusal.ts'
import { type Encoding, encodingOf } from './compression.ts'
import { allowPages, type CorsOptions } from './cors.ts'
import { type Failure, ReceiverError } from './failure.ts'
import { JSON_TYPE, mediaTypeOf, PROTOBUF, sendAnswer, sendFailure } from './http-answer.ts'
import { readBody, SenderGone } from './http-body.ts'
import { fromJson } from './http-json.ts'
import { type Intake, type Passage, stoppingRefusal } from './intake.ts'
import { CONNECTIONS_MAX_DEFAULT, type ListenOptions, tlsOptions } from './listener.ts'
import { PROFILES, profilesNotTaken, SERVICES } from './services.ts'

const ENCODINGS: ReadonlyArray<Encoding> = ['identity', 'gzip', 'zstd', 'deflate']
const HEADERS_TIMEOUT_MS = 10_000
const TIMEOUT_CHECK_INTERVAL_MS = 5000
/** Above the idle time of the load balancers in common use, so that they close first and no request is lost. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000
/** For who posts elsewhere. */
const PATHS = SERVICES.map(({ httpPath }) => httpPath).join(', ')
const HEADER_BYTES_MAX = 16 * 1024

export type HttpReceiverOptions = {
  readonly intake: Intake
  readonly listen: ListenOptions
  /** Without it no web page of another origin may send. */
  readonly cors?: CorsOptions
}

/** OTLP over HTTP/1.1 with protobuf or JSON bodies. */
export class HttpReceiver {
  readonly #intake: Intake
  readonly #listen: ListenOptions
  readonly #app: FastifyInstance
  #isStopping = false
  #stopped: Promise<void> | undefined

  constructor(options: HttpReceiverOptions) {
    this.#intake = options.intake
    this.#listen = options.listen
    this.#app = createApp(options)
    if (options.cors) allowPages(this.#app, options.cors)
    this.#app.removeAllContentTypeParsers()
    // The body stays on the wire until the handler has let the request in.
    this.#app.addContentTypeParser('*', (_request, _payload, done) => done(null))
    // A connection kept alive by an answer given while it stops would hold the stop up.
    this.#app.addHook('onSend', (_request, reply, payload, done) => {
      if (this.#isStopping) reply.header('connection', 'close')
      done(null, payload)
    })
    for (const { httpPath, signal } of SERVICES)
      this.#app.post(httpPath, (request, reply) => this.#export(signal, request, reply))
    this.#app.post(PROFILES.httpPath, (request, reply) =>
      sendFailure(reply, profilesNotTaken(), isProtobuf(request), 404),
    )
    this.#app.setNotFoundHandler((request, reply) => answerNotFound(request, reply))
    this.#app.setErrorHandler((error, request, reply) => {
      const failure = unreadable(error, request) ?? this.#intake.explain(error, 'http')
      return this.#refuse(request, reply, signalOf(request), failure)
    })
  }

  /** Rejects if the address can't be had. */
  async start(): Promise<AddressInfo> {
    await this.#app.listen({ host: this.#listen.host, port: this.#listen.port })
    return this.#app.server.address() as AddressInfo
  }

  /**
   * Takes no new connections and requests, waits until those in flight are answered, and cuts them after
   * `deadlineMs`. Idempotent; safe before `start`.
   */
  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#isStopping = true
    const cut = setTimeout(() => this.#app.server.closeAllConnections(), deadlineMs)
    await this.#app.close()
    clearTimeout(cut)
  }

  async #export(signal: Signal, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (this.#isStopping) return this.#refuse(request, reply, signal, stoppingRefusal())
    let passage: Passage
    try {
      passage = this.#intake.enter('http', signal, request.headers)
    } catch (failure) {
      return sendFailure(reply, failure as Failure, isProtobuf(request))
    }
    const body = await this.#body(signal, request, reply, passage)
    if (body === undefined) return reply
    try {
      const answer = await passage.export(body)
      return sendAnswer(reply, signal, answer, isProtobuf(request))
    } catch (failure) {
      return sendFailure(reply, failure as Failure, isProtobuf(request))
    }
  }

  /** The message's protobuf bytes; undefined if the sender was refused or is gone. */
  async #body(
    signal: Signal,
    request: FastifyRequest,
    reply: FastifyReply,
    passage: Passage,
  ): Promise<Buffer | undefined> {
    try {
      checkMediaType(request)
      const encoding = encodingOf(request.headers['content-encoding'], ENCODINGS)
      const wire = await readBody(request.raw, passage, this.#intake.limits.bodyTimeoutMs)
      const body = await passage.inflate(encoding, wire)
      return isProtobuf(request) ? body : fromJson(signal, body)
    } catch (error) {
      if (error instanceof SenderGone) passage.abandon()
      const failure = passage.fail(error)
      if (failure.kind === 'unavailable') reply.header('connection', 'close')
      sendFailure(reply, failure, isProtobuf(request))
      return undefined
    }
  }

  #refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    signal: Signal | undefined,
    failure: Failure,
  ): FastifyReply {
    if (signal !== undefined) this.#intake.refused('http', signal, failure)
    return sendFailure(reply, failure, isProtobuf(request))
  }
}

function createApp({ intake, listen }: HttpReceiverOptions): FastifyInstance {
  const options = {
    logger: false,
    // Bodies are bounded by the intake; fastify only sees their headers.
    bodyLimit: intake.limits.requestBytesMax,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: HEADERS_TIMEOUT_MS + 2 * intake.limits.bodyTimeoutMs,
    // While it stops, requests get an answer in OTLP's own form.
    return503OnClosing: false,
    forceCloseConnections: 'idle' as const,
    exposeHeadRoutes: false,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendFailure(reply, unreadable(error, request) ?? BAD_REQUEST, isProtobuf(request)),
  }
  const serverOptions = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
  }
  const app =
    listen.tls === undefined
      ? fastify({ ...options, http: serverOptions })
      : (fastify({
          ...options,
          https: { ...serverOptions, ...tlsOptions(listen.tls) },
        }) as unknown as FastifyInstance)
  const server: HttpServer = app.server
  server.maxConnections = listen.connectionsMax ?? CONNECTIONS_MAX_DEFAULT
  return app
}

const BAD_REQUEST = new Refusal('malformed', 'the request can not be read: its URL or headers are malformed')

/** What fastify itself found wrong with a request, in words of ours; undefined if it is a defect of Weir's. */
function unreadable(error: unknown, request: FastifyRequest): Failure | undefined {
  const { code, statusCode = 500 } = error as { readonly code?: string; readonly statusCode?: number }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return mediaTypeNotTaken(request)
  return statusCode < 500 ? BAD_REQUEST : undefined
}

/** Which of OTLP's signals a request is about, for the metrics. */
function signalOf(request: FastifyRequest): Signal | undefined {
  const path = pathOf(request)
  return SERVICES.find(({ httpPath }) => httpPath === path)?.signal
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0]!
}

function checkMediaType(request: FastifyRequest): void {
  const mediaType = mediaTypeOf(request.headers['content-type'])
  if (mediaType !== PROTOBUF && mediaType !== JSON_TYPE) throw mediaTypeNotTaken(request)
}

function mediaTypeNotTaken(request: FastifyRequest): ReceiverError {
  const mediaType = mediaTypeOf(request.headers['content-type'])
  const named =
    mediaType === '' ? 'a missing Content-Type' : `the Content-Type ${JSON.stringify(mediaType.slice(0, 80))}`
  return new ReceiverError('unsupported', `${named} is not taken; send ${PROTOBUF} or ${JSON_TYPE}`)
}

function isProtobuf(request: FastifyRequest): boolean {
  return mediaTypeOf(request.headers['content-type']) === PROTOBUF
}

function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isKnown = [PROFILES, ...SERVICES].some(({ httpPath }) => httpPath === pathOf(request))
  if (isKnown) {
    const failure = new ReceiverError('unimplemented', 'the method is not allowed here; send POST')
    return sendFailure(reply.header('allow', 'POST'), failure, isProtobuf(request), 405)
  }
  const failure = new ReceiverError('unimplemented', `nothing is here; OTLP goes to POST ${PATHS}`)
  return sendFailure(reply, failure, isProtobuf(request), 404)
}
