import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LOGS_CURSOR, logsBinding } from '../../../src/query/logs/cursor.ts'
import type { LogsParameters } from '../../../src/query/logs/parameters.ts'
import { decodeCursor, encodeCursor } from '../../../src/query/pages/cursor.ts'

const cursor = {
  range: { start: 100n, end: 2n ** 63n - 1n },
  after: { timestamp: 9007199254740993n, seq: 2n ** 64n - 1n, gatewayId: 'gw-"1"' },
}
const parameters: LogsParameters = {
  filter: { service: 'checkout', text: 'é' },
  direction: 'backward',
  limit: 10,
  cursor: undefined,
  start: undefined,
  end: undefined,
}
const text = encodeCursor(LOGS_CURSOR, logsBinding('acme', parameters), cursor)
function decode(changes: Partial<LogsParameters>, tenant = 'acme', token = text) {
  const given = { ...parameters, ...changes }
  return decodeCursor(LOGS_CURSOR, logsBinding(tenant, given), given, token)
}

describe('cursor', () => {
  it('keeps every digit, and stands in a URL as it is', () => {
    expect(decode({})).toEqual(cursor)
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/)
  })

  it.each<[string, Partial<LogsParameters>]>([
    ['another page size', { limit: 1000 }],
    ['the same range said again', { start: 100n, end: 2n ** 63n - 1n }],
    ['filters that are undefined', { filter: { pod: undefined, text: 'é', service: 'checkout' } }],
  ])('goes with %s', (_, changes) => expect(decode(changes)).toEqual(cursor))

  it.each<[string, Partial<LogsParameters>, string]>([
    ['another direction', { direction: 'forward' }, 'acme'],
    ['another filter', { filter: { service: 'cart', text: 'é' } }, 'acme'],
    ['a filter less', { filter: { service: 'checkout' } }, 'acme'],
    ['the value under another name', { filter: { app: 'checkout', text: 'é' } }, 'acme'],
    ['another start', { start: 101n }, 'acme'],
    ['another end', { end: 101n }, 'acme'],
    ['another tenant', {}, 'umbrella'],
  ])('does not go with %s', (_, changes, tenant) => {
    expect(() => decode(changes, tenant)).toThrow(
      expect.objectContaining({
        code: 'invalid_cursor',
        message: expect.stringContaining('belongs to another query'),
      }),
    )
  })

  const forged = (change: (fields: unknown[]) => unknown) =>
    Buffer.from(
      JSON.stringify(change(JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[])),
    ).toString('base64url')

  it.each<[string, string]>([
    ['no base64url', '%%%'],
    ['no JSON', 'AAAA'],
    ['no list', forged(() => ({}))],
    ['too short', forged((fields) => fields.slice(0, 5))],
    ['another version', forged((fields) => fields.with(0, 2))],
    ['a number as a float', forged((fields) => fields.with(5, '1.5'))],
    ['a number below 0', forged((fields) => fields.with(4, '-1'))],
    ['a number beyond 64 bits', forged((fields) => fields.with(5, String(2n ** 64n)))],
    ['SQL for a gateway', forged((fields) => fields.with(6, ['x']))],
    ['a position before its range', forged((fields) => fields.with(4, '99'))],
    ['a position after its range', forged((fields) => fields.with(4, String(2n ** 63n - 1n)))],
  ])('%s is refused', (_, token) => {
    expect(() => decode({}, 'acme', token)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }))
  })

  it('refuses or takes any text, and never throws anything else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.json().map((json) => Buffer.from(json).toString('base64url')),
        ),
        (token) => {
          expect(() => decode({}, 'acme', token)).toThrow(expect.objectContaining({ code: 'invalid_cursor' }))
        },
      ),
    )
  })
})
