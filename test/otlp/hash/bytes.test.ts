import { expect, it } from 'vitest'
import { hashBytes } from '../../../src/otlp/hash/bytes.ts'

const TEXTS = ['', 'a', 'b', 'a\0', 'aa', 'aaaa', 'aaaab', 'aaaabaaa', 'aaaabaaac', 'aaaabaaab']

function hashOf(text: string, before: string): number {
  const bytes = Buffer.from(`${before}${text}..`)
  return hashBytes(bytes, before.length, bytes.length - 2)
}

it('differs for every change of the bytes and of their length', () => {
  expect(new Set(TEXTS.map((text) => hashOf(text, '..'))).size).toBe(TEXTS.length)
})

it('does not depend on what stands around them', () => {
  for (const text of TEXTS) expect(hashOf(text, '...')).toBe(hashOf(text, 'x'))
})
