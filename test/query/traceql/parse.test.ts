import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TraceqlError } from '../../../src/query/traceql/error.ts'
import { parse, parseFieldName } from '../../../src/query/traceql/parse.ts'

/** Guarantees: one spanset is read as it is meant; whatever else is refused with a sentence that names its place. */

const attribute = (scope: string, name: string) => ({ kind: 'attribute', scope, name })
const comparison = (field: unknown, op: string, value: unknown) => ({ kind: 'comparison', field, op, value })
const isTrue = (name: string) => comparison(attribute('any', name), '=', { kind: 'boolean', value: true })

describe('reads', () => {
  it.each<[string, unknown]>([
    ['{}', { kind: 'constant', value: true }],
    [' ( { false } ) // end', { kind: 'constant', value: false }],
    ['{.a.b-c/d:e="x"}', comparison(attribute('any', 'a.b-c/d:e'), '=', { kind: 'string', text: 'x' })],
    ['{ span."a b".c != nil }', comparison(attribute('span', 'a b.c'), '!=', { kind: 'nil' })],
    [
      '{ "x\\n" =  resource.a }',
      comparison(attribute('resource', 'a'), '=', { kind: 'string', text: 'x\n' }),
    ],
    ['{ 5 <= .a }', comparison(attribute('any', 'a'), '>=', { kind: 'number', text: '5', value: 5 })],
    [
      '{ .a > -1.5e3 }',
      comparison(attribute('any', 'a'), '>', { kind: 'number', text: '-1.5e3', value: -1500 }),
    ],
    [
      '{ duration>1h2m }',
      comparison({ kind: 'intrinsic', name: 'duration' }, '>', { kind: 'duration', ns: 3720e9 }),
    ],
    [
      '{ .a || .b && !.c }',
      {
        kind: 'or',
        left: isTrue('a'),
        right: { kind: 'and', left: isTrue('b'), right: { kind: 'not', operand: isTrue('c') } },
      },
    ],
    [
      '{ (.a || .b) && .c }',
      { kind: 'and', left: { kind: 'or', left: isTrue('a'), right: isTrue('b') }, right: isTrue('c') },
    ],
    [
      '{ span:status = error }',
      comparison({ kind: 'intrinsic', name: 'status' }, '=', { kind: 'status', number: 2 }),
    ],
  ])('%s', (query, expr) => {
    expect(parse(query)).toEqual(expr)
  })

  it.each([
    ['span.http.route', attribute('span', 'http.route')],
    ['.a', attribute('any', 'a')],
    ['trace:rootService', { kind: 'intrinsic', name: 'rootServiceName' }],
  ])('the field %s', (text, field) => {
    expect(parseFieldName(text)).toEqual(field)
  })
})

describe('refuses', () => {
  it.each<[string, number, string]>([
    ['', 0, 'unexpected end of query, expecting {'],
    ['{', 1, 'unexpected end of query, expecting a field such as .http.route'],
    ['{ .a = "x" ', 11, 'unexpected end of query, expecting }'],
    ['{ .a = "x }', 7, 'this string has no closing quote on its line'],
    ["{ .a = 'x' }", 7, 'strings stand in double quotes or backticks'],
    ['{ .a = "\\q" }', 8, '\\q is no escape'],
    ['{ .a = 5x }', 7, '5x is no number and no duration'],
    ['{ . = 5 }', 2, '. names no attribute'],
    ['{ a = 5 }', 2, 'a is no field: attributes begin with a dot (.a)'],
    ['{ .a = b }', 7, 'a field is compared with a value here'],
    ['{ .a = .b }', 7, 'fields can not be compared with each other'],
    ['{ .a + 1 = 2 }', 5, 'arithmetic (+) is not run in a search'],
    ['{ .a = 1 + 2 }', 9, 'arithmetic (+) is not run in a search'],
    ['{ .a } | count() > 2', 7, 'pipelines (| count(), | rate(), | select(), …) are not run'],
    ['{ .a } && { .b }', 7, "spansets can't be related to each other (&&)"],
    ['{ .a } >> { .b }', 7, "spansets can't be related to each other (>>)"],
    ['({ .a } !< { .b })', 8, "spansets can't be related to each other (!<)"],
    ['{ .a } x', 7, 'unexpected x, expecting end of query'],
    ['{ parent.a = 1 }', 2, 'attributes of parent are not searched'],
    ['{ event.a = 1 }', 2, 'attributes of event are not searched'],
    ['{ event:name = "x" }', 2, 'event:name is not searched'],
    ['{ childCount > 2 }', 2, 'childCount is not searched'],
    ['{ name = 5 }', 9, 'name is compared with a text in double quotes'],
    ['{ duration > 5 }', 13, 'duration is compared with a duration such as 100ms'],
    ['{ duration =~ 5s }', 14, 'a regular expression is a text in double quotes'],
    ['{ status = server }', 11, 'status is compared with error, ok or unset'],
    ['{ status > ok }', 11, '> orders numbers, durations and texts only: use = or !='],
    ['{ .a = error }', 7, 'words such as error and server are values of status and kind'],
    ['{ .a > nil }', 7, 'nil says that an attribute is absent'],
    ['{ name = nil }', 9, 'nil says that an attribute is absent'],
    ['{ "a" =~ .b }', 2, 'a regular expression stands on the right of =~ and !~'],
    ['{ .a =~ "(" }', 8, 'error parsing regexp: missing closing )'],
    ['{ .a =~ "\\\\pL" }', 8, 'this regular expression is too special'],
    ['{ .a =~ 5 }', 8, 'a regular expression is a text in double quotes'],
    ['{ trace:id =~ "a" }', 14, 'ids are compared by = and != only'],
    ['{ nestedSetParent = 1 }', 20, 'of nestedSetParent only < 0'],
    ['{ .a = $x }', 7, 'variables must be replaced before the query is sent'],
    [`{ ${'.a && '.repeat(64)}.a }`, 386, 'the query has more than 64 comparisons'],
    [`{ ${'('.repeat(200)}.a`, 103, 'nested more than 100 levels deep'],
    [`{ .a = "${'x'.repeat(140_000)}" }`, 131_072, 'at most 131072 are allowed'],
  ])('%s', (query, offset, words) => {
    try {
      parse(query)
    } catch (error) {
      if (!(error instanceof TraceqlError)) throw error
      expect([error.offset, error.reason]).toEqual([offset, expect.stringContaining(words)])
      return
    }
    throw new Error('it was read')
  })

  it('says line and column, in characters', () => {
    expect(() => parse('{ .a = "😀" &&\n  "😀" }')).toThrow(
      'parse error at line 2, col 7: syntax error: unexpected }, expecting a comparison (=, !=, <, <=, >, >=, =~, !~)',
    )
  })

  it('any text, by its own error and no other', () => {
    const pieces = fc.constantFrom(
      ...'{ } ( ) = != =~ && || ! | .a span. name duration 5 5s "x" ` error nil - >> //'.split(' '),
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), fc.string(), (some, text) => {
        for (const query of [some.join(' '), some.join(''), text, `{${text}}`])
          try {
            parse(query)
          } catch (error) {
            expect(error).toBeInstanceOf(TraceqlError)
          }
      }),
      { numRuns: 500 },
    )
  })
})
