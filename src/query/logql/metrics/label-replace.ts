import type { RE2JS } from 're2js'
import type { LabelReplace } from '../ast.ts'
import { EvaluationError, StageError } from '../error.ts'
import { expand } from '../expand.ts'
import { compileRegex } from '../regex.ts'
import { printLabels, type Series, SeriesMemo, seriesOf, type Vector } from './series.ts'

function compilePattern(pattern: string): RE2JS {
  try {
    return compileRegex(`^(?:${pattern})$`)
  } catch (error) {
    if (!(error instanceof StageError)) throw error
    throw new StageError(`invalid regex in label_replace: ${error.message}`)
  }
}

/** Makes the function that one label_replace is. Throws StageError for a wrong pattern. */
export function compileLabelReplace(expr: LabelReplace): (vector: Vector) => Vector {
  const regex = compilePattern(expr.pattern)
  const replaced = new SeriesMemo((series: Series): Series => {
    const matcher = regex.matcher(series.labels.get(expr.source) ?? '')
    if (!matcher.find()) return series
    const value = expand(expr.replacement, matcher)
    const labels = new Map(series.labels)
    if (value === '') labels.delete(expr.destination)
    else labels.set(expr.destination, value)
    return seriesOf(labels)
  })
  return (vector) => {
    const seen = new Set<string>()
    return vector.map(({ series: before, value }) => {
      const series = replaced.get(before)
      if (seen.has(series.key))
        throw new EvaluationError(
          `label_replace makes two series the same: ${printLabels(series.labels)}; keep a label that tells them apart`,
        )
      seen.add(series.key)
      return { series, value }
    })
  }
}
