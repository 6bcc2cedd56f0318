import { parser } from '@grafana/lezer-logql'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { print } from '../../../src/query/logql/print.ts'
import { parseSyntax } from '../../../src/query/logql/syntax.ts'
import { expr } from './generator.ts'

/** Does the grammar of Grafana's editor read the query without an error? */
function accepted(query: string): boolean {
  let wrong = false
  parser.parse(query).iterate({
    enter: (node) => {
      wrong ||= node.type.isError
    },
  })
  return !wrong
}

const QUERIES = [
  '{app="a"}',
  '{app="a", env!="b", x=~"c|d", y!~`e\\d`}',
  '{app="a"} |= "x" != "y" |~ "z.*" !~ `w` |> "<_> a" !> "b <_>"',
  '{app="a"} |= "x" or "y" or "z"',
  '{app="a"} |= ip("10.0.0.0/8")',
  '{app="a"} | json | logfmt | unpack | decolorize',
  '{app="a"} | json a="b.c[0]", d | logfmt --strict --keep-empty e, f="g"',
  '{app="a"} | regexp "(?P<a>b)" | pattern "<a> <_>"',
  '{app="a"} | a="b" and c>5 or (d<=10ms and e!=20KB), f==1.5',
  '{app="a"} | addr=ip("10.0.0.0/8")',
  '{app="a"} | line_format "{{.a}}" | label_format b=c, d="{{.e}}"',
  '{app="a"} | drop a, b="c", __error__ | keep d, e=~"f"',
  '{app="a"} | json | detected_level="error" | drop __error__, __error_details__ # comment',
  'rate({app="a"} |= "x" [5m])',
  'rate({app="a"}[5m] |= "x")',
  'count_over_time({app="a"} | json | drop __error__ [1m] offset 5m)',
  'sum_over_time({app="a"} | logfmt | unwrap duration(took) | __error__="" [1h30m])',
  'quantile_over_time(0.99, {app="a"} | json | unwrap bytes(size) [5m]) by (host)',
  'avg_over_time({app="a"} | unwrap x [5m]) without (host)',
  'absent_over_time({app="a"}[5m]) or bytes_over_time({app="a"}[5m]) and bytes_rate({app="a"}[5m]) unless rate_counter({app="a"} | unwrap x [5m])',
  'sum by (level, detected_level) (count_over_time({app="a"} | drop __error__ [1m]))',
  'topk(10, sum(rate({app="a"}[5m])) by (host)) > bool 5',
  'sort_desc(sum without (x) (rate({app="a"}[5m])))',
  'sum(rate({app="a"}[5m])) / on (x) group_left (y) sum(rate({app="b"}[5m])) * 100 % 3 ^ 2',
  'max(rate({app="a"}[5m])) - ignoring (x) group_right min(rate({app="b"}[5m]))',
  'label_replace(rate({app="a"}[5m]), "a", "$1", "b", "(.*)")',
  'vector(1)+vector(1)',
  'stddev(stdvar(count(bottomk(2, first_over_time({app="a"} | unwrap x [5m])))))',
]

describe('beside the grammar of the editor', () => {
  it.each(QUERIES)('reads what it reads: %s', (query) => {
    expect(accepted(query)).toBe(true)
    parseSyntax(query)
  })

  it('reads what we print, where it knows the words', () => {
    fc.assert(
      fc.property(expr, (tree) => {
        const query = print(tree)
        fc.pre(!KNOWN_DIFFERENCES.some((pattern) => pattern.test(query)))
        expect(accepted(query) ? '' : query).toBe('')
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    '{app="a" env="b"}',
    '{app="a"} | json | unwrap',
    'rate({app="a"})',
    'sum(rate({app="a"}[5m])',
    '{app="a"} |= 5',
    'topk(rate({app="a"}[5m]) 5)',
  ])('refuses what it refuses: %s', (query) => {
    expect(accepted(query)).toBe(false)
    expect(() => parseSyntax(query)).toThrow('parse error')
  })
})

/** What Loki reads and the editor's grammar does not, or what it only knows as a keyword. */
const KNOWN_DIFFERENCES: ReadonlyArray<RegExp> = [
  // Not in the grammar.
  /approx_topk/,
  /\boffset\b/,
  /\bor ip\(|\bip\(.*\) or /,
  // Labels named like keywords.
  /\b(?:json|by|duration|rate|on|ip|unwrap_|bool)\b/,
  // Empty lists and selectors.
  /\{\}|\(\)/,
  // Numbers with exponents, signs and units that it splits.
  /\de[-+]?\d|[^\w"`]-\d|\d(?:us|ns)\b|\d+B\b/,
  // Characters in strings that its tokens do not have.
  /\\/,
]
