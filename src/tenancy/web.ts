import { isIP } from 'node:net'
import { isLoopback } from '../config/loopback.ts'
import type { Config } from '../config/schema.ts'

/** Under which names the API answers, and which web pages may call it. */
export type WebAccess = {
  /** Served whatever the port: host names, lower case, IPv6 in brackets. */
  readonly hosts: ReadonlySet<string>
  /** Served with just this port: `name:port`. */
  readonly hostsWithPort: ReadonlySet<string>
  /** Any IP address is served: the API listens beyond loopback, and an address can't be rebound by DNS. */
  readonly anyAddress: boolean
  readonly origins: ReadonlySet<string>
  /** A cookie is taken for a credential, also from the pages of `origins`. */
  readonly takesCookie: boolean
}

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]']
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/

export function webAccess({ listen, api }: Pick<Config, 'listen' | 'api'>): WebAccess {
  const hosts = new Set(LOOPBACK_NAMES)
  const hostsWithPort = new Set<string>()
  if (listen.api) hosts.add(bracketed(listen.api.host.toLowerCase()))
  for (const served of api.servedHosts) {
    const match = HOST.exec(served.toLowerCase())
    if (match?.[2] === undefined) hosts.add(served.toLowerCase())
    else hostsWithPort.add(`${match[1]}:${Number(match[2])}`)
  }
  return {
    hosts,
    hostsWithPort,
    anyAddress: listen.api !== null && !isLoopback(listen.api.host),
    origins: new Set(api.allowedOrigins),
    takesCookie: api.credentialCookie !== undefined,
  }
}

/**
 * Whether the `Host` (or `:authority`) of a request is one that this API serves. A page of a foreign site whose
 * name was made to resolve to this machine (DNS rebinding) comes with that foreign name, and is refused.
 */
export function hostIsServed(access: WebAccess, hostHeader: string | undefined): boolean {
  const match = HOST.exec(hostHeader?.toLowerCase() ?? '')
  if (match === null) return false
  // A name may be written with the root's dot.
  const name = match[1]!.replace(/(?<=.)\.$/, '')
  if (access.hosts.has(name)) return true
  if (match[2] !== undefined && access.hostsWithPort.has(`${name}:${Number(match[2])}`)) return true
  return access.anyAddress && isIP(name.replace(/^\[|\]$/g, '')) !== 0
}

/**
 * Whether a request with this `Origin` may be answered: none (not a browser, or a plain same-origin GET), the
 * API's own origin, or one of the allow-list. Call it after `hostIsServed`: "own" means "equal to Host".
 */
export function originIsAllowed(
  access: WebAccess,
  origin: string | undefined,
  hostHeader: string | undefined,
): boolean {
  if (origin === undefined) return true
  const url = URL.parse(origin)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false
  // Anything but scheme, host and port is no origin; URL would drop it silently.
  if (url.origin !== origin.toLowerCase()) return false
  if (access.origins.has(url.origin)) return true
  return hostHeader !== undefined && url.origin === URL.parse(`${url.protocol}//${hostHeader}`)?.origin
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
