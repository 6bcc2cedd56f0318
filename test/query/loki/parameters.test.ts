import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readLokiParameters } from '../../../src/query/loki/parameters/read.ts'
import { parseLokiDuration, parseLokiTime } from '../../../src/query/loki/parameters/time.ts'
import { stepOf, windowOf } from '../../../src/query/loki/parameters/window.ts'

const S = 1_000_000_000n

describe('times', () => {
  it.each([
    ['0', 0n],
    ['1769860800', 1_769_860_800n * S],
    ['4000000000', 4_000_000_000n * S],
    ['17698608000', 17_698_608_000n],
    ['1769860800123456789', 1_769_860_800_123_456_789n],
    ['1769860800.123', 1_769_860_800_123_000_000n],
    ['1769860800.123456789', 1_769_860_800_123_456_789n],
    ['1769860800.', 1_769_860_800n * S],
    ['2026-01-31T12:00:00Z', 1_769_860_800n * S],
    ['2026-01-31T13:00:00.5+01:00', 1_769_860_800_500_000_000n],
    ['9223372036854775807', 2n ** 63n - 1n],
  ])('%s', (text, ns) => expect(parseLokiTime(text)).toBe(ns))

  it.each([
    ['', /nanoseconds or seconds/],
    ['now', /nanoseconds or seconds/],
    ['1e9', /nanoseconds or seconds/],
    ['2026-01-31', /nanoseconds or seconds/],
    ['2026-13-01T00:00:00Z', /no date of the calendar/],
    ['-1', /before 1970/],
    ['1969-12-31T23:59:59Z', /before 1970/],
    ['9223372036854775808', /2262/],
    ['9999999999.5', /2262/],
    ['2300-01-01T00:00:00Z', /2262/],
  ])('%s is refused', (text, problem) =>
    expect(parseLokiTime(text)).toEqual({ problem: expect.stringMatching(problem) }),
  )

  it('any moment comes back, however it is written', () => {
    const moments = fc.bigInt({ min: 10n ** 10n, max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(moments, (ns) => {
        const fraction = String(ns % S).padStart(9, '0')
        const date = new Date(Number(ns / S) * 1000).toISOString().slice(0, 19)
        expect(parseLokiTime(String(ns))).toBe(ns)
        expect(parseLokiTime(`${ns / S}.${fraction}`)).toBe(ns)
        expect(parseLokiTime(`${date}.${fraction}Z`)).toBe(ns)
      }),
    )
  })
})

describe('durations', () => {
  it.each([
    ['5m', 300n * S],
    ['1h30m', 5400n * S],
    ['250ms', 250_000_000n],
    ['2d', 172_800n * S],
    ['15', 15n * S],
    ['0.5', S / 2n],
    ['1ns', 1n],
  ])('%s', (text, ns) => expect(parseLokiDuration(text)).toBe(ns))

  it.each([
    ['', /no duration/],
    ['5 m', /no duration/],
    ['m', /no duration/],
    ['0', /above zero/],
    ['0s', /above zero/],
    ['-5m', /above zero/],
    ['400y', /longer than any/],
    [`${'9'.repeat(400)}`, /no duration/],
  ])('%s is refused', (text, problem) =>
    expect(parseLokiDuration(text)).toEqual({ problem: expect.stringMatching(problem) }),
  )
})

describe('the range of a request', () => {
  const NOW_MS = 1_769_860_800_000
  const NOW = BigInt(NOW_MS + 1) * 1_000_000n
  const HOUR = 3600n * S

  it.each([
    [{}, NOW - HOUR, NOW],
    [{ since: 60n * S }, NOW - 60n * S, NOW],
    [{ end: 5n * HOUR }, 4n * HOUR, 5n * HOUR],
    [{ end: 5n * HOUR, since: 2n * HOUR }, 3n * HOUR, 5n * HOUR],
    [{ start: 1n, since: HOUR }, 1n, NOW],
    [{ end: S }, 0n, S],
    // The time before an end that is still to come is counted from now.
    [{ end: NOW + HOUR }, NOW - HOUR, NOW + HOUR],
  ])('%o', (given, startNs, endNs) => expect(windowOf(given, NOW_MS, HOUR)).toEqual({ startNs, endNs }))

  it('has the step that is given, or about 250 of whole seconds', () => {
    expect(stepOf({ startNs: 0n, endNs: HOUR }, undefined)).toBe(14n * S)
    expect(stepOf({ startNs: 0n, endNs: 10n * S }, undefined)).toBe(S)
    expect(stepOf({ startNs: 5n, endNs: 5n }, undefined)).toBe(S)
    expect(stepOf({ startNs: 0n, endNs: 11_000n * S }, S)).toBe(S)
  })

  it('the step that a refusal names is one that is taken', () => {
    const ranges = fc.bigInt({ min: 11_001n, max: 10n ** 18n })
    fc.assert(
      fc.property(ranges, fc.bigInt({ min: 1n, max: 10n ** 14n }), (rangeNs, step) => {
        const window = { startNs: 0n, endNs: rangeNs }
        const most = rangeNs / step
        if (most <= 11_000n) {
          expect(stepOf(window, step)).toBe(step)
          return
        }
        const named = (() => {
          try {
            stepOf(window, step)
          } catch (error) {
            return BigInt(/at least (\d+)ms/.exec((error as Error).message)![1]!) * 1_000_000n
          }
          throw new Error('was taken')
        })()
        expect(stepOf(window, named)).toBe(named)
      }),
    )
  })
})

describe('parameters', () => {
  const schema = z.object({ a: z.string().optional(), 'm[]': z.array(z.string()).default([]) })
  it.each([
    ['', { 'm[]': [] }],
    ['a=1&a=2&b=3', { a: '1', 'm[]': [] }],
    ['a=&a=2', { a: '2', 'm[]': [] }],
    ['m[]=x&m[]=&m[]=y', { 'm[]': ['x', 'y'] }],
  ])('%s', (query, expected) =>
    expect(readLokiParameters(schema, new URLSearchParams(query))).toEqual(expected),
  )
})
