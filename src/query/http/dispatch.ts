import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '../../config/schema.ts'
import type { Tracing } from '../../telemetry/tracing.ts'
import { ApiError, errorBody, toApiError } from '../errors.ts'
import type { ApiRequest, ApiResponse, Route } from '../route.ts'
import { type ApiAccess, assertAdmin, assertOperator, oneTenant, tenantsOf } from './access.ts'
import type { ErrorForm } from './error-form.ts'
import { readForm } from './form.ts'
import { type Lifetime, lifetimeOf } from './lifetime.ts'
import { type QueryLimits, queryLimits } from './query-limits.ts'
import type { QuerySlots } from './query-slots.ts'
import { endApiSpan, startApiSpan } from './request-span.ts'

/** What every request shares. */
export type Work = {
  readonly access: ApiAccess
  readonly slots: QuerySlots
  readonly limits: Config['query']
  /** Of the requests under way, so that a stop can abort them. */
  readonly lifetimes: Set<Lifetime>
  readonly errorForm: (path: string) => ErrorForm
  isStopping: boolean
  readonly log: Logger
  readonly tracing: Tracing | undefined
}

export const UNREADABLE = new ApiError(
  'bad_request',
  'The request cannot be read: its URL or headers are malformed.',
)
export const STOPPING = new ApiError('unavailable', 'Weir is stopping: send the request again.', {
  retryAfterSeconds: 5,
})

/** Answers are a tenant's own data: no cache keeps them, no browser guesses their type or lends them to a page. */
export function securityHeaders(requestId: string): Readonly<Record<string, string>> {
  return {
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  }
}

const urlOf = (request: FastifyRequest): string => request.raw.url ?? '/'

export function pathOf(request: FastifyRequest): string {
  return urlOf(request).split('?', 1)[0]!
}

function queryOf(request: FastifyRequest): URLSearchParams {
  const url = urlOf(request)
  const question = url.indexOf('?')
  return new URLSearchParams(question === -1 ? '' : url.slice(question + 1))
}

async function formOf(request: FastifyRequest, signal: AbortSignal): Promise<URLSearchParams> {
  const query = queryOf(request)
  if (request.method !== 'POST') return query
  return new URLSearchParams([...(await readForm(request.raw, signal)), ...query])
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** fastify's own errors carry a status; their text is not for users. */
function ofFramework(error: unknown): unknown {
  const { statusCode } = error as { readonly statusCode?: number }
  if (error instanceof ApiError || statusCode === undefined || statusCode >= 500) return error
  return UNREADABLE
}

/** Why it failed, for the user; everything, for the log. */
function explain(work: Work, requestId: string, error: unknown, signal?: AbortSignal): ApiError {
  // A query that was cut off fails in the database's words; why it was cut off is the answer.
  const known = toApiError(signal?.aborted ? signal.reason : ofFramework(error))
  // Overload, a stop or a deadline are no fault to look into, and anybody can bring them about as often as they like.
  const isFault = known.status >= 500 && (known.cause !== undefined || known.code === 'internal')
  const level = isFault ? 'error' : 'debug'
  work.log[level]({ requestId, code: known.code, err: known.cause ?? known }, 'API request failed')
  return known
}

function send(reply: FastifyReply, { status, contentType, headers = {}, body }: ApiResponse): FastifyReply {
  reply.code(status).headers(headers).type(contentType)
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body)
  return reply.send(isWhole ? body : Readable.from(body, { objectMode: false }))
}

/** Answers with the error, in the form of its API. */
export function fail(
  work: Work,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  signal?: AbortSignal,
): FastifyReply {
  const known = explain(work, request.id, error, signal)
  reply.headers(securityHeaders(request.id))
  if (known.retryAfterSeconds !== undefined) reply.header('retry-after', String(known.retryAfterSeconds))
  if (known.code === 'unauthorized') reply.header('www-authenticate', 'Bearer')
  return send(reply, { status: known.status, ...work.errorForm(pathOf(request))(known, request.id) })
}

/** Takes the query slots, until the request ends, and returns its limits. Throws {@link ApiError}. */
function enter(work: Work, tenantIds: ReadonlyArray<string>, lifetime: Lifetime): QueryLimits {
  // Finding out who this is may have taken a while, and the client may have left.
  lifetime.signal.throwIfAborted()
  lifetime.onEnd(work.slots.take(tenantIds))
  const limits = queryLimits(work.limits, tenantIds)
  lifetime.within(limits.timeoutMs)
  return limits
}

async function answer(
  work: Work,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  lifetime: Lifetime,
): Promise<ApiResponse> {
  const { headers } = request.raw
  const trace = (): Pick<ApiRequest, 'span'> => {
    const span = startApiSpan(work.tracing, route, request)
    if (span) lifetime.onEnd(() => endApiSpan(span, reply.statusCode, reply.raw.writableFinished))
    return { span }
  }
  const asked: ApiRequest = {
    requestId: request.id,
    query: queryOf(request),
    form: () => formOf(request, lifetime.signal),
    path: request.params as Readonly<Record<string, string>>,
    header: (name) => headerOf(headers, name),
    signal: lifetime.signal,
    report: (error) => errorBody(explain(work, request.id, error, lifetime.signal), request.id),
  }
  if (route.access === 'open') return route.handle(asked)
  if (route.access === 'operator') {
    await assertOperator(work.access, headers)
    return route.handle({ ...asked, ...trace() })
  }
  if (route.access === 'admin') {
    const callerName = await assertAdmin(work.access, headers)
    return route.handle({ ...asked, ...trace(), callerName })
  }
  const tenantIds = await tenantsOf(work.access, headers)
  const traced = { ...asked, ...trace() }
  if (route.access === 'tenants')
    return route.handle({ ...traced, tenantIds, limits: enter(work, tenantIds, lifetime) })
  const tenantId = oneTenant(work.access, tenantIds)
  return route.handle({ ...traced, tenantId, limits: enter(work, tenantIds, lifetime) })
}

/** Runs an endpoint: access first, then a query slot, held until the work is done and the response is closed. */
export async function dispatch(
  work: Work,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const lifetime = lifetimeOf(reply.raw, work.limits.timeoutMs)
  work.lifetimes.add(lifetime)
  lifetime.onEnd(() => work.lifetimes.delete(lifetime))
  try {
    return send(reply, await answer(work, route, request, reply, lifetime))
  } catch (error) {
    return fail(work, request, reply, error, lifetime.signal)
  } finally {
    lifetime.settled()
  }
}
