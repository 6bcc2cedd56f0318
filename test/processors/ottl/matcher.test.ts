import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { literalPattern } from '../../../src/processors/ottl/literal-pattern.ts'
import { compileMatcher } from '../../../src/processors/ottl/matcher.ts'
import { requiredLiteral } from '../../../src/processors/ottl/required-literal.ts'

const BEFORE = 'error ERROR '
const AFTER = ' more error'

/** Asks the matcher about bytes in the middle of others, as a record's are. */
function onBytes(pattern: string, text: string): boolean | undefined {
  const bytes = Buffer.from(BEFORE + text + AFTER)
  const start = Buffer.byteLength(BEFORE)
  return compileMatcher(pattern).onBytes(bytes, start, start + Buffer.byteLength(text))
}

describe('patterns of fixed text need no regex engine', () => {
  it.each([
    'password',
    '.*password.*',
    '^/healthz$',
    '^/healthz',
    'ms$',
    '(?i)timeout',
    '(?i)^GET /',
    'a|b|c',
    '^(GET|HEAD) /(ready|health)z',
    '(?:foo|bar)',
    'a\\.b\\/c\\-d',
    'tab\\there',
    'grüße',
    '',
    '.*',
  ])('%s', (pattern) => {
    expect(literalPattern(pattern)).toBeDefined()
  })

  it.each([
    'a.c',
    'ab*',
    '[ab]',
    'a+',
    '\\d',
    '(?s)a',
    '^.*a',
    'a{2}',
    '(a|b)+',
    '\\Qa.b\\E',
    '\\x41',
    '(?i)grüße',
    'a$b',
    'a^b',
    '(^a)',
    'ab?',
  ])('%s is left to the engine', (pattern) => {
    expect(literalPattern(pattern)).toBeUndefined()
  })
})

describe('the text that every match contains', () => {
  it.each([
    ['GET /api/v\\d+/health', 'GET /api/v'],
    ['^\\d+ requests? failed$', ' request'],
    ['user=(alice|bob) action=delete', ' action=delete'],
    ['[0-9]+abc+defg', 'defg'],
    ['abcd*efg', 'abc'],
    ['(?i)connection \\w+ refused', 'connection '],
    ['abc{2}defg', 'defg'],
    ['a\\.b\\.c.*', 'a.b.c'],
  ])('%s: %s', (pattern, text) => {
    expect(requiredLiteral(pattern)?.text).toBe(text)
  })

  it.each([
    'abc|def.',
    'ab?c',
    '\\d+',
    'foo(?i)bar.',
    'abc\\Qdef\\E.',
    'abc{|d}efg.',
    '(?s).abc',
    '\\x41bcd.',
  ])('%s: none is certain', (pattern) => {
    expect(requiredLiteral(pattern)).toBeUndefined()
  })
})

describe('letters with partners outside ASCII when case is ignored', () => {
  it.each([
    ['(?i)kelvin', '\u212aELVIN'],
    ['(?i)session', 'ſeſſion'],
    ['(?i)task \\d', 'ta\u017f\u212a 1'],
  ])('%s matches %s', (pattern, text) => {
    const known = onBytes(pattern, text)
    expect(known ?? compileMatcher(pattern).onText(text)).toBe(true)
  })
})

const ATOMS = [
  'a',
  'b',
  'c',
  'K',
  's',
  ' ',
  'ab',
  'abc',
  'ä',
  '\\.',
  '.',
  '.*',
  '^',
  '$',
  '|',
  '(a|b)',
  '(?:abc|c)',
  '[ab]',
  '[^]a]',
  '\\d',
  '+',
  '*',
  '?',
  '{2}',
  '{',
  '}',
  ']',
  '(',
  ')',
  '(?i)',
  '\\n',
  '\\b',
  '(?P<n>a)',
]
const pattern = fc.array(fc.constantFrom(...ATOMS), { maxLength: 8 }).map((atoms) => atoms.join(''))
const subject = fc
  .array(
    fc.constantFrom('a', 'b', 'c', 'k', 'K', 's', 'ſ', ' ', '.', '\n', 'ä', 'abc', 'ABC', '1', '{', '}'),
    { maxLength: 10 },
  )
  .map((pieces) => pieces.join(''))

it('bytes and text together say what RE2 says of the text', () => {
  let compiled = 0
  let decided = 0
  fc.assert(
    fc.property(pattern, subject, (source, text) => {
      let regex: RE2JS
      try {
        regex = RE2JS.compile(source)
      } catch {
        expect(() => compileMatcher(source)).toThrow(Error)
        return
      }
      compiled++
      const known = onBytes(source, text)
      if (known !== undefined) decided++
      expect(known ?? compileMatcher(source).onText(text)).toBe(regex.matcher(text).find())
    }),
    { numRuns: 6000 },
  )
  expect(decided).toBeGreaterThan(compiled / 10)
})
