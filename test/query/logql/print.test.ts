import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Expr } from '../../../src/query/logql/ast.ts'
import { print } from '../../../src/query/logql/print.ts'
import { parseSyntax } from '../../../src/query/logql/syntax.ts'
import { expr, withoutPlaces } from './generator.ts'

describe('print', () => {
  it('gives a text that parses to the same tree', () => {
    fc.assert(
      fc.property(expr, (tree) => {
        expect(withoutPlaces(parseSyntax(print(tree)))).toEqual(withoutPlaces(tree))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives every node a place inside its parent, that parses to the node again', () => {
    fc.assert(
      fc.property(expr, (tree) => {
        const text = print(tree)
        const parsed = parseSyntax(text)
        expect([parsed.start, parsed.end]).toEqual([0, text.length])
        checkPlaces(parsed)
        for (const metric of metrics(parsed))
          expect(withoutPlaces(parseSyntax(text.slice(metric.start, metric.end)))).toEqual(
            withoutPlaces(metric),
          )
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['{a="b"}|="x"or"y"|json|a>5m,b="c" or d=1', '{a="b"} |= "x" or "y" | json | (a>5m and b="c") or d==1'],
    ['sum(rate({a="b"}[5m]|="x"))by(c)', 'sum by (c)(rate({a="b"} |= "x" [5m]))'],
    ['rate(({a="b"}|unwrap bytes(x))[1h30m]offset 1d)', 'rate({a="b"} | unwrap bytes(x) [1h30m] offset 24h)'],
    ['1+2*3^4^5-6', '(1 + (2 * (3 ^ (4 ^ 5)))) - 6'],
    ['vector(1)/on(a)group_left vector(2)', 'vector(1) / on (a) group_left () vector(2)'],
    [
      '{a=`b\\w`,} | logfmt --strict --keep-empty a, b="c"',
      '{a="b\\\\w"} | logfmt --strict --keep-empty a, b="c"',
    ],
  ])('prints %s as %s', (query, printed) => {
    expect(print(parseSyntax(query))).toBe(printed)
  })
})

type Node = { readonly start: number; readonly end: number }

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'start' in value
}

function children(node: Node): Node[] {
  return Object.values(node as Readonly<Record<string, unknown>>)
    .flat()
    .filter(isNode)
}

function checkPlaces(node: Node): void {
  for (const child of children(node)) {
    expect(child.start).toBeGreaterThanOrEqual(node.start)
    expect(child.end).toBeLessThanOrEqual(node.end)
    expect(child.end).toBeGreaterThan(child.start)
    checkPlaces(child)
  }
}

function metrics(tree: Expr): Expr[] {
  const found: Expr[] = []
  const visit = (node: Node): void => {
    if ('kind' in node && typeof node.kind === 'string' && METRICS.has(node.kind)) found.push(node as Expr)
    children(node).forEach(visit)
  }
  visit(tree)
  return found
}

const METRICS = new Set([
  'binary',
  'range-aggregation',
  'vector-aggregation',
  'label-replace',
  'vector',
  'literal',
])
