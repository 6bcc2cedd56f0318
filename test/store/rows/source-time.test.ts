import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ATTRIBUTE, ValueKind } from '../../../src/otlp/slots.ts'
import { SourceTime } from '../../../src/store/rows/clock/source-time.ts'
import { fromWords } from '../../../src/store/rows/words.ts'

function read(kind: number, bytes: Uint8Array): bigint | undefined {
  const attributes = new Uint32Array(ATTRIBUTE.stride)
  attributes[ATTRIBUTE.kind] = kind
  attributes[ATTRIBUTE.valueEnd] = bytes.length
  const source = new SourceTime()
  return source.read(Buffer.from(bytes), attributes, 0) ? fromWords(source.low, source.high) : undefined
}

const text = (value: string): bigint | undefined => read(ValueKind.string, Buffer.from(value))

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

describe('the stamp of the container runtime', () => {
  test.each([
    ['2026-11-24T10:20:30.123456789Z', 1795515630123456789n],
    ['2026-11-24T10:20:30Z', 1795515630000000000n],
    ['2026-11-24t10:20:30.5z', 1795515630500000000n],
    ['2026-11-24T12:20:30.000000001+02:00', 1795515630000000001n],
    ['2026-11-24T04:50:30.000000001-05:30', 1795515630000000001n],
    ['2024-02-29T23:59:59.999999999Z', 1709251199999999999n],
    // More digits than nanoseconds have are cut, as the kubelet's own format never has them.
    ['2026-11-24T10:20:30.1234567891Z', 1795515630123456789n],
    ['1795515630123456789', 1795515630123456789n],
    ['1', 1n],
  ])('%s', (value, expected) => {
    expect(text(value)).toBe(expected)
  })

  test.each([
    '',
    '0',
    'yesterday',
    '2026-11-24',
    '2026-11-24T10:20:30',
    '2026-11-24T10:20:30.Z0',
    '2026-13-01T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01 00:00:00Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:30:00+01:00',
    '2300-01-01T00:00:00Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+01',
    '2026-01-01T00:00:00Zx',
    '99999999999999999999',
    '9223372036854775808',
    '12a4',
  ])('%j is no stamp', (value) => {
    expect(text(value)).toBeUndefined()
  })

  test('any instant, written by Date, reads as Date says', () => {
    const latest = Date.UTC(2261, 11, 31)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: latest }), fc.integer({ min: 0, max: 999_999 }), (ms, ns) => {
        const value = new Date(ms).toISOString().replace('Z', `${String(ns).padStart(6, '0')}Z`)
        expect(text(value)).toBe(BigInt(ms) * 1_000_000n + BigInt(ns))
      }),
    )
  })

  test('digits and integers keep all 63 bits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), (ns) => {
        expect(text(ns.toString())).toBe(ns)
        expect(read(ValueKind.int, varint(ns))).toBe(ns)
      }),
    )
  })

  test('a negative integer and a bool are no stamps', () => {
    expect(read(ValueKind.int, varint(-1n))).toBeUndefined()
    expect(read(ValueKind.bool, Buffer.from([1]))).toBeUndefined()
  })
})
