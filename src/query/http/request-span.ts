import type { Span, Tracing } from '../../telemetry/tracing.ts'
import type { Route } from '../route.ts'

type Headers = Parameters<Tracing['request']>[0]

/** The span of an API request that was let in, by the conventions for HTTP servers. Probes leave none. */
export function startApiSpan(
  tracing: Tracing | undefined,
  route: Route,
  request: { readonly method: string; readonly id: string; readonly headers: Headers },
): Span | undefined {
  if (tracing === undefined || route.access === 'open') return undefined
  return tracing.request(request.headers, {
    name: `${request.method} ${route.path}`,
    kind: 'server',
    attributes: {
      'http.request.method': request.method,
      'http.route': route.path,
      'weir.request.id': request.id,
    },
  })
}

export function endApiSpan(span: Span, status: number, isWhole: boolean): void {
  span.set({ 'http.response.status_code': status })
  if (status >= 500) span.fail(`${status}`)
  else if (!isWhole) span.fail('cut off')
  span.end()
}
