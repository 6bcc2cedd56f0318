import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { highlightOf } from '../../src/cli/logs/highlight.ts'

/** Scenario: what a query looks for, in lines that a terminal shows. Guarantees: that stands out, and the text stays what it is. */

const marked = (query: string | undefined, line: string): string =>
  highlightOf(query)(
    line,
    (part) => `[${part}]`,
    (part) => part,
  )

describe('what stands out in a line', () => {
  it.each<[query: string | undefined, line: string, expected: string]>([
    ['{a="b"} |= "error"', 'an error, another error', 'an [error], another [error]'],
    ['{a="b"} |= "a.c"', 'abc a.c', 'abc [a.c]'],
    ['{a="b"} |~ "(?i)err(or)?"', 'Error err ERROR', '[Error] [err] [ERROR]'],
    ['{a="b"} |~ `status=\\d+`', 'status=500 of 7', '[status=500] of 7'],
    ['{a="b"} |~ "a.b"', 'a\nb', '[a\nb]'],
    ['{a="b"} |= "GET" | json | line_format "{{.msg}}" |= "/api"', 'GET /api', '[GET] [/api]'],
    ['{a="b"} |= "x" or "yz"', 'x and yz', '[x] and [yz]'],
    ['{a="b"} |= "time" |= "timeout"', 'a timeout in time', 'a [timeout] in [time]'],
    ['{a="b"} |= "error" != "debug"', 'debug error', 'debug [error]'],
    ['{a="b"} |= "error"', '', ''],
    ['{a="b"} |~ "x*"', 'axxb', 'a[xx]b'],
    ['{a="b"} |= ""', 'line', 'line'],
    ['{a="b"}', 'line', 'line'],
    ['{a="b"} |= ip("10.0.0.0/8")', '10.1.2.3', '10.1.2.3'],
    ['{a="b"} |> "<_> error"', 'an error', 'an error'],
    ['rate({a="b"} |= "x" [1m])', 'x', 'x'],
    ['{a="b"} |~ "("', '(', '('],
    ['no query', 'no query', 'no query'],
    [undefined, 'line', 'line'],
  ])('%s', (query, line, expected) => {
    expect(marked(query, line)).toBe(expected)
  })

  it('is every place of a text, and the rest is left as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab.]{1,3}$/), fc.stringMatching(/^[abc.]{0,30}$/), (text, line) => {
        const expected = line.split(text).join(`[${text}]`)
        expect(marked(`{a="b"} |= ${JSON.stringify(text)}`, line)).toBe(expected)
      }),
    )
  })
})
