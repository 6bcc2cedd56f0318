import { createServer, type IncomingMessage, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { type Attributes, SpanKind, trace } from '@opentelemetry/api'
import { log } from './log.ts'
import { type Reply, routes, type ShopRoute, type Visit } from './shop.ts'

const tracer = trace.getTracer('shop', '1.4.2')

/** The shop behind node:http: one span and one access line per request, an error line for what a route throws. */
export function createShop(): Server {
  return createServer((request, response) => {
    const { method = '', url = '/' } = request
    const path = new URL(url, 'http://shop').pathname
    const found = find(method, path)
    const name = `${method} ${found?.route.path ?? path}`
    void tracer.startActiveSpan(name, { kind: SpanKind.SERVER }, async (span) => {
      const startedAt = performance.now()
      const { status, body } = await answer(name, found, request)
      const durationMs = Math.round((performance.now() - startedAt) * 1000) / 1000
      const attributes: Attributes = {
        'http.request.method': method,
        'url.path': path,
        'http.response.status_code': status,
        duration_ms: durationMs,
        ...(found ? { 'http.route': found.route.path } : {}),
      }
      log.info(`${method} ${path} ${status} in ${durationMs.toFixed(1)} ms`, attributes)
      span.end()
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
  })
}

type Found = { readonly route: ShopRoute; readonly parameters: Visit['parameters'] }

async function answer(name: string, found: Found | undefined, request: IncomingMessage): Promise<Reply> {
  if (found === undefined) return { status: 404, body: { error: 'nothing here' } }
  try {
    const body = request.method === 'POST' ? ((await json(request)) as Visit['body']) : {}
    return found.route.handle({ parameters: found.parameters, body })
  } catch (error) {
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
