import { parser } from '@prometheus-io/lezer-promql'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Expr } from '../../../src/query/promql/ast.ts'
import { PromqlError } from '../../../src/query/promql/error.ts'
import { parse } from '../../../src/query/promql/parse.ts'
import { printPretty } from '../../../src/query/promql/pretty.ts'
import { print } from '../../../src/query/promql/print.ts'
import { withoutPlaces } from '../logql/generator.ts'
import { query } from './generator.ts'

/** Does the grammar of Prometheus' editor read the query without an error? */
function accepted(text: string): boolean {
  let wrong = false
  parser.parse(text).iterate({
    enter: (node) => {
      wrong ||= node.type.isError
    },
  })
  return !wrong
}

/** What Prometheus reads and the grammar of its editor does not: numbers such as `+3`, `1.`, and names that it keeps for itself. */
const NOT_IN_THE_EDITOR =
  /step\(\)|\bfill\b|\b(?:sum|by|offset|start|step)\b(?=[ {[),]|$)|# a comment|\bbool\b/

describe('print', () => {
  it('gives a text that parses to the same tree, and to itself', () => {
    fc.assert(
      fc.property(query, (text) => {
        const tree = parse(text)
        const printed = print(tree)
        expect(inOrder(withoutPlaces(parse(printed)))).toEqual(inOrder(withoutPlaces(tree)))
        expect(print(parse(printed))).toBe(printed)
      }),
      { numRuns: 2000 },
    )
  })

  it('lays out what is long, without changing it', () => {
    fc.assert(
      fc.property(query, (text) => {
        const tree = parse(text)
        expect(print(parse(printPretty(tree)))).toBe(print(tree))
      }),
      { numRuns: 500 },
    )
  })

  it('reads what the grammar of the editor reads, and prints what it reads', () => {
    fc.assert(
      fc.property(query, (text) => {
        fc.pre(!NOT_IN_THE_EDITOR.test(text))
        expect(accepted(text) ? '' : text).toBe('')
        const printed = print(parse(text))
        expect(accepted(printed) ? '' : printed).toBe('')
      }),
      { numRuns: 1000 },
    )
  })

  it('gives every node its place: what stands there is the node', () => {
    fc.assert(
      fc.property(query, (text) => {
        for (const node of nodes(parse(text)))
          expect(withoutPlaces(parse(text.slice(node.start, node.end)))).toEqual(withoutPlaces(node))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['sum(rate(x[5m]))by(job)', 'sum by (job) (rate(x[5m]))'],
    ['SUM without() (x)', 'sum without () (x)'],
    ['1+2*3^-1', '1 + 2 * 3 ^ -1'],
    ['x{a="b",c=~\'d\',}@1.5 offset -90s', 'x{a="b",c=~"d"} @ 1.500 offset -1m30s'],
    // As Prometheus 3.16 answers format_query.
    ['{"a.b","c d"="e"}[300]', '{"c d"="e",__name__="a.b"}[5m]'],
    ['{"plain", z="1", c="2"}', '{__name__="plain",c="2",z="1"}'],
    ['{"on"}', '{__name__="on"}'],
    ['foo{z="1",c!="2",c="3"}', 'foo{c!="2",c="3",z="1"}'],
    ['{__name__=~"x", a="1"}', '{__name__=~"x",a="1"}'],
    ['a/on(b)group_left c', 'a / on (b) group_left () c'],
    ['a==bool ignoring(b)c', 'a == bool ignoring (b) c'],
    ['a + fill_left(0) fill_right(1) b', 'a + fill_left (0) fill_right (1) b'],
    ['max_over_time(rate(x[5m])[1h:])', 'max_over_time(rate(x[5m])[1h:])'],
    ['x[1h30m%1h]', 'x[1h30m % 1h]'],
    ['count_values("v",`x\\y`==1)', undefined],
    ['rate(x[1m] anchored)', 'rate(x[1m] anchored)'],
    ['1e300', `1${'0'.repeat(300)}`],
    ['1h', '1h'],
    ['-inf', '-Inf'],
  ])('prints %s as %s', (text, printed) => {
    if (printed === undefined) expect(() => parse(text)).toThrow(PromqlError)
    else expect(print(parse(text))).toBe(printed)
  })

  it('breaks a query that is longer than a line', () => {
    const text =
      'histogram_quantile(0.99, sum by (le, job) (rate(http_request_duration_seconds_bucket{job="api-server", method="GET"}[5m]))) > on (job) group_left () scalar_threshold'
    expect(printPretty(parse(text))).toBe(`  histogram_quantile(
    0.99,
    sum by (le, job) (rate(http_request_duration_seconds_bucket{job="api-server",method="GET"}[5m]))
  )
> on (job) group_left ()
  scalar_threshold`)
  })
})

/** Which matcher stands first does not matter. */
function inOrder(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(inOrder)
  if (typeof tree !== 'object' || tree === null) return tree
  const entries = Object.entries(tree).map(([key, inner]): [string, unknown] => {
    if (key !== 'matchers' || !Array.isArray(inner)) return [key, inOrder(inner)]
    return [key, inner.map((one) => JSON.stringify(one)).sort()]
  })
  return Object.fromEntries(entries)
}

function nodes(expr: Expr): Expr[] {
  switch (expr.kind) {
    case 'call':
      return [expr, ...expr.args.filter(({ kind }) => kind !== 'string').flatMap(nodes)]
    case 'aggregation':
      return [expr, ...nodes(expr.operand)]
    case 'binary':
      return [expr, ...nodes(expr.left), ...nodes(expr.right)]
    case 'paren':
    case 'unary':
    case 'subquery':
      return [expr, ...nodes(expr.operand)]
    default:
      return [expr]
  }
}
