import type { Plain, PlainMap } from '../plain.ts'

const PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/
const AUTHORITY = /^(?:([\s\S]*)@)?(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/

/** Undefined where a % is not followed by two hexadecimal digits. */
function unescaped(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined
  if (!text.includes('%')) return text
  const bytes = text
    .split(/%([0-9a-fA-F]{2})/)
    .map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from(part, 'hex')))
  return Buffer.concat(bytes).toString()
}

/** The parts of a URL under the names of OpenTelemetry's conventions; undefined if it is none. */
export function parseUrl(text: string): PlainMap | undefined {
  if (text === '' || hasAsciiControl(text)) return undefined
  if (text.startsWith('?')) return new Map([['query', queryOf(text.slice(1))]])
  const parts = PARTS.exec(text)
  if (parts === null) return undefined
  const [, scheme = '', authority, rawPath = '', query = '', rawFragment = ''] = parts
  const place = authorityOf(authority ?? '')
  const opaque = scheme !== '' && authority === undefined && !rawPath.startsWith('/')
  const path = opaque ? '' : unescaped(rawPath)
  const fragment = unescaped(rawFragment)
  if (place === undefined || path === undefined || fragment === undefined) return undefined
  if (scheme === '' && authority === undefined && /^[^/]*:/.test(rawPath)) return undefined
  const map = new Map<string, Plain>([
    ['url.original', text],
    ['url.scheme', scheme.toLowerCase()],
    ['url.domain', place.host],
    ['url.path', path],
  ])
  if (place.port !== '') map.set('url.port', BigInt(place.port))
  if (fragment !== '') map.set('url.fragment', fragment)
  if (place.user !== undefined) setUser(map, place.user)
  if (query !== '') map.set('url.query', query)
  const extension = path.slice(path.lastIndexOf('.') + 1)
  if (path.includes('.') && extension !== '') map.set('url.extension', extension)
  return map
}

/** Go's parser refuses these; other control characters it takes. */
function hasAsciiControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

type Place = { readonly user: string | undefined; readonly host: string; readonly port: string }

function authorityOf(authority: string): Place | undefined {
  const found = AUTHORITY.exec(authority)
  if (found === null) return undefined
  const [, user, written = '', port = ''] = found
  const host = unescaped(written.replace(/^\[|\]$/g, ''))
  if (host === undefined || /\s/.test(host) || (user !== undefined && unescaped(user) === undefined))
    return undefined
  return { user, host, port }
}

function setUser(map: Map<string, Plain>, user: string): void {
  map.set('url.user_info', user)
  const colon = user.indexOf(':')
  const name = unescaped(colon === -1 ? user : user.slice(0, colon))
  if (name) map.set('url.username', name)
  if (colon !== -1) map.set('url.password', unescaped(user.slice(colon + 1))!)
}

/** Of a text that is a query alone. */
function queryOf(query: string): PlainMap {
  const map = new Map<string, string[]>()
  for (const [key, value] of new URLSearchParams(query)) map.set(key, [...(map.get(key) ?? []), value])
  return map
}
