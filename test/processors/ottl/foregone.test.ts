import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Conditions } from '../../../src/processors/ottl/conditions.ts'
import { logContext } from '../../../src/processors/ottl/contexts/log.ts'
import { foregone } from '../../../src/processors/ottl/foregone.ts'
import { parseCondition } from '../../../src/processors/ottl/parser.ts'
import type { LogRecord } from '../../otlp/proto.ts'
import { scanned } from './evaluate.ts'

/** Guarantee: what is called foregone is so for records of every severity, whatever else is in them. */

const number = fc.oneof(fc.integer({ min: -1, max: 25 }).map(String), fc.constant('SEVERITY_NUMBER_WARN'))
const operator = fc.constantFrom('==', '!=', '<', '<=', '>', '>=')
const severity = fc
  .tuple(number, operator, fc.boolean())
  .map(([n, op, isTurned]) => (isTurned ? `${n} ${op} severity_number` : `severity_number ${op} ${n}`))
const other = fc.constantFrom(
  'body == "x"',
  'attributes["n"] == nil',
  'nil != attributes["n"]',
  // Fails without the attribute.
  'attributes["n"] * 2 == 4',
  'true',
  'false',
)
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    severity,
    severity,
    other,
    tie('condition').map((one) => `not (${one})`),
    fc
      .tuple(tie('condition'), fc.constantFrom('and', 'or'), tie('condition'))
      .map(([left, junction, right]) => `(${left} ${junction} ${right})`),
  ),
}))

const RECORDS: ReadonlyArray<LogRecord> = Array.from({ length: 25 }, (_, i) => i).flatMap(
  (severityNumber) => [
    { severityNumber },
    {
      severityNumber,
      body: { stringValue: 'x' },
      attributes: [{ key: 'n', value: { intValue: 2 } }],
      severityText: 'two\nlines',
    },
  ],
)
const batch = scanned({ resourceLogs: [{ scopeLogs: [{ logRecords: [...RECORDS] }] }] })
const YES = 1

/** By record: whether any of the conditions is true for it. */
function anyTrue(texts: ReadonlyArray<string>): boolean[] {
  const compiled = Conditions.compile(logContext, texts)
  if ('issues' in compiled) throw new Error(JSON.stringify(compiled.issues))
  const { conditions } = compiled
  conditions.begin(batch)
  const answers = RECORDS.map((_, record) => conditions.tests.some((test) => test(record) === YES))
  conditions.end()
  return answers
}

describe('foregone', () => {
  it('is what every record bears out', () => {
    const told = { always: 0, never: 0, varies: 0 }
    fc.assert(
      fc.property(fc.array(condition, { minLength: 1, maxLength: 3 }), (conditions) => {
        const said = foregone(
          logContext,
          conditions.map((text) => parseCondition(text)),
        )
        told[said]++
        if (said === 'varies') return
        expect(new Set(anyTrue(conditions))).toEqual(new Set([said === 'always']))
      }),
      { numRuns: 1000, seed: 20 },
    )
    expect(Math.min(told.always, told.never, told.varies)).toBeGreaterThan(10)
  })

  it.each([
    ['attributes["n"] == nil or attributes["n"] != nil', 'always'],
    ['not (attributes["n"] != nil and body == "x") or nil != attributes["n"]', 'always'],
    ['attributes["n"] == nil or attributes["m"] != nil', 'varies'],
    // It may fail.
    ['attributes["n"]["x"] == nil or attributes["n"]["x"] != nil', 'varies'],
    ['IsMatch(severity_text, ".*")', 'always'],
    ['IsMatch(body.string, "")', 'always'],
    ['IsMatch(scope.name, "^.*")', 'always'],
    // A text may have several lines, and a record no body.
    ['IsMatch(severity_text, "^.*$")', 'varies'],
    ['IsMatch(body, ".*")', 'varies'],
    ['IsMatch(attributes["n"], ".*")', 'varies'],
    ['IsMatch(severity_text, ".+")', 'varies'],
  ])('of patterns: %s', (text, expected) => {
    expect(foregone(logContext, [parseCondition(text)])).toBe(expected)
    if (expected === 'always') expect(new Set(anyTrue([text]))).toEqual(new Set([true]))
  })

  it('tells all of it where severity decides alone', () => {
    fc.assert(
      fc.property(fc.array(severity, { minLength: 1, maxLength: 4 }), (parts) => {
        const text = parts.join(' or ')
        const results = anyTrue([text])
        const expected = results.every(Boolean) ? 'always' : results.some(Boolean) ? 'varies' : 'never'
        expect(foregone(logContext, [parseCondition(text)])).toBe(expected)
      }),
      { numRuns: 300, seed: 20 },
    )
  })
})
