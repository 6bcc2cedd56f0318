import { StageError } from '../../logql/error.ts'
import { expand } from '../../logql/expand.ts'
import { type Series, seriesOf } from '../../logql/metrics/series.ts'
import { quote } from '../../logql/unquote.ts'
import { PromqlEvaluationError } from '../error.ts'
import { SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { ABSENT, type GridSeries } from '../grid.ts'
import { compileWhole } from '../matcher.ts'

const NAME_LABEL = '__name__'

/** `replacement`, with `$1` and `${name}`, where the pattern matches the whole value of `source`. */
export function labelReplace(
  vector: VectorValue,
  destination: string,
  replacement: string,
  source: string,
  pattern: string,
): VectorValue {
  const regex = compiled(pattern)
  checkName(destination, 'destination label name', 'label_replace')
  return relabelled(vector, destination, ({ labels }) => {
    const matcher = regex.matcher(labels.get(source) ?? '')
    return matcher.find() ? expand(replacement, matcher) : undefined
  })
}

function compiled(pattern: string): ReturnType<typeof compileWhole> {
  try {
    return compileWhole(pattern)
  } catch (error) {
    if (!(error instanceof StageError)) throw error
    throw new PromqlEvaluationError(`invalid regular expression in label_replace(): ${pattern}`)
  }
}

export function labelJoin(
  vector: VectorValue,
  destination: string,
  separator: string,
  sources: ReadonlyArray<string>,
): VectorValue {
  for (const source of sources) checkName(source, 'source label name', 'label_join')
  checkName(destination, 'destination label name', 'label_join')
  return relabelled(vector, destination, ({ labels }) =>
    sources.map((source) => labels.get(source) ?? '').join(separator),
  )
}

/** Names are any text of UTF-8; what was none has been read as U+FFFD. */
export function isLabelName(name: string): boolean {
  return name !== '' && !name.includes('\uFFFD')
}

function checkName(name: string, what: string, func: string): void {
  if (!isLabelName(name)) throw new PromqlEvaluationError(`invalid ${what} in ${func}(): ${quote(name)}`)
}

/** Sets a label of each series, to nothing where the value is empty; undefined leaves the series as it is. */
function relabelled(
  { series }: VectorValue,
  destination: string,
  value: (series: Series) => string | undefined,
): VectorValue {
  const changed = series.map((one): GridSeries => {
    const text = value(one.series)
    if (text === undefined) return one
    const labels = new Map(one.series.labels)
    if (text === '') labels.delete(destination)
    else labels.set(destination, text)
    return { ...one, series: seriesOf(labels), dropName: one.dropName && destination !== NAME_LABEL }
  })
  return { kind: 'vector', series: mergedSeries(changed) }
}

/** Series of equal labels become one, if they have no instant in common. */
export function mergedSeries(series: ReadonlyArray<GridSeries>): GridSeries[] {
  const merged = new Map<string, GridSeries>()
  for (const one of series) {
    const { key } = one.series
    const before = merged.get(key)
    merged.set(key, before === undefined ? one : mergedPair(before, one))
  }
  return [...merged.values()]
}

function mergedPair(a: GridSeries, b: GridSeries): GridSeries {
  const writer = new SeriesWriter(a.series, a.kinds.length, a.dropName || b.dropName)
  for (let step = 0; step < a.kinds.length; step++) {
    const inA = a.kinds[step] !== ABSENT
    if (inA && b.kinds[step] !== ABSENT)
      throw new PromqlEvaluationError('vector cannot contain metrics with the same labelset')
    writer.copy(step, inA ? a : b)
  }
  return writer
}

/** What names a metric, and says what kind it is: no labels of what it is about. */
export const METADATA_LABELS: ReadonlySet<string> = new Set([NAME_LABEL, '__type__', '__unit__'])

/** A series that is no longer the metric it was made of. */
export function withoutName({ labels }: Series): Series {
  return seriesOf([...labels].filter(([name]) => !METADATA_LABELS.has(name)))
}

/** The series as a result has them: without the names that functions have dropped. */
export function withNamesDropped(series: ReadonlyArray<GridSeries>): GridSeries[] {
  return mergedSeries(
    series.map((one) => {
      if (!one.dropName) return one
      return { ...one, series: withoutName(one.series), dropName: false }
    }),
  )
}
