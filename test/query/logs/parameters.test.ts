import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../../../src/query/errors.ts'
import { logsParameters, readLogsParameters } from '../../../src/query/logs/parameters.ts'
import { rangeOf } from '../../../src/query/parameters/range.ts'
import { formatNanos, parseTime } from '../../../src/query/time.ts'

const schema = logsParameters({ limitDefault: 100, limitMax: 1000 })
const read = (query: string) => readLogsParameters(schema, new URLSearchParams(query))

function refusal(run: () => unknown): { code: string; message: string } {
  try {
    run()
  } catch (error) {
    if (error instanceof ApiError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('it was taken')
}

describe('times', () => {
  it.each([
    ['2026-01-31T12:00:00Z', 1769860800000000000n],
    ['2026-01-31t12:00:00.5z', 1769860800500000000n],
    ['2026-01-31T12:00:00.123456789Z', 1769860800123456789n],
    ['2026-01-31T13:30:00+01:30', 1769860800000000000n],
    ['2026-01-31T00:00:00-12:00', 1769860800000000000n],
    ['2024-02-29T00:00:00Z', 1709164800000000000n],
    ['1769860800123456789', 1769860800123456789n],
    ['0', 0n],
    ['9223372036854775807', 9223372036854775807n],
  ])('%s is %s ns', (text, nanos) => expect(parseTime(text)).toBe(nanos))

  it.each([
    ['1769860800', 'looks like seconds'],
    ['1769860800123', 'looks like seconds'],
    ['9223372036854775808', 'later than the year 2262'],
    ['2300-01-01T00:00:00Z', 'later than the year 2262'],
    ['1969-12-31T23:59:59Z', 'before 1970'],
    ['2026-02-29T00:00:00Z', 'no date of the calendar'],
    ['2026-13-01T00:00:00Z', 'no date of the calendar'],
    ['2026-01-01T24:00:00Z', 'no date of the calendar'],
    ['2026-01-01T00:00:00+24:00', 'no date of the calendar'],
    ['2026-01-01T00:00:00.1234567890Z', 'more than nine digits'],
    ['2026-01-01T00:00:00 01:00', 'as %2B'],
    ['2026-01-01T00:00:00', 'expected RFC 3339'],
    ['2026-01-01', 'expected RFC 3339'],
    ['yesterday', 'expected RFC 3339'],
    ['-1', 'expected RFC 3339'],
    ['1e18', 'expected RFC 3339'],
  ])('%s is refused: %s', (text, problem) =>
    expect(parseTime(text)).toEqual({ problem: expect.stringContaining(problem) }),
  )

  it('writes what Date writes, with the digits that Date lacks', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 17n), max: 2n ** 63n - 1n }), (nanos) => {
        const floored =
          nanos >= 0n || nanos % 1_000_000n === 0n ? nanos / 1_000_000n : nanos / 1_000_000n - 1n
        const rest = String(nanos - floored * 1_000_000n).padStart(6, '0')
        expect(formatNanos(String(nanos))).toBe(
          new Date(Number(floored)).toISOString().replace('Z', `${rest}Z`),
        )
      }),
    )
  })

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (nanos) => {
        expect(parseTime(formatNanos(String(nanos)))).toBe(nanos)
      }),
    )
  })
})

describe('parameters', () => {
  it('has defaults', () => {
    expect(read('')).toEqual({
      filter: {},
      direction: 'backward',
      limit: 100,
      cursor: undefined,
      start: undefined,
      end: undefined,
    })
  })

  it.each([
    ['severity=warn', { severity: 13 }],
    ['severity=WARNING', { severity: 13 }],
    ['severity=Error2', { severity: 18 }],
    ['severity=1', { severity: 1 }],
    ['severity=24', { severity: 24 }],
    ['traceId=0123456789ABCDEF0123456789abcdef', { traceId: '0123456789abcdef0123456789abcdef' }],
    ['service=a%20b&pod=p%2B1', { service: 'a b', pod: 'p+1' }],
    ['app=a&namespace=n&container=c&text=%25', { app: 'a', namespace: 'n', container: 'c', text: '%' }],
  ])('%s', (query, filter) => expect(read(query).filter).toEqual(filter))

  it.each([
    ['servcie=a', 'unknown_parameter', 'did you mean service?'],
    ['trace_id=a', 'unknown_parameter', 'did you mean traceId?'],
    ['Limit=1', 'unknown_parameter', 'did you mean limit?'],
    ['qqqqqqqq=1', 'unknown_parameter', 'known are start, end, query, service'],
    ['__proto__=1', 'unknown_parameter', '__proto__'],
    ['constructor=1', 'unknown_parameter', 'constructor'],
    ['limit=0', 'invalid_parameter', 'from 1 to 1000'],
    ['limit=1001', 'invalid_parameter', 'from 1 to 1000'],
    ['limit=ten', 'invalid_parameter', 'limit="ten"'],
    ['limit=1.5', 'invalid_parameter', 'from 1 to 1000'],
    ['limit=-1', 'invalid_parameter', 'from 1 to 1000'],
    ['severity=0', 'invalid_parameter', 'trace, debug, info, warn, error, fatal'],
    ['severity=25', 'invalid_parameter', 'no severity'],
    ['severity=loud', 'invalid_parameter', 'no severity'],
    ['severity=constructor', 'invalid_parameter', 'no severity'],
    ['direction=up', 'invalid_parameter', 'backward (newest first)'],
    ['traceId=abc', 'invalid_parameter', '32 hex digits'],
    ['traceId=zz23456789abcdef0123456789abcdef', 'invalid_parameter', '32 hex digits'],
    ['pod=', 'invalid_parameter', 'pod is empty'],
    ['pod=a&pod=b', 'invalid_parameter', 'more than once'],
    ['start=yesterday', 'invalid_parameter', 'start="yesterday" expected RFC 3339'],
    [`text=${'x'.repeat(5000)}`, 'invalid_parameter', 'longer than 4096'],
    [`service=${'x'.repeat(1025)}`, 'invalid_parameter', 'longer than 1024'],
  ])('%s is refused as %s: %s', (query, code, sentence) => {
    expect(refusal(() => read(query))).toEqual({ code, message: expect.stringContaining(sentence) })
  })
})

describe('range', () => {
  const hour = 3_600_000_000_000n
  const nowMs = 1_769_860_800_000
  const now = 1769860800001000000n

  it.each([
    [{}, { start: now - hour, end: now }],
    [{ end: 5n * hour }, { start: 4n * hour, end: 5n * hour }],
    [{ end: 5n }, { start: 0n, end: 5n }],
    [{ start: 7n }, { start: 7n, end: now }],
    [
      { start: 7n, end: 7n },
      { start: 7n, end: 7n },
    ],
  ])('of %o', (given, range) => {
    expect(rangeOf({ start: undefined, end: undefined, ...given }, nowMs)).toEqual(range)
  })

  it.each([
    [{ start: 8n, end: 7n }, 'swap them'],
    [{ start: now + 1n, end: undefined }, 'in the future'],
  ])('of %o is refused', (given, sentence) => {
    expect(refusal(() => rangeOf(given, nowMs))).toEqual({
      code: 'invalid_parameter',
      message: expect.stringContaining(sentence),
    })
  })
})
