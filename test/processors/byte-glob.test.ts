import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesByteGlob } from '../../src/processors/byte-glob.ts'

/** In the middle of other bytes, as keys and values stand in a batch. */
function matches(pattern: string, text: string): boolean {
  const bytes = Buffer.from(`<${text}>`)
  return matchesByteGlob(Buffer.from(pattern), bytes, 1, bytes.length - 1)
}

/** The engine's own regular expressions, over code points. */
function plain(pattern: string, text: string): boolean {
  const source = [...pattern]
    .map((letter) => (letter === '*' ? '.*' : letter === '?' ? '.' : letter.replace(/[-.]/, '\\$&')))
    .join('')
  return new RegExp(`^(?:${source})$`, 'su').test(text)
}

describe('a pattern', () => {
  it.each([
    ['*', '', true],
    ['*', 'a.b', true],
    ['a', 'a', true],
    ['a', 'ab', false],
    ['a', '', false],
    ['?', 'a', true],
    ['?', '', false],
    ['?', 'ß', true],
    ['??', 'ß', false],
    ['*?', '😀', true],
    ['*??', '😀', false],
    ['a?c', 'abc', true],
    ['http.*', 'http.server', true],
    ['http.*', 'https.server', false],
    ['*.duration', 'http.server.duration', true],
    ['*.duration', 'http.server.durations', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['*aab', 'aaaab', true],
    ['a**b', 'ab', true],
    ['a.c', 'abc', false],
    ['größe.*', 'größe.x', true],
    [`${'*a'.repeat(30)}b`, 'a'.repeat(1000), false],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  it('says what a regular expression says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '*', '?', '.'), maxLength: 8 })
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        expect(matches(pattern, text)).toBe(plain(pattern, text))
      }),
      { numRuns: 5000 },
    )
  })
})
