import { createHash } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Cell } from '../cell.ts'
import { computedValue } from '../compiled.ts'
import { Kind, type Level } from '../kinds.ts'
import { PatternCache } from '../pattern-cache.ts'
import { textOfCell } from '../text-of-cell.ts'
import type { FunctionSpec } from './function.ts'
import { eachItem } from './list-argument.ts'
import { parseUrl } from './url.ts'
import { failed, INT, STRING, target, valueFunction } from './value-function.ts'

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = address.includes('%') ? 0 : isIP(address)
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6'
}

function networkOf(cidr: string): BlockList {
  const [, address = '', length = ''] = /^([^/]*)\/(\d{1,3})$/.exec(cidr) ?? []
  const family = familyOf(address)
  if (family === undefined || length === '' || Number(length) > (family === 'ipv4' ? 32 : 128))
    throw new Error(`${cidr} is no network; write it as 10.0.0.0/8`)
  const network = new BlockList()
  network.addSubnet(address, Number(length), family)
  return network
}

/** Is the address in one of the networks? What is no address is in none. */
const isInCidr: FunctionSpec = {
  name: 'IsInCIDR',
  parameters: [
    { name: 'target', kinds: STRING },
    { name: 'networks', kinds: [Kind.list] },
  ],
  build: (frame, [address, networks]) => {
    const each = eachItem(frame, networks!)
    const cache = new PatternCache(networkOf)
    if (networks!.constant) for (const item of networks!.items ?? []) networkOf(item.cell.text())
    const level = Math.max(address!.level, networks!.level) as Level
    let text = ''
    let family: 'ipv4' | 'ipv6' | undefined
    let found = false
    let broken = false
    const look = (item: Cell): boolean => {
      const network = item.kind === Kind.string ? cache.get(item.text()) : 'no string'
      broken = typeof network === 'string'
      if (typeof network === 'string')
        return failed(frame, 'networks of IsInCIDR has an item that is no network')
      found = network.check(text, family!)
      return !found
    }
    const value = computedValue(frame, { level, kind: Kind.bool, fallible: true }, (record, cell) => {
      if (!address!.load(record)) return false
      if (address!.cell.kind !== Kind.string) return failed(frame, 'target of IsInCIDR must be string')
      text = address!.cell.text()
      family = familyOf(text)
      found = false
      broken = false
      if (family !== undefined && !each(record, look) && (broken || !found)) return false
      cell.setBool(found)
      return true
    })
    return { value }
  },
}

/** Does a number's last digit fit the others (ISO/IEC 7812, annex B)? Spaces don't count. */
const isValidLuhn = valueFunction('IsValidLuhn', [target], Kind.bool, (frame) => (cell, source) => {
  const text =
    source.kind === Kind.string
      ? source.text()
      : source.kind === Kind.nil
        ? undefined
        : textOfCell(source, frame)
  const digits = text?.replaceAll(' ', '')
  if (digits === undefined || !/^\d*$/.test(digits)) return failed(frame, 'IsValidLuhn needs digits')
  let sum = 0
  for (let i = digits.length - 1, doubled = false; i >= 0; i--, doubled = !doubled) {
    const digit = Number(digits[i]) * (doubled ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  cell.setBool(digits !== '' && sum % 10 === 0)
  return true
})

const url = valueFunction('URL', [{ name: 'uri', kinds: STRING }], Kind.map, (frame) => (cell, source) => {
  const parts = parseUrl(source.text())
  if (parts === undefined) return failed(frame, 'the text of URL is no URL')
  cell.setPlain(Kind.map, parts)
  return true
})

const PROTOCOLS: Readonly<Record<string, number>> = {
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  RSVP: 46,
  ICMP6: 58,
  SCTP: 132,
}

/** The Community ID of a flow, version 1: the same for both directions. */
const communityId: FunctionSpec = {
  name: 'CommunityID',
  parameters: [
    { name: 'source_ip', kinds: STRING },
    { name: 'source_port', kinds: INT },
    { name: 'destination_ip', kinds: STRING },
    { name: 'destination_port', kinds: INT },
    { name: 'protocol', kinds: STRING, optional: true },
    { name: 'seed', kinds: INT, optional: true },
  ],
  build: (frame, args) =>
    valueFunction(
      'CommunityID',
      communityId.parameters,
      Kind.string,
      () => (cell, from, fromPort, to, toPort) => {
        const [protocol, seed] = [args[4]?.cell, args[5]?.cell]
        const number = PROTOCOLS[protocol === undefined ? 'TCP' : protocol.text()]
        const ends = [endOf(from, fromPort), endOf(to, toPort)]
        if (number === undefined) return failed(frame, 'protocol of CommunityID is not known')
        if (seed !== undefined && !isIn16Bits(seed))
          return failed(frame, 'seed of CommunityID must be from 0 to 65535')
        const [a, b] = ends
        if (a === undefined || b === undefined)
          return failed(frame, 'CommunityID needs IP addresses, and ports from 1 to 65535')
        cell.setText(flowHash(a, b, number, seed?.low ?? 0))
        return true
      },
    ).build(frame, args),
}

type End = { readonly address: Buffer; readonly port: number }

function isIn16Bits({ low, high }: Cell): boolean {
  return high === 0 && low >= 0 && low < 65_536
}

function endOf(address: Cell, port: Cell): End | undefined {
  const text = address.text()
  if (familyOf(text) === undefined || !isIn16Bits(port) || port.low === 0) return undefined
  return { address: Buffer.from(ipaddr.process(text).toByteArray()), port: port.low }
}

function flowHash(source: End, destination: End, protocol: number, seed: number): string {
  const order =
    source.address.length - destination.address.length ||
    Buffer.compare(source.address, destination.address) ||
    source.port - destination.port
  const [a, b] = order > 0 ? [destination, source] : [source, destination]
  const tuple = Buffer.concat([
    word(seed),
    a.address,
    b.address,
    Buffer.from([protocol, 0]),
    word(a.port),
    word(b.port),
  ])
  return `1:${createHash('sha1').update(tuple).digest('base64')}`
}

function word(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

export const networkFunctions: ReadonlyArray<FunctionSpec> = [communityId, isInCidr, isValidLuhn, url]
