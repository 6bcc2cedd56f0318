import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PromqlError } from '../../../src/query/promql/error.ts'
import { parse, parseSelector } from '../../../src/query/promql/parse.ts'
import { query } from './generator.ts'

function messageOf(text: string): string {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof PromqlError) return error.message
    throw error
  }
  return 'no error'
}

describe('a query that is wrong', () => {
  it.each([
    // What can't stand there.
    ['', '1:1: parse error: no expression found in input'],
    ['# nothing', '1:10: parse error: no expression found in input'],
    ['1+', '1:3: parse error: unexpected end of input'],
    ['*1', '1:1: parse error: unexpected <op:*>'],
    ['(1))', "1:5: parse error: unexpected right parenthesis ')'"],
    ['((1)', '1:5: parse error: unclosed left parenthesis'],
    ['foo{', '1:5: parse error: unexpected end of input inside braces'],
    ['foo}', "1:4: parse error: unexpected character: '}'"],
    ['foo{a=b}', '1:7: parse error: unexpected identifier "b" in label matching, expected string'],
    ['foo{a*"b"}', "1:6: parse error: unexpected character inside braces: '*'"],
    [
      'foo{gibberish}',
      '1:14: parse error: unexpected "}" in label matching, expected label matching operator',
    ],
    [
      'foo{a="b" c="d"}',
      '1:11: parse error: unexpected identifier "c" in label matching, expected "," or "}"',
    ],
    ['foo{1}', "1:5: parse error: unexpected character inside braces: '1'"],
    ['sum without(==)(foo)', '1:13: parse error: unexpected <op:==> in grouping opts, expected label'],
    ['sum foo by (bar)', '1:5: parse error: unexpected identifier "foo"'],
    ['sum (foo) by bar', '1:14: parse error: unexpected identifier "bar" in grouping opts, expected "("'],
    ['foo bar', '1:5: parse error: unexpected identifier "bar"'],
    ['\n  foo\n  +)', "3:5: parse error: unexpected right parenthesis ')'"],
    ['"é" + )', "1:8: parse error: unexpected right parenthesis ')'"],
    ['rate(foo[5m],)', '1:13: parse error: trailing commas not allowed in function call args'],
    // Tokens.
    ['.', "1:1: parse error: unexpected character: '.'"],
    ['$__rate_interval', "1:1: parse error: unexpected character: '$'"],
    ['2.5.', '1:1: parse error: bad number or duration syntax: "2.5."'],
    ['0deadbeef', '1:1: parse error: bad number or duration syntax: "0deadbeef"'],
    ['foo[5mm]', '1:5: parse error: bad number or duration syntax: "5mm"'],
    ['foo[1.5h]', '1:5: parse error: bad number or duration syntax: "1.5h"'],
    ['foo[5m1h]', '1:5: parse error: not a valid duration string: "5m1h"'],
    ['"foo', '1:1: parse error: unterminated quoted string'],
    ['`foo', '1:1: parse error: unterminated raw string'],
    ['1 ! 2', "1:3: parse error: unexpected character after '!'"],
    // Selectors, ranges and modifiers.
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['{x=""}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['{x=~".*"}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['foo{__name__="bar"}', '1:1: parse error: metric name must not be set twice: "foo" or "bar"'],
    ['foo{__name__!="bar"}', '1:1: parse error: metric name must not be set twice: "foo" or "bar"'],
    ['foo{"bar"}', '1:1: parse error: metric name must not be set twice: "foo" or "bar"'],
    ['foo{a=~"("}', '1:5: parse error: error parsing regexp: missing closing ): `(`'],
    ['foo[0m]', '1:5: parse error: duration must be greater than 0'],
    ['foo[5m:0s]', '1:8: parse error: duration must be greater than 0'],
    ['foo[5m][5m]', '1:8: parse error: ranges only allowed for vector selectors'],
    ['(foo + bar)[5m]', '1:12: parse error: ranges only allowed for vector selectors'],
    ['foo[5m][5m:]', '1:1: parse error: subquery is only allowed on instant vector, got matrix instead'],
    ['1[5m:]', '1:1: parse error: subquery is only allowed on instant vector, got scalar instead'],
    ['foo offset 5m[3m]', '1:14: parse error: no offset modifiers allowed before range'],
    ['foo @ 1[3m]', '1:8: parse error: no @ modifiers allowed before range'],
    ['foo offset 1s offset 2s', '1:1: parse error: offset may not be set multiple times'],
    ['foo @ 1 @ 2', '1:1: parse error: @ <timestamp> may not be set multiple times'],
    [
      '1 offset 1d',
      '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    [
      'sum(foo) @ 1',
      '1:1: parse error: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['foo @ inf', '1:5: parse error: timestamp out of bounds for @ modifier: inf'],
    // Types.
    [
      'rate(foo)',
      '1:6: parse error: expected type range vector in call to function "rate", got instant vector',
    ],
    [
      'abs(foo[5m])',
      '1:5: parse error: expected type instant vector in call to function "abs", got range vector',
    ],
    ['sum(1)', '1:5: parse error: expected type instant vector in aggregation expression, got scalar'],
    ['sum()', '1:1: parse error: no arguments for aggregate expression provided'],
    [
      'topk(foo)',
      '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1',
    ],
    ['topk("a", foo)', '1:6: parse error: expected type scalar in aggregation parameter, got string'],
    ['count_values(5, foo)', '1:14: parse error: expected type string in aggregation parameter, got scalar'],
    ['floor()', '1:1: parse error: expected 1 argument(s) in call to "floor", got 0'],
    ['round(foo, 1, 2)', '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3'],
    [
      'label_join(foo, "a")',
      '1:1: parse error: expected at least 3 argument(s) in call to "label_join", got 2',
    ],
    ['nothing()', '1:1: parse error: unknown function with name "nothing"'],
    [
      '-"a"',
      '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
    ],
    ['"a" + foo', '1:1: parse error: binary expression must contain only scalar and instant vector types'],
    ['1 == 1', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['1 and 1', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ['foo == on(bar) 10', '1:1: parse error: vector matching only allowed between instant vectors'],
    ['foo + bool bar', '1:5: parse error: bool modifier can only be used on comparison operators'],
    ['foo and on(bar) group_left() baz', '1:1: parse error: no grouping allowed for "and" operation'],
    [
      'foo + on(bar) group_left(bar) baz',
      '1:5: parse error: label "bar" must not occur in ON and GROUP clause at once',
    ],
  ])('%j: %s', (text, message) => {
    expect(messageOf(text)).toBe(message)
  })

  it('is refused before it exhausts anything', () => {
    expect(messageOf('a'.repeat(200_000))).toContain('at most 131072 are allowed')
    expect(messageOf(`${'('.repeat(50_000)}1`)).toContain('nested more than 100 levels deep')
    expect(messageOf('-'.repeat(50_000))).toContain('nested more than 100 levels deep')
    expect(messageOf(`a${' + a'.repeat(1001)}`)).toContain('more than 1000 operators')
    expect(messageOf(`a${' + a'.repeat(999)}`)).toBe('no error')
    expect(messageOf(`a{${'b="c",'.repeat(501)}}`)).toContain('more than 500 matchers')
    expect(messageOf(`sum by (${'b,'.repeat(501)}) (a)`)).toContain('more than 500 labels')
    expect(messageOf(`a[${'1 + '.repeat(200)}1]`)).toContain('more than 100 operators')
    expect(messageOf(`a${' offset 1s'.repeat(3)}`)).toContain('multiple times')
  })

  it('is never anything but an error of its own', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...'( ) [ ] { } , : = != =~ " \' ` + - ^ @ offset by on bool sum rate 5m 1e9 0x # \n a_b é'.split(
          / /,
        ),
      ),
      fc.string({ maxLength: 3 }),
    )
    const noise = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(' '))
    const broken = fc.tuple(query, fc.nat(), fc.nat({ max: 4 }), piece).map(([text, at, length, extra]) => {
      const start = at % (text.length + 1)
      return text.slice(0, start) + extra + text.slice(start + length)
    })
    fc.assert(
      fc.property(fc.oneof(noise, broken), (text) => {
        try {
          parse(text)
        } catch (error) {
          expect(error).toBeInstanceOf(PromqlError)
          const { offset, message } = error as PromqlError
          expect(offset).toBeLessThanOrEqual(text.length)
          expect(message).toMatch(/^\d+:\d+: parse error: ./)
        }
      }),
      { numRuns: 5000 },
    )
  })
})

describe('a selector alone', () => {
  it('is read as of match[]', () => {
    expect(parseSelector('up{job="a"}').matchers.map(({ name, op, value }) => name + op + value)).toEqual([
      'job=a',
      '__name__=up',
    ])
    expect(parseSelector('{__name__!=""}').name).toBeUndefined()
  })

  it.each(['up[5m]', 'sum(up)', '{}', 'up offset 5m'])('is not %s', (text) => {
    expect(() => parseSelector(text)).toThrow(PromqlError)
  })
})
