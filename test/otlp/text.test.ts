import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KIND_LETTERS, ValueKind } from '../../src/otlp/slots.ts'
import { valueToString, writeValueText } from '../../src/otlp/text.ts'
import { TextSink } from '../../src/otlp/text-sink.ts'
import { decodeLenient } from './lenient-decode.ts'
import { encodeMessage } from './proto.ts'
import { doubleText, jsonOf } from './value-json.ts'
import { anyValue, varintBytes } from './wire-generator.ts'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a value whose bytes stand somewhere inside others, written behind other text into a sink that must grow. */
function textOf(kind: number, content: Uint8Array): string {
  const bytes = Buffer.concat([Buffer.from([0xff, 0x80]), content, Buffer.from([0xff, 0x22])])
  const end = 2 + content.length
  const sink = new TextSink(1)
  sink.buffer[0] = 0x3e
  sink.length = 1
  writeValueText(kind, bytes, 2, end, sink)
  // Strict: what is written must be UTF-8, not become it while it is read.
  const text = strict.decode(sink.buffer.subarray(0, sink.length))
  expect(text[0]).toBe('>')
  expect(valueToString(kind, bytes, 2, end)).toBe(text.slice(1))
  return text.slice(1)
}

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

describe('text of scalar values', () => {
  it('writes ints with every digit, whatever the length of their varint', () => {
    const edges = [
      0n,
      9n,
      10n,
      99n,
      10n ** 9n,
      10n ** 9n - 1n,
      10n ** 18n,
      10n ** 18n - 1n,
      1n << 53n,
      1n << 62n,
    ]
    const around = edges.flatMap((edge) => [edge - 1n, edge, edge + 1n, -edge, -edge - 1n])
    for (const value of [...around, (1n << 63n) - 1n, -(1n << 63n)])
      expect(textOf(ValueKind.int, varintBytes(value, 0, 10))).toBe(value.toString())
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
        fc.nat(10),
        fc.nat(63),
        (value, spare, shift) => {
          const shifted = value >> BigInt(shift)
          expect(textOf(ValueKind.int, varintBytes(shifted, spare, 10))).toBe(shifted.toString())
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('writes doubles as JavaScript does, but for the sign of -0; NaN and infinities by name', () => {
    const edges = [
      0,
      -0,
      0.1,
      -1.5,
      1e21,
      1e-7,
      123456789012345680000,
      2 ** 53,
      -(2 ** 53) - 2,
      5e-324,
      1.7976931348623157e308,
    ]
    for (const value of [...edges, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(textOf(ValueKind.double, doubleBytes(value))).toBe(doubleText(value))
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger()), (value) => {
        const text = textOf(ValueKind.double, doubleBytes(value))
        expect(text).toBe(doubleText(value))
        expect(Number(text)).toBe(value)
      }),
      { numRuns: 3000 },
    )
  })

  it('writes bytes as base64 with padding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(textOf(ValueKind.bytes, bytes)).toBe(Buffer.from(bytes).toString('base64'))
      }),
    )
  })

  it('writes strings as they are, short and long', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 40, maxLength: 90 })),
        (text) => {
          expect(textOf(ValueKind.string, Buffer.from(text))).toBe(Buffer.from(text).toString())
        },
      ),
    )
  })

  it('writes bools by name and nothing for an empty value', () => {
    const sink = new TextSink()
    writeValueText(ValueKind.bool, Buffer.alloc(0), 1, 0, sink)
    writeValueText(ValueKind.empty, Buffer.alloc(0), 0, 0, sink)
    writeValueText(ValueKind.bool, Buffer.alloc(0), 0, 0, sink)
    expect(sink.buffer.toString('utf8', 0, sink.length)).toBe('truefalse')
    expect(valueToString(ValueKind.empty, Buffer.alloc(0), 0, 0)).toBe('')
  })

  it('has a letter for every kind', () => {
    expect(KIND_LETTERS).toHaveLength(Object.keys(ValueKind).length)
    expect(new Set(KIND_LETTERS).size).toBe(KIND_LETTERS.length)
  })
})

/** An ArrayValue of `depth` arrays inside one another, the string "core" in the innermost. */
function nestedArrays(depth: number): Buffer {
  let value = Buffer.from('\n\x04core')
  let array = value
  for (let i = 0; i < depth; i++) {
    array = Buffer.concat([Buffer.from([0x0a]), varintBytes(BigInt(value.length), 0, 5), value])
    value = Buffer.concat([Buffer.from([0x2a]), varintBytes(BigInt(array.length), 0, 5), array])
  }
  return array
}

describe('text of arrays and lists', () => {
  it('is the JSON of what protobufjs reads, on any well-formed bytes', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 4 }), (values) => {
        const bytes = Buffer.concat(
          values.map((value) =>
            Buffer.concat([Buffer.from([10]), varintBytes(BigInt(value.length), 0, 5), value]),
          ),
        )
        const text = textOf(ValueKind.array, bytes)
        expect(text).toBe(jsonOf({ arrayValue: decodeLenient('ArrayValue', bytes) }))
        expect(Array.isArray(JSON.parse(text))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it('escapes every character as JSON.stringify does', () => {
    const all = `${Array.from({ length: 0x800 }, (_, code) => String.fromCharCode(code)).join('')}\u2028\ufffd\u{1f600}`
    const list = { values: [{ key: all, value: { stringValue: all } }] }
    expect(textOf(ValueKind.kvlist, encodeMessage('KeyValueList', list))).toBe(
      `{${JSON.stringify(all)}:${JSON.stringify(all)}}`,
    )
  })

  it('keeps integers beyond 2^53, repeated keys, and names what JSON has no number for', () => {
    const list = {
      values: [
        { key: 'a', value: { intValue: '9223372036854775807' } },
        { key: 'a', value: { doubleValue: Number.NaN } },
        { key: 'b', value: { arrayValue: { values: [{}, { doubleValue: Number.NEGATIVE_INFINITY }] } } },
        { key: 'c' },
      ],
    }
    expect(textOf(ValueKind.kvlist, encodeMessage('KeyValueList', list))).toBe(
      '{"a":9223372036854775807,"a":"NaN","b":[null,"-Infinity"],"c":null}',
    )
  })

  it('writes 64 levels and an ellipsis for what is deeper', () => {
    expect(textOf(ValueKind.array, nestedArrays(64))).toBe(`${'['.repeat(64)}"core"${']'.repeat(64)}`)
    expect(textOf(ValueKind.array, nestedArrays(65))).toBe(`${'['.repeat(64)}"…"${']'.repeat(64)}`)
  })
})
