import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cell, intToBigInt } from '../../../src/processors/ottl/cell.ts'
import {
  parseDouble,
  parseDuration,
  setParsedInt,
} from '../../../src/processors/ottl/functions/numbers-in-text.ts'
import {
  floorDivide,
  floored,
  setDifference,
  setProduct,
  setQuotient,
  setSum,
} from '../../../src/processors/ottl/int64.ts'
import { clock, daysOf, readClock, setInstant } from '../../../src/processors/ottl/time/civil.ts'
import { formatTime } from '../../../src/processors/ottl/time/format-time.ts'
import { parseLayout } from '../../../src/processors/ottl/time/layout.ts'
import { readTime } from '../../../src/processors/ottl/time/parse-time.ts'
import { findZone, UTC } from '../../../src/processors/ottl/time/zones.ts'

const words = (value: bigint): [low: number, high: number] => [
  Number(BigInt.asIntN(32, value)),
  Number(BigInt.asIntN(32, value >> 32n)),
]
const intOf = ({ low, high }: Cell): bigint => intToBigInt(low, high)

/** All sizes alike, and the borders of words. */
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 34n), max: 2n ** 34n }),
  fc.integer({ min: -20, max: 20 }).map(BigInt),
  fc
    .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([bits, near, negative]) =>
      BigInt.asIntN(64, (negative ? -1n : 1n) * 2n ** BigInt(bits) + BigInt(near)),
    ),
)

describe('64-bit integers in two words are those of BigInt', () => {
  it.each([
    ['sums', setSum, (a: bigint, b: bigint) => a + b],
    ['differences', setDifference, (a: bigint, b: bigint) => a - b],
    ['products', setProduct, (a: bigint, b: bigint) => a * b],
    ['quotients', setQuotient, (a: bigint, b: bigint) => a / b],
  ] as const)('%s', (name, operation, oracle) => {
    const cell = new Cell()
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        fc.pre(name !== 'quotients' || b !== 0n)
        operation(cell, ...words(a), ...words(b))
        expect(intOf(cell)).toBe(BigInt.asIntN(64, oracle(a, b)))
      }),
      { numRuns: 5000 },
    )
  })

  it('division that rounds down', () => {
    fc.assert(
      fc.property(int64, fc.constantFrom(1000, 1_000_000, 1_000_000_000), (value, divisor) => {
        floorDivide(...words(value), divisor)
        const rest = ((value % BigInt(divisor)) + BigInt(divisor)) % BigInt(divisor)
        expect(floored.remainder).toBe(Number(rest))
        expect(floored.quotient).toBe(Number((value - rest) / BigInt(divisor)))
      }),
      { numRuns: 3000 },
    )
  })

  it('their texts in every base', () => {
    const cell = new Cell()
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
        fc.integer({ min: 2, max: 36 }),
        (value, base) => {
          const text = Buffer.from(value.toString(base))
          const fits = value === BigInt.asIntN(64, value)
          expect(setParsedInt(cell, text, 0, text.length, base)).toBe(fits)
          if (fits) expect(intOf(cell)).toBe(value)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it.each(['', '+', '-', '1 ', ' 1', '1e3', '0x10', '--1', '1_0', '٣'])('%j is no integer', (text) => {
    const bytes = Buffer.from(text)
    expect(setParsedInt(new Cell(), bytes, 0, bytes.length, 10)).toBe(false)
  })
})

it.each([
  ['1', 1],
  ['-1.5e-3', -0.0015],
  ['.5', 0.5],
  ['5.', 5],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
  ['nan', Number.NaN],
  ['1e999', undefined],
  ['1_0', 10],
  ['1__0', undefined],
  ['', undefined],
  ['e5', undefined],
  ['0x10', undefined],
])('the double in %j is %d', (text, value) => {
  expect(parseDouble(text)).toBe(value)
})

it.each([
  ['1h15m30.918273645s', 4530918273645n],
  ['-.5s', -500000000n],
  ['1.s', 1000000000n],
  ['2562047h47m16.854775807s', 2n ** 63n - 1n],
  ['-2562047h47m16.854775808s', -(2n ** 63n)],
  ['2562047h47m16.854775808s', undefined],
  ['1.9999999999s', 1999999999n],
  ['+0', 0n],
  ['1', undefined],
  ['s', undefined],
  ['1s ', undefined],
  ['1h-1m', undefined],
])('the duration in %j is %s ns', (text, ns) => {
  expect(parseDuration(text)).toBe(ns)
})

const instant = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

describe('times', () => {
  it('have the date and clock of Date', () => {
    fc.assert(
      fc.property(instant, (ns) => {
        readClock(...words(ns), 0)
        const nanosecond = Number(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)
        const date = new Date(Number((ns - BigInt(nanosecond)) / 1_000_000n))
        expect(clock).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
          weekday: date.getUTCDay(),
          yearDay:
            (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) -
              Date.UTC(date.getUTCFullYear(), 0, 1)) /
              86_400_000 +
            1,
          hour: date.getUTCHours(),
          minute: date.getUTCMinutes(),
          second: date.getUTCSeconds(),
          nanosecond,
          offset: 0,
        })
        expect(daysOf(clock.year, clock.month, clock.day)).toBe(Math.floor(date.getTime() / 86_400_000))
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    '%Y-%m-%dT%H:%M:%S.%s %z',
    '%A, %d %B %Y %I:%M:%S.%s %p %j',
    '%a %b %e %T.%s %Y %k',
    '%y/%m/%d %r.%s',
    '2006-01-02 15:04:05.000000000 -07:00',
    '__2 2006 15:04:05,999999999Z07:00',
  ])('written in %s are read as the same', (format) => {
    const layout = parseLayout(format)
    const cell = new Cell()
    const zoned = /z|%j|%k|07/.test(format)
    // Years of two digits are those from 1969 to 2068.
    const seconds = fc.integer({ min: 0, max: 3_000_000_000 })
    const offsets = zoned
      ? fc.integer({ min: -14 * 4, max: 14 * 4 }).map((quarters) => quarters * 900)
      : fc.constant(0)
    fc.assert(
      fc.property(seconds, fc.nat(999_999_999), offsets, (second, nanosecond, offset) => {
        const exact = format.includes('r.') ? 0 : nanosecond
        const made = new Cell()
        setInstant(made, second, exact, offset)
        const written = formatTime(made.low, made.high, offset, layout)
        expect([written, readTime(cell, written, layout, UTC, 0)]).toEqual([written, undefined])
        expect(intOf(cell)).toBe(intOf(made))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['Europe/Berlin', Date.UTC(2024, 2, 31, 1, 59), 3600],
    ['Europe/Berlin', Date.UTC(2024, 2, 31, 3, 0), 7200],
    ['Europe/Berlin', Date.UTC(2024, 9, 27, 4, 0), 3600],
    ['Asia/Kolkata', Date.UTC(2024, 0, 1), 19_800],
    ['America/St_Johns', Date.UTC(2024, 6, 1), -9000],
  ])('%s at %d is %d seconds ahead of UTC', (name, local, offset) => {
    expect(findZone(name)!.offsetAt(local / 1000)).toBe(offset)
  })

  it('there is no such zone', () => {
    expect(findZone('Middle/Earth')).toBeUndefined()
  })

  it('without a date are of today, without a year of the last twelve months', () => {
    const now = Date.UTC(2024, 0, 3, 12)
    const read = (text: string, format: string) => {
      const cell = new Cell()
      expect(readTime(cell, text, parseLayout(format), UTC, now)).toBeUndefined()
      return Number(intOf(cell) / 1_000_000n)
    }
    expect(read('10:20:30', '%H:%M:%S')).toBe(Date.UTC(2024, 0, 3, 10, 20, 30))
    expect(read('Dec 31 10:20:30', '%b %d %H:%M:%S')).toBe(Date.UTC(2023, 11, 31, 10, 20, 30))
    expect(read('Jan 04 10:20:30', '%b %d %H:%M:%S')).toBe(Date.UTC(2024, 0, 4, 10, 20, 30))
  })
})
