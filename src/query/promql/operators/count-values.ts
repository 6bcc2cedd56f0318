import { seriesOf } from '../../logql/metrics/series.ts'
import { quote } from '../../logql/unquote.ts'
import type { Aggregation } from '../ast.ts'
import { PromqlEvaluationError } from '../error.ts'
import type { Context, Scope } from '../evaluate/context.ts'
import { filledOf, SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { isLabelName } from '../functions/labels.ts'
import { ABSENT, FLOAT, type GridSeries } from '../grid.ts'
import { printHistogram, printValue } from '../histogram/text.ts'
import { unwrapped } from '../types.ts'
import { grouped } from './aggregate.ts'

/** count_values: how many samples of a group have each value; the value becomes a label. */
export function aggregateValues(
  { grouping, parameter }: Aggregation,
  { series }: VectorValue,
  label: string,
  { grid }: Scope,
  { query, budget }: Context,
): VectorValue {
  if (!isLabelName(label)) {
    const { start, end } = unwrapped(parameter!)
    const written = label === '' ? quote(label) : query.slice(start, end)
    throw new PromqlEvaluationError(`invalid label name ${written}`)
  }
  const writers = new Map<string, SeriesWriter>()
  for (const group of grouped(series, grouping))
    for (const member of group.members)
      for (let step = 0; step < grid.count; step++) {
        if (member.kinds[step] === ABSENT) continue
        const counted = seriesOf(new Map([...group.series.labels, [label, textOf(member, step)]]))
        let writer = writers.get(counted.key)
        if (writer === undefined) {
          budget.vector(writers.size + 1, { ...grid, count: 0 })
          budget.samples(grid.count)
          writer = new SeriesWriter(counted, grid.count, group.dropName)
          writers.set(counted.key, writer)
        }
        writer.float(step, writer.values[step]! + 1)
      }
  return { kind: 'vector', series: filledOf(writers.values()) }
}

function textOf({ kinds, values, histograms }: GridSeries, step: number): string {
  return kinds[step] === FLOAT ? printValue(values[step]!) : printHistogram(histograms![step]!)
}
