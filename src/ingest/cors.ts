import { fastifyCors } from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../config/schema.ts'

/** `ingest.cors`, and what else a page may send: the tenant header. */
export type CorsOptions = Config['ingest']['cors'] & { readonly tenantHeader: string }

/** What OTLP over HTTP needs and browsers ask for; a traced page adds its `traceparent`. */
const OTLP_HEADERS = ['authorization', 'content-type', 'content-encoding', 'traceparent', 'tracestate']

/**
 * Lets web pages of the allowed origins send telemetry and read the answer. Preflights are answered before anything
 * else looks at the request: browsers send them without credentials. Others than those origins notice nothing.
 */
export function allowPages(app: FastifyInstance, options: CorsOptions): void {
  const { allowedOrigins, allowedHeaders, maxAgeSeconds, tenantHeader } = options
  if (allowedOrigins.length === 0) return
  const isAllowed = originMatcher(allowedOrigins)
  void app.register(fastifyCors, {
    // By a function even for `*`, so that requests without Origin go the way they always go.
    origin: (origin, callback) => callback(null, origin !== undefined && isAllowed(origin)),
    methods: ['POST'],
    allowedHeaders: [...new Set([...OTLP_HEADERS, tenantHeader, ...allowedHeaders].map(lowerCase))],
    exposedHeaders: ['retry-after'],
    maxAge: maxAgeSeconds,
    // No cookies and no client certificates: a page names its credential itself.
    credentials: false,
    strictPreflight: false,
  })
}

/**
 * Whether an `Origin` is one of the allowed: equal, a subdomain of `scheme://*.domain`, or any. The header is a
 * browser's and already in the form of RFC 6454, 6.2; whatever is written differently is not equal.
 */
export function originMatcher(allowed: ReadonlyArray<string>): (origin: string) => boolean {
  if (allowed.includes('*')) return () => true
  const exact = new Set(allowed)
  const suffixes = allowed.flatMap((origin) => {
    const [scheme, domain] = origin.split('//*.')
    return domain === undefined ? [] : [{ scheme: `${scheme}//`, end: `.${domain}` }]
  })
  return (origin) =>
    exact.has(origin) ||
    suffixes.some(
      ({ scheme, end }) =>
        origin.startsWith(scheme) &&
        origin.endsWith(end) &&
        SUBDOMAIN.test(origin.slice(scheme.length, -end.length)),
    )
}

/** One or more labels: no port, no user, no path that ends like the domain. */
const SUBDOMAIN = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

function lowerCase(name: string): string {
  return name.toLowerCase()
}
