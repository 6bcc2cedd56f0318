import { isUtf8 as nodeIsUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAscii, isUtf8, repairUtf8 } from '../../src/otlp/utf8.ts'

/** Asked about a range inside other bytes, so that reading past either end shows. */
function inside(content: Uint8Array): { bytes: Buffer; view: DataView; start: number; end: number } {
  const bytes = Buffer.concat([Buffer.from([0xe2, 0x82]), content, Buffer.from([0xac, 0xff, 0x80, 0x80])])
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return { bytes, view, start: 2, end: 2 + content.length }
}

const pieces = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
      // Edges of Unicode's table 3-7: overlong forms, surrogates, past U+10FFFF, cut characters.
      fc
        .constantFrom(
          'c080',
          'c1bf',
          'e08080',
          'e09fbf',
          'eda080',
          'edbfbf',
          'f08fbfbf',
          'f4908080',
          'f5808080',
          'e282',
          'f09f98',
        )
        .map((hex) => Buffer.from(hex, 'hex')),
    ),
    { maxLength: 8 },
  )
  .map((list) => Buffer.concat(list))

describe('UTF-8', () => {
  it('is told from other bytes as Node does, for every lead and second byte', () => {
    for (let lead = 0; lead < 256; lead++)
      for (let second = 0; second < 256; second++)
        for (const tail of [[], [0x80], [0x80, 0x80], [0xbf, 0xbf], [0x41], [0x80, 0xc0]]) {
          const { bytes, start, end } = inside(Uint8Array.of(lead, second, ...tail))
          if (isUtf8(bytes, start, end) !== nodeIsUtf8(bytes.subarray(start, end)))
            expect.fail(`disagrees on ${bytes.toString('hex', start, end)}`)
        }
  })

  it('is told from other bytes as Node does, in any text, and repaired as the WHATWG decoder does', () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    fc.assert(
      fc.property(pieces, (content) => {
        const { bytes, start, end } = inside(content)
        expect(isUtf8(bytes, start, end)).toBe(nodeIsUtf8(content))
        expect(repairUtf8(bytes, start, end).toString()).toBe(decoder.decode(content))
      }),
      { numRuns: 5000 },
    )
  })

  it('keeps a byte order mark', () => {
    expect(repairUtf8(Buffer.from('efbbbf41ff', 'hex'), 0, 5)).toEqual(Buffer.from('\ufeffA\ufffd'))
  })
})

describe('ASCII', () => {
  it('is told by one high byte anywhere, at every length', () => {
    for (let length = 0; length <= 20; length++) {
      const content = Buffer.alloc(length, 0x7f)
      const plain = inside(content)
      expect(isAscii(plain.view, plain.start, plain.end)).toBe(true)
      for (let at = 0; at < length; at++) {
        content.fill(0x7f)
        content[at] = 0x80
        const marked = inside(content)
        expect(isAscii(marked.view, marked.start, marked.end)).toBe(false)
      }
    }
  })
})
