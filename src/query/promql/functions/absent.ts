import { type Series, seriesOf } from '../../logql/metrics/series.ts'
import type { Expr, Matcher } from '../ast.ts'
import { SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { unwrapped } from '../types.ts'

/** 1 at the instants that have nothing, with the labels that the selector fixes. */
export function absent(argument: Expr, present: ReadonlyArray<boolean>): VectorValue {
  const writer = new SeriesWriter(fixedLabels(argument), present.length, true)
  present.forEach((there, step) => {
    if (!there) writer.float(step, 1)
  })
  return { kind: 'vector', series: writer.filled ? [writer] : [] }
}

function fixedLabels(argument: Expr): Series {
  const expr = unwrapped(argument)
  if (expr.kind === 'selector') return seriesOf(fixed(expr.matchers))
  if (expr.kind === 'matrix') return seriesOf(fixed(expr.selector.matchers))
  return seriesOf([])
}

/** Labels that are asked to be equal to one value, and to nothing else. */
function fixed(matchers: ReadonlyArray<Matcher>): Array<readonly [string, string]> {
  return matchers
    .filter(({ name }) => name !== '__name__')
    .filter(({ name, op }) => op === '=' && matchers.filter((other) => other.name === name).length === 1)
    .map(({ name, value }) => [name, value] as const)
}
