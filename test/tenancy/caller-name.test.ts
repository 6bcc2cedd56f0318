import { describe, expect, it } from 'vitest'
import { callerName } from '../../src/tenancy/claims.ts'

describe('the name of a caller', () => {
  const long = 'x'.repeat(1025)
  it.each<[what: string, value: unknown, expected: ReturnType<typeof callerName>]>([
    ['plain', 'ada@example.com', { name: 'ada@example.com' }],
    ['with what logs do not show', 'https://id/ada', { name: 'https:__id_ada', subject: 'https://id/ada' }],
    ['longer than logs show', 'y'.repeat(65), { name: 'y'.repeat(64), subject: 'y'.repeat(65) }],
    ['too long to be told apart', long, { name: long.slice(0, 64), subject: '' }],
    ['absent', undefined, { name: 'jwt', subject: '' }],
    ['empty', '', { name: 'jwt', subject: '' }],
    ['no text', 7, { name: 'jwt', subject: '' }],
  ])('%s', (_, value, expected) => {
    expect(callerName(value, 'jwt')).toEqual(expected)
  })
})
