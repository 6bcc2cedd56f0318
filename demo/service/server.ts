import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { type Attributes, type Span, SpanKind } from '@opentelemetry/api'
import { inSpan, markFailed } from './calls.ts'
import { log } from './log.ts'
import { activeRequests, requestDuration, sessionPages } from './metrics.ts'
import { type Reply, routes, type ShopRoute, type Visit } from './shop.ts'

/**
 * The shop behind node:http: one span, one access line and one measurement per request; an error line for what a
 * route throws.
 */
export function createShop(): Server {
  return createServer((request, response) => {
    const { method = '', url = '/' } = request
    const path = new URL(url, 'http://shop').pathname
    const found = find(method, path)
    const name = `${method} ${found?.route.path ?? path}`
    void inSpan(name, { kind: SpanKind.SERVER }, async (span) => {
      activeRequests.add(1)
      const startedAt = performance.now()
      const { status, body } = await answer(name, found, request, span)
      activeRequests.add(-1)
      const http: Attributes = {
        'http.request.method': method,
        'http.response.status_code': status,
        ...(found ? { 'http.route': found.route.path } : {}),
      }
      measure(span, { method, path, status, ms: performance.now() - startedAt }, http)
      if (found?.route.isPage) sessionPages.add(1, { 'session.id': sessionOf(request) })
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
}

type Answered = {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly ms: number
}

function measure(span: Span, { method, path, status, ms }: Answered, http: Attributes): void {
  span.setAttributes({ ...http, 'url.path': path })
  requestDuration.record(ms / 1000, http)
  log.info(`${method} ${path} ${status} in ${ms.toFixed(1)} ms`, {
    ...http,
    'url.path': path,
    duration_ms: Math.round(ms * 1000) / 1000,
  })
}

function sessionOf({ headers: { cookie } }: IncomingMessage): string {
  return /(?:^|;\s*)session=([^;]+)/.exec(cookie ?? '')?.[1] ?? randomUUID()
}

type Found = { readonly route: ShopRoute; readonly parameters: Visit['parameters'] }

async function answer(
  name: string,
  found: Found | undefined,
  request: IncomingMessage,
  span: Span,
): Promise<Reply> {
  if (found === undefined) return { status: 404, body: { error: 'nothing here' } }
  try {
    const body = request.method === 'POST' ? ((await json(request)) as Visit['body']) : {}
    return await found.route.handle({ parameters: found.parameters, body })
  } catch (error) {
    markFailed(span, error as Error)
    log.error(
      `${name} failed: ${(error as Error).message}`,
      { 'http.route': found.route.path },
      { exception: error },
    )
    return { status: 500, body: { error: 'something broke' } }
  }
}

function find(method: string, path: string): Found | undefined {
  const parts = path.split('/')
  for (const route of routes) {
    if (route.method !== method) continue
    const pattern = route.path.split('/')
    const fits =
      pattern.length === parts.length &&
      pattern.every((part, i) => part === parts[i] || (part.startsWith(':') && parts[i] !== ''))
    if (!fits) continue
    const named = pattern.flatMap((part, i) => (part.startsWith(':') ? [[part.slice(1), parts[i]!]] : []))
    return { route, parameters: Object.fromEntries(named) }
  }
  return undefined
}
