import type { IncomingMessage } from 'node:http'
import { hostIsServed, originIsAllowed, type WebAccess } from '../../tenancy/web.ts'
import { ApiError } from '../errors.ts'

const ALLOWED_HEADERS = 'authorization, content-type, x-request-id'
const EXPOSED_HEADERS = 'retry-after, x-request-id'
const PREFLIGHT_SECONDS = 600

export type Knock =
  | { readonly kind: 'preflight' | 'request'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly error: ApiError }

/**
 * Checks Host and Origin. The headers of the result go on the answer: they let an allowed page of another origin
 * read it, and nobody else. `tenantHeader` is what such a page may name its tenant with.
 */
export function knock(web: WebAccess, tenantHeader: string, request: IncomingMessage): Knock {
  const { host, origin } = request.headers
  if (!hostIsServed(web, host))
    return {
      kind: 'refused',
      error: new ApiError('host_not_served', 'This name is not served here: add it to api.servedHosts.'),
    }
  if (origin === undefined) return { kind: 'request', headers: {} }
  if (!originIsAllowed(web, origin, host))
    return {
      kind: 'refused',
      error: new ApiError(
        'origin_not_allowed',
        'Pages of this origin may not call the API: add it to api.allowedOrigins.',
      ),
    }
  const headers = {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS,
    vary: 'origin',
    // Without it a browser sends such a page's request without cookies.
    ...(web.takesCookie ? { 'access-control-allow-credentials': 'true' } : {}),
  }
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
    return { kind: 'request', headers }
  return {
    kind: 'preflight',
    headers: {
      ...headers,
      'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
      'access-control-allow-headers': `${ALLOWED_HEADERS}, ${tenantHeader.toLowerCase()}`,
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    },
  }
}
