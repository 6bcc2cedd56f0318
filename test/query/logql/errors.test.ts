import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogqlError } from '../../../src/query/logql/error.ts'
import { parse, parseSelector } from '../../../src/query/logql/parse.ts'

function errorOf(query: string, read: (text: string) => unknown = parse): LogqlError {
  try {
    read(query)
  } catch (error) {
    if (error instanceof LogqlError) return error
    throw error
  }
  throw new Error(`${query} was read`)
}

/** `^` in the query marks the place that the error must name. */
const CASES: ReadonlyArray<readonly [string, string]> = [
  // Grammar
  ['^', 'syntax error: unexpected end of query, expecting NUMBER or a metric function or { or ('],
  ['{app="a"^', 'unexpected end of query, expecting , or }'],
  ['{app^}', 'unexpected }, expecting = or != or =~ or !~'],
  ['{^"a"}', 'unexpected STRING, expecting IDENTIFIER or }'],
  ['{app=^5}', 'unexpected NUMBER 5, expecting STRING'],
  ['{app="a" ^env="b"}', 'unexpected IDENTIFIER env, expecting , or }'],
  ["{app=^'a'}", 'strings stand in double quotes or backticks'],
  ['{app="a"} |= "x" ^nonsense', 'unexpected IDENTIFIER nonsense, expecting |'],
  ['{app="a"} |= ^5', 'unexpected NUMBER 5, expecting STRING or ip'],
  ['{app="a"} | ^5', 'unexpected NUMBER 5, expecting json or logfmt'],
  ['{app="a"} | level ^', 'unexpected end of query, expecting = or == or !='],
  ['{app="a"} | level > ^"x"', 'unexpected STRING, expecting NUMBER or DURATION or BYTES'],
  ['{app="a"} | level =~ ^5', 'unexpected NUMBER 5, expecting STRING'],
  ['{app="a"} | (a="b" ^', 'unexpected end of query, expecting )'],
  ['{app="a"} | logfmt ^--lax', 'unexpected --lax, expecting --strict or --keep-empty'],
  ['{app="a"} | line_format ^a', 'unexpected IDENTIFIER a, expecting STRING'],
  ['{app="a"} | label_format a=^5', 'unexpected NUMBER 5, expecting STRING or IDENTIFIER'],
  ['{app="a"} | drop ^', 'unexpected end of query, expecting IDENTIFIER'],
  ['{app="a"} ^| unwrap x', 'unwrap stands in range aggregations only'],
  ['{app="a"}\n  | json\n  | a > ^5x', '5x is no NUMBER, DURATION (5m, 1h30m) or size in BYTES'],
  ['{app=^"a', 'no closing quote'],
  ['{app="a^\\w"}', '\\w is no escape'],
  ['{app="a"} ^& x', 'unexpected &: write and'],
  ['rate({app="a"}[^$__auto])', 'variables must be replaced'],
  ['rate({app="a"}^)', 'unexpected ), expecting [ or |'],
  ['rate({app="a"}[^5])', 'unexpected NUMBER 5, expecting DURATION'],
  ['rate({app="a"}[5m]) ^offset 5m', 'unexpected offset, expecting an operator or end of query'],
  ['rate({app="a"} | unwrap a [5m] ^| json)', 'unexpected |, expecting )'],
  ['sum(^{app="a"})', 'unexpected {, expecting NUMBER or a metric function'],
  ['^foo({app="a"}[5m])', 'unexpected IDENTIFIER foo, expecting NUMBER or a metric function'],
  ['vector(^"1")', 'unexpected STRING, expecting NUMBER'],
  ['sum by (^5) (rate({app="a"}[5m]))', 'unexpected NUMBER 5, expecting IDENTIFIER'],
  // Meaning
  ['rate({app="a"}[^0s])', 'longer than 0'],
  ['rate({app="a"}[^300y])', 'not a valid duration string: 300y is longer than 290 years'],
  ['{app="a"} ^+ {app="a"}', 'unexpected type for left leg of binary operation (+)'],
  ['vector(1) > ^{app="a"}', 'unexpected type for right leg of binary operation (>)'],
  ['rate(^1, {app="a"}[5m])', 'parameter 1 not supported for operation rate'],
  ['topk(^1.5, vector(1))', 'invalid parameter topk(1.5,'],
  ['^label_replace(vector(1), "a", "$1", "b", "[")', 'invalid regex in label_replace: error parsing regexp'],
  ['{app="a"} ^| line_format "{{.a"', 'invalid line template: template: unclosed action'],
  [
    '{app="a"} ^| label_format b="{{ end }}"',
    "invalid template for label 'b': template: label:1: unexpected {{end}}",
  ],
  ['{app="a"} ^| json x="a-b"', 'cannot parse expression "a-b": unexpected -b'],
  ['{app="a"} ^| logfmt x="a.b"', 'cannot parse expression "a.b"'],
  ['count_over_time({app="a"} ^| unwrap x [5m])', 'invalid aggregation count_over_time with unwrap'],
  ['^sum_over_time({app="a"}[5m])', 'invalid aggregation sum_over_time without unwrap'],
  ['rate({app="a"}[5m]) ^by (app)', 'grouping not allowed for rate aggregation'],
  ['sort(vector(1)) ^by (app)', "sort and sort_desc doesn't allow grouping by"],
  ['^topk(vector(1))', 'parameter required for operation topk'],
  ['topk(^0, vector(1))', 'invalid parameter (must be greater than 0) topk(0'],
  ['sum(^2, vector(1))', 'unsupported parameter for operation sum'],
  ['rate({app="a"} | unwrap ^foo(x) [5m])', 'not by foo'],
  ['vector(1) + ^bool vector(2)', 'bool stands after comparisons only'],
  ['vector(1) and ^1', 'unexpected literal for right leg of logical/set binary operation (and)'],
  ['vector(1) and ^on(a) group_left vector(1)', 'no grouping (group_left) allowed for set operation and'],
  ['vector(1) + ^on(a) 1', 'vector matching only allowed between vectors'],
  ['vector(1) + ^on(a) group_left(a) vector(1)', 'must not occur in ON and GROUP clause'],
  ['label_replace(vector(1), ^"0x", "$1", "a", "b")', 'invalid label name in label_replace'],
  ['^label_replace(vector(1), "a", "$1", "a", "(")', 'error parsing regexp'],
  ['^{}', 'at least one regexp or equality matcher'],
  ['rate(^{app=~".*", b!="c"}[5m])', 'at least one regexp or equality matcher'],
  ['{^app=~"("}', 'error parsing regexp'],
  ['{app="a"} ^|~ "("', 'error parsing regexp'],
  ['{app="a"} |~ ^ip("::1")', 'ip: invalid operation |~'],
  ['{app="a"} ^|= ip("1.2.3")', 'ip: invalid pattern "1.2.3"'],
  ['{app="a"} ^| addr=ip("2-1")', 'ip: invalid pattern'],
  ['{app="a"} ^|> "<a> b"', 'named captures are not allowed'],
  ['{app="a"} ^| pattern "<a><b>"', "found consecutive capture '<a><b>'"],
  ['{app="a"} ^| pattern "<a> <a>"', 'duplicate capture name (a)'],
  ['{app="a"} ^| json x="a["', 'cannot parse expression "a["'],
  ['{app="a"} | json ^| line_format "{{ nope }}"', 'function "nope" not defined'],
  ['{app="a"} | label_format ^__error__="x"', '__error__ cannot be formatted'],
  ['{app="a"} | label_format a=b, ^a="c"', "multiple label name 'a' not allowed"],
]

describe('errors', () => {
  it.each(CASES)('%s', (marked, reason) => {
    const offset = marked.indexOf('^')
    const query = marked.replace('^', '')
    const error = errorOf(query)
    expect(error.reason).toContain(reason)
    expect(error.offset).toBe(offset)
    const before = query.slice(0, offset).split('\n')
    expect([error.line, error.column]).toEqual([before.length, before.at(-1)!.length + 1])
    expect(error.message).toBe(`parse error at line ${error.line}, col ${error.column}: ${error.reason}`)
  })

  it('counts columns in code points', () => {
    expect(errorOf('{app="😀"} | 5').column).toBe(13)
  })

  it.each([
    ['x'.repeat(200_000), 'input size too long (200000 > 131072'],
    [`${'('.repeat(200)}1${')'.repeat(200)}`, 'nested more than 100 levels deep'],
    [`{a="b"} | ${'('.repeat(200)}c="d"${')'.repeat(200)}`, 'nested more than 100 levels deep'],
    [`1${'+1'.repeat(600)}`, 'more than 500 operators in a row'],
    [`1${'^1'.repeat(600)}`, 'nested more than 100 levels deep'],
    [`{a="b"}${'|="x"'.repeat(300)}`, 'more than 200 stages'],
    [`{a="b"} |= ${'"x" or '.repeat(600)}"y"`, 'more than 500 alternatives'],
    [`{a="b"} | ${'c="d" and '.repeat(600)}e="f"`, 'more than 500 predicates'],
    [`{a="b"} | ${'c="d" or '.repeat(600)}e="f"`, 'more than 500 predicates'],
    [`{${'a="b",'.repeat(600)}}`, 'more than 500 matchers'],
    [`sum by (${'a,'.repeat(600)}a) (vector(1))`, 'more than 500 items'],
    [`{a="b"} |~ "${'x'.repeat(20_000)}"`, 'at most 16384 are allowed'],
  ])('bounds what a query may be: %.20s', (query, reason) => {
    expect(errorOf(query).reason).toContain(reason)
  })

  it('is all that a text can lead to', () => {
    const words = fc.constantFrom(
      ...'{ } ( ) [ ] , | = != =~ |= |> > ^ + - 5m 1 2KB "x" `(` json unwrap by on or and bool offset ip sum rate topk vector'.split(
        ' ',
      ),
      '{app="a"}',
      'rate({app="a"}[5m])',
      '| label_format a="{{',
      '{{.a | upper}}"',
      "'",
      '#',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(words, { maxLength: 12 }).map((list) => list.join(' ')),
          fc.string(),
        ),
        (query) => {
          try {
            parse(query)
          } catch (error) {
            expect(error).toBeInstanceOf(LogqlError)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('lets a selector alone be empty', () => {
    expect(parseSelector('{}').matchers).toEqual([])
    expect(errorOf('{a=~"("}', parseSelector).reason).toContain('error parsing regexp')
    expect(errorOf('{a="b"} | json', parseSelector).reason).toContain('expecting end of query')
  })
})
