import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CanonicalAttribute,
  canonicalOrder,
  resourceFingerprint,
} from '../../../src/store/rows/fingerprint.ts'

const hex = ({ low, high }: { low: number; high: number }): string =>
  ((BigInt(high) << 32n) | BigInt(low)).toString(16).padStart(16, '0')

/** The documented canonical form, written down again byte by byte. */
function reference(
  schemaUrl: string,
  dropped: number,
  attributes: ReadonlyArray<CanonicalAttribute>,
): string {
  const u32 = (value: number): number[] => [
    value & 255,
    (value >>> 8) & 255,
    (value >>> 16) & 255,
    value >>> 24,
  ]
  const field = (text: string): number[] => {
    const bytes = [...new TextEncoder().encode(text)]
    return [...u32(bytes.length), ...bytes]
  }
  const sorted = attributes
    .map(({ key, letter, value }) => ({
      key: field(key),
      letter: letter.charCodeAt(0),
      value: field(value),
      sort: [key, letter, value],
    }))
    .sort((a, b) => {
      for (let i = 0; i < 3; i++) {
        const order = Buffer.compare(Buffer.from(a.sort[i]!), Buffer.from(b.sort[i]!))
        if (order !== 0) return order
      }
      return 0
    })
  const bytes = [
    ...Buffer.from('weir.resource.1'),
    ...field(schemaUrl),
    ...u32(dropped),
    ...u32(attributes.length),
    ...sorted.flatMap(({ key, letter, value }) => [...key, letter, ...value]),
  ]
  return createHash('sha256')
    .update(Buffer.from(bytes))
    .digest()
    .readBigUInt64LE(0)
    .toString(16)
    .padStart(16, '0')
}

const attribute = (key: string, value: string, letter = 's'): CanonicalAttribute => ({ key, letter, value })

describe('the fingerprint of a resource', () => {
  // Golden vectors of docs/architecture.md: they never change, since stored rows carry them.
  test.each([
    ['no attributes', '', 0, [], '63bdf655356e1d8c'],
    ['a service', '', 0, [attribute('service.name', 'shop')], 'dac77d406ccd4e44'],
    [
      'everything',
      'https://opentelemetry.io/schemas/1.30.0',
      2,
      [
        attribute('k8s.pod.name', 'shop-0'),
        attribute('replicas', '3', 'i'),
        attribute('service.name', 'schöner laden'),
      ],
      'f91c97e023683689',
    ],
  ])('%s', (_, schemaUrl, dropped, attributes, expected) => {
    expect(hex(resourceFingerprint(schemaUrl, dropped, canonicalOrder(attributes)))).toBe(expected)
    expect(reference(schemaUrl, dropped, attributes)).toBe(expected)
  })

  test('does not depend on the order of the attributes, and agrees with the documented form', () => {
    const attributes = fc.array(
      fc.record({
        key: fc.string({ unit: 'grapheme' }),
        letter: fc.constantFrom('s', 'i', 'b'),
        value: fc.string({ unit: 'grapheme' }),
      }),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(attributes, fc.string(), fc.nat(), (list, schemaUrl, dropped) => {
        const forward = hex(resourceFingerprint(schemaUrl, dropped, canonicalOrder(list)))
        expect(hex(resourceFingerprint(schemaUrl, dropped, canonicalOrder([...list].reverse())))).toBe(
          forward,
        )
        expect(reference(schemaUrl, dropped, list)).toBe(forward)
      }),
    )
  })
})
