import { describe, expect, it } from 'vitest'
import type { Case } from '../../../conformance/ottl/case.ts'
import { isAsExpected, runCase, runLines } from '../../../conformance/ottl/runner.ts'
import { FUNCTIONS } from '../../../src/processors/ottl/functions/index.ts'
import { UNSUPPORTED_FUNCTIONS } from '../../../src/processors/ottl/functions/unsupported.ts'
import { SAMPLES } from './language/samples.ts'
import { TABLES } from './language/tables.ts'

const CONDITIONS: string[] = []

for (const { context, sample, tables } of TABLES)
  for (const table of tables)
    for (const [name, rows] of Object.entries(table))
      describe(`${context}: ${name}`, () => {
        it.each(rows)('%s', (condition, expected) => {
          const expect_ = String(expected) as Case['expect']
          const about: Case = { context, otlp: sample, condition, expect: expect_ }
          const got = runCase(about)
          expect(isAsExpected(about, got) || got).toBe(true)
        })
        CONDITIONS.push(...rows.map(([condition]) => condition))
      })

it('every function has a case, those that are not run at least their reason', () => {
  const text = CONDITIONS.join('\n')
  // Those of before have theirs in ./cases.ts.
  const elsewhere = new Set(['IsEmpty', 'IsDouble', 'IsInt', 'IsBool', 'IsMap', 'IsList'])
  for (const name of FUNCTIONS.keys()) if (!elsewhere.has(name)) expect(text).toContain(`${name}(`)
  for (const name of UNSUPPORTED_FUNCTIONS.keys()) {
    expect(FUNCTIONS.has(name)).toBe(false)
    const got = runCase({
      context: 'log',
      otlp: SAMPLES.log,
      condition: `${name}(body) == 1`,
      expect: 'load-error',
    })
    expect(got.why).toContain(`${name} is a function of the collector that Weir does not run: `)
  }
})

describe('the runner', () => {
  const line = (condition: string, expected: unknown) =>
    JSON.stringify({ context: 'log', otlp: SAMPLES.log, condition, expect: expected })

  it('tells lines that got something else from those that did not', () => {
    const text = [
      line('1 == 1', true),
      '',
      line('1 == 2', true),
      line('1 /', false),
      line('body', 'load-error'),
    ]
    expect(runLines(text.join('\n'), 'x')).toEqual({
      lines: [
        'x:3: 1 == 2\n  expected true\n  got      false',
        'x:4: 1 /\n  expected false\n  got      load-error (line 1, column 4: expected a path, a literal, a function or a parenthesis, but the condition ends here)',
      ],
      passed: 2,
      failed: 2,
    })
  })

  it.each([
    ['{', 'the line is no JSON'],
    ['[]', 'condition must be a string'],
    ['7', 'a line is a JSON object'],
    [line('1 == 1', 'maybe'), 'expect must be one of true, false, load-error, eval-error'],
    ['{"condition":"1 == 1"}', 'otlp must be an export request'],
    [
      '{"condition":"1 == 1","otlp":{},"context":"log","expect":true}',
      'otlp must have resourceLogs, resourceSpans or resourceMetrics',
    ],
    ['{"condition":"1 == 1","otlp":{"resourceLogs":[]},"context":"log","expect":true}', 'otlp has no item'],
    [
      '{"condition":"1 == 1","otlp":{"resourceLogs":7},"context":"log","expect":true}',
      'otlp is no export request',
    ],
  ])('says what is wrong with a line that is no case: %s', (text, message) => {
    const { failed, lines } = runLines(text, 'x')
    expect(failed).toBe(1)
    expect(lines[0]).toContain(`x:1: ${message}`)
  })
})
