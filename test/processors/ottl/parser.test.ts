import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Conditions, conditionMessage } from '../../../src/processors/ottl/conditions.ts'
import { logContext } from '../../../src/processors/ottl/contexts/log.ts'
import {
  CONDITION_DEPTH_MAX,
  CONDITION_LENGTH_MAX,
  parseCondition,
} from '../../../src/processors/ottl/parser.ts'
import { print } from '../../../src/processors/ottl/print.ts'
import { CASES } from './cases.ts'
import { textOf } from './reference.ts'
import { LOG_SHAPE } from './worlds/logs.ts'
import { conditionOf } from './worlds.ts'

function message(text: string): string {
  const compiled = Conditions.compile(logContext, [text])
  return 'issues' in compiled ? conditionMessage(compiled.issues[0]!) : 'no error'
}

const VALUE = 'a path, a literal, a function or a parenthesis'

describe('errors say where, what, and what was meant', () => {
  it.each([
    ['', 1, 1, 'the condition is empty'],
    ['  \n ', 1, 1, 'the condition is empty'],
    ['severity_number ==', 1, 19, `expected ${VALUE}, but the condition ends here`],
    ['severity_number = 1', 1, 17, 'expected ==, but found ='],
    [
      'severity_number == 1 severity_text == "x"',
      1,
      22,
      'expected and, or, or the end of the condition, but found severity_text',
    ],
    ['(true', 1, 6, 'expected ) to close the parenthesis, but the condition ends here'],
    ['true)', 1, 5, 'expected and, or, or the end of the condition, but found )'],
    ['true and', 1, 9, `expected ${VALUE}, but the condition ends here`],
    ['and true', 1, 1, 'expected a value or a condition, but found and'],
    ['not not true', 1, 5, "not can't follow not; write not (not ...)"],
    ['true && false', 1, 6, 'unexpected &: write and'],
    ['true || false', 1, 6, 'unexpected |: write or'],
    ['!true', 1, 1, 'unexpected !: write not, or != between two values'],
    ["severity_text == 'WARN'", 1, 18, "unexpected ': strings stand in double quotes"],
    ['severity_text == "WARN', 1, 18, 'unexpected quote: this string has no closing quote'],
    ['true # why', 1, 6, 'unexpected #: conditions have no comments'],
    ['true ; false', 1, 6, 'unexpected ;'],
    ['body', 1, 1, 'a path is no condition by itself: compare it, as in x == "y" or x != nil'],
    [
      'attributes["x"] and true',
      1,
      1,
      'a path is no condition by itself: compare it, as in x == "y" or x != nil',
    ],
    ['not "x"', 1, 5, 'a string is no condition by itself: compare it, as in x == "y" or x != nil'],
    ['true and 5', 1, 10, 'a number is no condition by itself: compare it, as in x == "y" or x != nil'],
    [
      'SEVERITY_NUMBER_WARN',
      1,
      1,
      'an enum is no condition by itself: compare it, as in x == "y" or x != nil',
    ],
    [
      '(body == "x") == true',
      1,
      7,
      'expected a value, but this is a condition; conditions are joined with and, or',
    ],
    ['1 == 2 == 3', 1, 8, 'expected and, or, or the end of the condition, but found =='],
    ['bdy == "x"', 1, 1, 'a log has no bdy (did you mean body?)'],
    ['severity == 1', 1, 1, 'a log has no severity'],
    ['severty_number == 1', 1, 1, 'a log has no severty_number (did you mean severity_number?)'],
    [
      'resource.atributes["x"] == 1',
      1,
      1,
      'a log has no resource.atributes (did you mean resource.attributes?)',
    ],
    ['true and\n  attribute["x"] == 1', 2, 3, 'a log has no attribute (did you mean attributes?)'],
    ['span.name == "x"', 1, 1, 'a log has no span.name'],
    [
      'Body == "x"',
      1,
      1,
      'Body is neither a path (lower case) nor an enum (upper case), and a function needs ( )',
    ],
    ['resource.Attributes["x"] == 1', 1, 10, 'Attributes is no field name: paths are written in lower case'],
    ['resource. == 1', 1, 11, 'expected a field name after the dot, but found =='],
    ['attributes["x" == 1', 1, 16, 'expected ] after the key, but found =='],
    ['attributes[] == 1', 1, 12, 'expected a key such as ["name"] or [0], but found ]'],
    ['attributes[1.5] == 1', 1, 12, 'a key is a string or an int, not double'],
    ['severity_text["x"] == "y"', 1, 14, "severity_text can't be indexed"],
    ['body["x"].string == "y"', 1, 5, "body can't be indexed here"],
    [
      'severity_number == SEVERITY_NUMBER_WARNING',
      1,
      20,
      'unknown enum SEVERITY_NUMBER_WARNING (did you mean SEVERITY_NUMBER_WARN?)',
    ],
    ['severity_number == ERROR', 1, 20, 'unknown enum ERROR'],
    ['IsMtch(body, "x")', 1, 1, 'unknown function IsMtch (did you mean IsMatch?)'],
    [
      'isMatch(body, "x")',
      1,
      1,
      "isMatch can't be called in a condition: functions that give a value start with an upper-case letter",
    ],
    ['IsMatch(body)', 1, 1, 'IsMatch(target, pattern) takes 2 arguments, but got 1'],
    ['IsMatch(body, "x", "y")', 1, 1, 'IsMatch(target, pattern) takes 2 arguments, but got 3'],
    ['IsString()', 1, 1, 'IsString(target) takes 1 argument, but got 0'],
    ['IsMatch(body, 5)', 1, 15, 'pattern of IsMatch(target, pattern) must be string, not int'],
    ['Split(body, ",")', 1, 1, 'Split gives list, which is no condition by itself: compare it'],
    ['Format(severity_text, []) == "x"', 1, 8, 'format of Format(format, vals) must be a literal string'],
    ['Time(body) == time', 1, 1, 'Time(time, format, location?, locale?) takes 2 to 4 arguments, but got 1'],
    ['1 / 0 == 1', 1, 3, 'this always fails: division by zero'],
    ['-"x" == 1', 1, 1, '- needs a number, but the value is string'],
    ['-0x01 == 1', 1, 1, '- needs a number, but the value is bytes'],
    ['- -1 == 1', 1, 3, 'expected a number, a path or a function, but found -'],
    ['time * time == 1', 1, 6, 'there is no time * time'],
    [
      'UserAgent(body) == {}',
      1,
      1,
      'UserAgent is a function of the collector that Weir does not run: it needs a database of browsers; match the text with IsMatch',
    ],
    ['ParseJSON("[") == nil', 1, 1, 'this always fails: the text of ParseJSON is not JSON'],
    ['Duration("1x") == nil', 1, 1, 'this always fails: Duration needs a text such as 1h30m, 2.5s or 300ms'],
    ['Time("x", "%Q") == time', 1, 11, 'the format has an unknown directive %Q'],
    ['Split("a,b", ",")[2] == "c"', 1, 1, 'this always fails: the index is outside the list'],
    ['Decode(body, "nope") == "x"', 1, 14, 'there is no encoding nope'],
    ['IsInCIDR(body, ["10.0.0.0"])', 1, 16, '10.0.0.0 is no network; write it as 10.0.0.0/8'],
    ['IsMatch(body, "a(")', 1, 15, 'missing closing ): `a(`'],
    ['IsMatch(body, "(?=a)")', 1, 15, 'invalid or unsupported Perl syntax: `(?=`'],
    ['IsMatch(body, "a{1001}")', 1, 15, 'invalid repeat count: `{1001}`'],
    ['IsMatch(body, "\\d+")', 1, 16, 'unknown escape \\d in a string; write \\\\d for a backslash'],
    ['IsMatch(regex = "x", target = body)', 1, 9, 'IsMatch has no parameter regex'],
    ['IsMatch(patern = "x", target = body)', 1, 9, 'IsMatch has no parameter patern (did you mean pattern?)'],
    ['IsMatch(target = body, "x")', 1, 24, 'arguments without a name come before those with one'],
    ['IsMatch(body, target = body)', 1, 15, 'target is given twice'],
    ['IsMatch(body "x")', 1, 14, 'expected , or ) after the argument, but found a string'],
    ['IsMatch(body, "x"', 1, 18, 'expected , or ) after the argument, but the condition ends here'],
    ['HasPrefix(severity_number, "1")', 1, 11, 'target of HasPrefix(target, prefix) must be string, not int'],
    ['HasSuffix(nil, "1")', 1, 11, 'target of HasSuffix(target, suffix) must be string, not nil'],
    [
      'Len(severity_number) == 2',
      1,
      5,
      'target of Len(target) must be string or bytes or map or list or messages, not int',
    ],
    ['Len(body)', 1, 1, 'Len gives int, which is no condition by itself: compare it'],
    ['IsString(body)["x"] == 1', 1, 15, "what IsString gives can't be indexed"],
    ['trace_id == TraceID(0x00)', 1, 21, 'TraceID needs exactly 16 bytes, but got 1'],
    ['span_id == SpanID("xyz")', 1, 19, 'SpanID needs a byte literal or a string of 16 hexadecimal digits'],
    ['severity_number + "1" == 2', 1, 17, '+ needs numbers, times or durations, but a value is string'],
    ['attributes["x"] == 0x012', 1, 20, 'a byte literal has two hexadecimal digits per byte'],
    [
      'attributes["x"] == 9223372036854775808',
      1,
      20,
      '9223372036854775808 does not fit into a 64-bit integer',
    ],
    ['severity_number == 018', 1, 20, '018 is no octal number: write it without leading zeros'],
    [
      '"gr\\xfc\\xdfe" == "a"',
      1,
      4,
      '\\xfc in a string is a byte, not a character: write the character, or \\u00fc',
    ],
    ['"\\374" == "a"', 1, 2, '\\374 in a string is a byte, not a character: write the character, or \\u00fc'],
    ['"\\x4" == "a"', 1, 2, '\\x in a string must be followed by 2 hexadecimal digits'],
    ['"\\ud800" == "a"', 1, 2, 'this escape names no Unicode character'],
    ['"\\477" == "a"', 1, 2, 'an octal escape in a string has three digits, at most \\377'],
    ['"🚀" == "🚀" and bdy == 1', 1, 16, 'a log has no bdy (did you mean body?)'],
    ['[1 2] == [1]', 1, 4, 'expected , or ] in the list, but found 2'],
    ['{"a" 1} == {}', 1, 6, 'expected : after the key, but found 1'],
    ['{a: 1} == {}', 1, 2, 'expected a string as the key, but found a'],
  ])('%j', (text, line, column, what) => {
    expect(message(text)).toBe(`line ${line}, column ${column}: ${what}`)
  })
})

describe('what is too big is refused', () => {
  it.each([
    ['long', `body == "${'x'.repeat(CONDITION_LENGTH_MAX)}"`, 'Split it into several conditions'],
    [
      'deep in parentheses',
      `${'('.repeat(5000)}true${')'.repeat(5000)}`,
      `nested more than ${CONDITION_DEPTH_MAX} levels deep`,
    ],
    [
      'deep in lists',
      `${'['.repeat(5000)}${']'.repeat(5000)} == 1`,
      `nested more than ${CONDITION_DEPTH_MAX} levels deep`,
    ],
    ['deep in maps', `${'{"a":'.repeat(3000)}1 == 1`, `nested more than ${CONDITION_DEPTH_MAX} levels deep`],
    ['deep in calls', `${'IsString('.repeat(1500)}1`, `nested more than ${CONDITION_DEPTH_MAX} levels deep`],
    ['deep in keys', `${'attributes['.repeat(1400)}1`, `nested more than ${CONDITION_DEPTH_MAX} levels deep`],
    [
      'a list',
      `attributes["x"] == [${'1,'.repeat(1000)}1]`,
      'a list or map may have 1000 items. Split the condition into several',
    ],
    [
      'a map',
      `attributes["x"] == {${'"a":1,'.repeat(1000)}"a":1}`,
      'a list or map may have 1000 items. Split the condition into several',
    ],
    [
      'a pattern',
      `IsMatch(body, "${'x'.repeat(5000)}")`,
      'the pattern has 5000 characters; at most 4096 are allowed',
    ],
  ])('%s', (_what, text, expected) => {
    expect(message(text)).toContain(expected)
  })

  it('many groups side by side are not deep', () => {
    expect(message(Array.from({ length: 300 }, () => '(IsString([attributes["x"]]))').join(' or '))).toBe(
      'no error',
    )
  })

  it('a long chain is no problem', () => {
    const text = Array.from({ length: 900 }, (_, i) => `flags == ${i}`).join(' or ')
    expect(message(text)).toBe('no error')
  })
})

describe('the printer', () => {
  it.each(Object.values(CASES).flatMap((cases) => cases.map(([text]) => [text])))(
    'prints %s so that it parses to the same tree',
    (text) => {
      expect(withoutOffsets(parseCondition(print(parseCondition(text))))).toEqual(
        withoutOffsets(parseCondition(text)),
      )
    },
  )

  it('prints random conditions so that they parse to the same tree', () => {
    fc.assert(
      fc.property(conditionOf(LOG_SHAPE), (of) => {
        const parsed = parseCondition(textOf(of))
        expect(withoutOffsets(parseCondition(print(parsed)))).toEqual(withoutOffsets(parsed))
      }),
      { numRuns: 500 },
    )
  })
})

function withoutOffsets(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutOffsets)
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return node
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, item]) => (key === 'offset' ? [] : [[key, withoutOffsets(item)]])),
  )
}

/** Pieces of the language, so that random texts get past the lexer. */
const PIECES = [
  ...'()[]{},.:=<>!+-*/"\\ \n',
  ...[
    'and',
    'or',
    'not',
    'true',
    'false',
    'nil',
    'body',
    'attributes',
    'resource',
    'log',
    'string',
    'severity_number',
  ],
  ...[
    'IsMatch',
    'Len',
    'TraceID',
    'HasPrefix',
    'Split',
    'Now',
    'Duration',
    'Format',
    '"1h"',
    '"%d"',
    '-',
    'SEVERITY_NUMBER_WARN',
    '"x"',
    '"a("',
    '1',
    '-2',
    '.5',
    '0xff',
    '==',
    '!=',
  ],
]

describe('any text', () => {
  it.each([
    ['characters', fc.string({ unit: 'binary', maxLength: 60 })],
    [
      'pieces of the language',
      fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join(' ')),
    ],
    [
      'pieces without spaces',
      fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join('')),
    ],
  ] as const)('of %s either compiles or has an issue with a place inside it', (_what, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const compiled = Conditions.compile(logContext, [text])
        if (!('issues' in compiled)) return
        const [issue] = compiled.issues
        expect(issue!.message).not.toMatch(/BUG|undefined|\[object/)
        const lines = text.split('\n')
        expect(issue!.line).toBeLessThanOrEqual(lines.length)
        expect(issue!.column).toBeLessThanOrEqual([...lines[issue!.line - 1]!].length + 1)
      }),
      { numRuns: 3000 },
    )
  })
})
