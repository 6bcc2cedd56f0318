import ipaddr from 'ipaddr.js'
import { StageError } from './error.ts'
import type { TextTest } from './regex.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6

const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g
const IPV6 = /(?<![0-9A-Fa-f:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*(?:[0-9A-Fa-f]|::)(?:\.\d{1,3}){0,3}/g

/**
 * Does a text hold an address that `ip("…")` means: one address, a range `a-b`, or a network `a/bits`? Throws
 * {@link StageError}.
 */
export function compileIp(pattern: string): TextTest {
  const { version, contains } = parsePattern(pattern)
  const [source, parse] = version === 4 ? ([IPV4, parseIpv4] as const) : ([IPV6, parseIpv6] as const)
  const candidates = new RegExp(source)
  return (text) => {
    candidates.lastIndex = 0
    for (let match = candidates.exec(text); match !== null; match = candidates.exec(text)) {
      const address = parse(match[0])
      if (address !== undefined && contains(address)) return true
    }
    return false
  }
}

type IpPattern = { readonly version: 4 | 6; readonly contains: (address: Address) => boolean }

function parsePattern(pattern: string): IpPattern {
  const found = network(pattern) ?? range(pattern) ?? single(pattern)
  if (found === undefined)
    throw new StageError(
      `ip: invalid pattern ${JSON.stringify(pattern)}: write an address, a range a-b or a network a/bits`,
    )
  return found
}

function network(pattern: string): IpPattern | undefined {
  if (!ipaddr.isValidCIDR(pattern)) return undefined
  const [base, bits] = ipaddr.parseCIDR(pattern)
  const version = base.kind() === 'ipv4' ? 4 : 6
  return { version, contains: (address) => address.match(base, bits) }
}

function range(pattern: string): IpPattern | undefined {
  const [from, to, more] = pattern.split('-').map(parseAddress)
  if (from === undefined || to === undefined || more !== undefined || from.kind() !== to.kind())
    return undefined
  const first = from.toByteArray()
  const last = to.toByteArray()
  if (compareBytes(first, last) > 0) return undefined
  const contains = (address: Address): boolean => {
    const bytes = address.toByteArray()
    return compareBytes(first, bytes) <= 0 && compareBytes(bytes, last) <= 0
  }
  return { version: from.kind() === 'ipv4' ? 4 : 6, contains }
}

function single(pattern: string): IpPattern | undefined {
  const wanted = parseAddress(pattern)
  if (wanted === undefined) return undefined
  const bytes = wanted.toByteArray()
  return {
    version: wanted.kind() === 'ipv4' ? 4 : 6,
    contains: (address) => compareBytes(bytes, address.toByteArray()) === 0,
  }
}

function parseAddress(text: string): Address | undefined {
  return parseIpv4(text) ?? parseIpv6(text)
}

function parseIpv4(text: string): Address | undefined {
  return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined
}

function parseIpv6(text: string): Address | undefined {
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined
}

function compareBytes(a: ReadonlyArray<number>, b: ReadonlyArray<number>): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}
