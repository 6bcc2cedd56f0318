import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../../../src/query/errors.ts'
import { parseDuration } from '../../../src/query/parameters/duration.ts'
import { readTracesParameters, tracesParameters } from '../../../src/query/traces/search-parameters.ts'

const schema = tracesParameters({ limitDefault: 100, limitMax: 10_000 })
const read = (query: string) => readTracesParameters(schema, new URLSearchParams(query))

describe('durations', () => {
  it.each([
    ['0', 0n],
    ['1500', 1500n],
    ['1ns', 1n],
    ['1us', 1000n],
    ['1µs', 1000n],
    ['1μs', 1000n],
    ['100ms', 100_000_000n],
    ['1.5s', 1_500_000_000n],
    ['1h2m3.000000004s', 3_723_000_000_004n],
    ['0.5h', 1_800_000_000_000n],
    ['9223372036854775807', 2n ** 63n - 1n],
  ])('%s', (text, nanos) => expect(parseDuration(text)).toBe(nanos))

  it.each([
    ['fast', undefined],
    ['-1s', undefined],
    ['1d', undefined],
    ['1 s', undefined],
    ['.5s', undefined],
    ['1.s', undefined],
    ['1s ', undefined],
    ['1e3', undefined],
    ['1.5ns', 'finer than a nanosecond'],
    ['9223372036854775808', 'longer than 292 years'],
    ['3000000h', 'longer than 292 years'],
    ['1s'.repeat(50), undefined],
  ])('%s is refused', (text, sentence = 'is no duration') => {
    expect(parseDuration(text)).toEqual({ problem: expect.stringContaining(sentence) })
  })

  it('are the sum of their parts', () => {
    const part = fc.nat({ max: 10_000 })
    fc.assert(
      fc.property(part, part, part, part, fc.nat({ max: 999_999_999 }), (h, m, s, ms, fraction) => {
        const text = `${h}h${m}m${s}.${String(fraction).padStart(9, '0')}s${ms}ms`
        const seconds = BigInt(h) * 3600n + BigInt(m) * 60n + BigInt(s)
        expect(parseDuration(text)).toBe(seconds * 10n ** 9n + BigInt(fraction) + BigInt(ms) * 10n ** 6n)
      }),
    )
  })
})

describe('parameters of GET /api/v1/traces', () => {
  it('have defaults', () => {
    expect(read('')).toEqual({ filter: {}, limit: 100, cursor: undefined, start: undefined, end: undefined })
  })

  it('are read', () => {
    expect(
      read(
        'service=a&app=b&operation=GET%20/&minDuration=1ms&maxDuration=2ms&status=ok&attribute=k:v:w&attribute=l:',
      ).filter,
    ).toEqual({
      service: 'a',
      app: 'b',
      operation: 'GET /',
      minDuration: 1_000_000n,
      maxDuration: 2_000_000n,
      status: 'ok',
      attribute: [
        { key: 'k', value: 'v:w' },
        { key: 'l', value: '' },
      ],
    })
  })

  it.each([
    ['minduration=1s', 'unknown_parameter', 'did you mean minDuration?'],
    ['tags=a', 'unknown_parameter', 'known are start, end, service'],
    ['minDuration=fast', 'invalid_parameter', 'minDuration="fast" is no duration: expected such as 100ms'],
    ['minDuration=2s&maxDuration=1s', 'invalid_parameter', 'swap them'],
    ['status=broken', 'invalid_parameter', 'status="broken" is no status: expected unset, ok, error'],
    ['status=ok&status=error', 'invalid_parameter', 'more than once'],
    ['attribute=', 'invalid_parameter', 'attribute is empty'],
    [
      'attribute=a:b&attribute=plain',
      'invalid_parameter',
      'attribute="plain" is no attribute: expected key:value',
    ],
    ['attribute=:b', 'invalid_parameter', 'expected key:value'],
    [`attribute=a:${'x'.repeat(5000)}`, 'invalid_parameter', 'longer than 4096'],
    ['attribute=a:b&'.repeat(17), 'invalid_parameter', 'attribute is given more than 16 times'],
    ['limit=1001', 'invalid_parameter', 'from 1 to 1000'],
    ['start=1', 'invalid_parameter', 'looks like seconds'],
    [`operation=${'x'.repeat(1025)}`, 'invalid_parameter', 'longer than 1024'],
  ])('%s is refused as %s: %s', (query, code, sentence) => {
    expect(() => read(query)).toThrow(ApiError)
    expect(() => read(query)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(sentence) }),
    )
  })
})
