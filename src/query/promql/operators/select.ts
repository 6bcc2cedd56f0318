import type { Aggregation } from '../ast.ts'
import { PromqlEvaluationError } from '../error.ts'
import type { Context } from '../evaluate/context.ts'
import { filledOf, SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { compareValues } from '../functions/sorting.ts'
import { ABSENT, FLOAT, type GridSeries, HISTOGRAM } from '../grid.ts'
import { printShort } from '../histogram/text.ts'
import type { Notes } from '../notes.ts'
import { grouped } from './aggregate.ts'
import { placeOf } from './label-hash.ts'

type Chosen = Map<GridSeries, SeriesWriter>

function writerOf(chosen: Chosen, series: GridSeries): SeriesWriter {
  let writer = chosen.get(series)
  if (writer === undefined) {
    writer = new SeriesWriter(series.series, series.kinds.length, series.dropName)
    chosen.set(series, writer)
  }
  return writer
}

/** In the order of the values at an instant, in that of the series in a range. */
function inOrder(chosen: Chosen, { series }: VectorValue, count: number): VectorValue {
  const writers = count === 1 ? [...chosen.values()] : series.flatMap((one) => chosen.get(one) ?? [])
  return { kind: 'vector', series: filledOf(writers) }
}

/** The whole part of a parameter k; 0 where it is less than 1. Throws where it is none. */
function limitOf(parameter: number): number {
  if (Number.isNaN(parameter)) throw new PromqlEvaluationError('Parameter value is NaN')
  if (parameter <= -(2 ** 63) || parameter >= 2 ** 63)
    throw new PromqlEvaluationError(`Scalar value ${printShort(parameter)} overflows int64`)
  return Math.max(0, Math.trunc(parameter))
}

/** topk and bottomk: the samples of the largest or smallest values of each group. */
export async function aggregateTop(
  { op, operand, grouping }: Aggregation,
  vector: VectorValue,
  parameter: Float64Array,
  { notes, breaths }: Context,
): Promise<VectorValue> {
  const direction = op === 'topk' ? -1 : 1
  const limits = parameter.map(limitOf)
  const chosen: Chosen = new Map()
  for (const { members } of grouped(vector.series, grouping)) {
    for (let step = 0; step < limits.length; step++) {
      const due = breaths.due()
      if (due !== undefined) await due
      if (members.some(({ kinds }) => kinds[step] === HISTOGRAM))
        notes.info(`ignored histogram in ${op} aggregation`, operand)
      if (limits[step] === 0) continue
      const floats = members.filter(({ kinds }) => kinds[step] === FLOAT)
      floats.sort((a, b) => compareValues(a.values[step]!, b.values[step]!, direction))
      for (const series of floats.slice(0, limits[step])) writerOf(chosen, series).copy(step, series)
    }
  }
  return inOrder(chosen, vector, limits.length)
}

/** limitk: the first series of each group, whatever they are. */
export function aggregateLimit(
  { grouping }: Aggregation,
  vector: VectorValue,
  parameter: Float64Array,
): VectorValue {
  const limits = parameter.map(limitOf)
  const chosen: Chosen = new Map()
  for (const { members } of grouped(vector.series, grouping)) {
    for (let step = 0; step < limits.length; step++) {
      let left = limits[step]!
      for (const series of members) {
        if (left === 0) break
        if (series.kinds[step] === ABSENT) continue
        writerOf(chosen, series).copy(step, series)
        left--
      }
    }
  }
  return inOrder(chosen, vector, limits.length)
}

/**
 * limit_ratio: a share of the series, always the same ones, by a hash of their labels. Of a negative ratio -r, those that
 * 1 - r leaves out.
 */
export function aggregateRatio(
  { parameter: written }: Aggregation,
  vector: VectorValue,
  parameter: Float64Array,
  notes: Notes,
): VectorValue {
  const ratios = parameter.map((ratio) => {
    if (Number.isNaN(ratio)) throw new PromqlEvaluationError('Ratio value is NaN')
    if (ratio >= -1 && ratio <= 1) return ratio
    const cap = Math.sign(ratio)
    notes.warn(
      `ratio value should be between -1 and 1, got ${printShort(ratio)}, capping to ${cap}`,
      written!,
    )
    return cap
  })
  const chosen: Chosen = new Map()
  for (const series of vector.series) {
    const place = placeOf(series.series.key)
    for (let step = 0; step < ratios.length; step++) {
      const ratio = ratios[step]!
      if (series.kinds[step] === ABSENT) continue
      if (ratio >= 0 ? place < ratio : place >= 1 + ratio) writerOf(chosen, series).copy(step, series)
    }
  }
  return inOrder(chosen, vector, ratios.length)
}
