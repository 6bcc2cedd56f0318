import { NO_SERIES, projected, type Series } from '../../logql/metrics/series.ts'
import type { Aggregation, Grouping, Span } from '../ast.ts'
import type { Context } from '../evaluate/context.ts'
import { filledOf, SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { METADATA_LABELS } from '../functions/labels.ts'
import { FLOAT, type GridSeries, type GridVector, HISTOGRAM } from '../grid.ts'
import { quantile } from '../quantile.ts'
import { type Accumulator, accumulatorMaker, type SimpleAggregation } from './accumulators.ts'

export type Group = { readonly series: Series; readonly members: GridSeries[]; readonly dropName: boolean }

/** The series of each group, in the order in which groups are first seen. */
export function grouped(series: GridVector, grouping: Grouping | undefined): Group[] {
  const groups = new Map<string, { series: Series; members: GridSeries[]; dropName: boolean }>()
  const project = projection(grouping)
  for (const one of series) {
    const label = project(one.series)
    const group = groups.get(label.key)
    if (group === undefined) groups.set(label.key, { series: label, members: [one], dropName: one.dropName })
    else {
      group.members.push(one)
      group.dropName ||= one.dropName
    }
  }
  return [...groups.values()]
}

function projection(grouping: Grouping | undefined): (series: Series) => Series {
  if (grouping === undefined) return () => NO_SERIES
  const names = new Set(grouping.without ? [...grouping.labels, ...METADATA_LABELS] : grouping.labels)
  return (series) => projected(series, names, grouping.without)
}

/** sum, avg, min, max, count, group, stddev and stdvar. */
export async function aggregateSimply(
  op: SimpleAggregation,
  { operand, grouping }: Aggregation,
  { series }: VectorValue,
  count: number,
  { notes, breaths }: Context,
): Promise<VectorValue> {
  const make = accumulatorMaker(op, count, notes, operand)
  const writers: SeriesWriter[] = []
  for (const group of grouped(series, grouping)) {
    const accumulator = make()
    for (const member of group.members) {
      const due = breaths.due()
      if (due !== undefined) await due
      feed(accumulator, member)
    }
    const writer = new SeriesWriter(group.series, count, group.dropName)
    accumulator.write(writer)
    writers.push(writer)
  }
  return { kind: 'vector', series: filledOf(writers) }
}

function feed(accumulator: Accumulator, { kinds, values, histograms }: GridSeries): void {
  for (let step = 0; step < kinds.length; step++) {
    if (kinds[step] === FLOAT) accumulator.float(step, values[step]!)
    else if (kinds[step] === HISTOGRAM) accumulator.histogram(step, histograms![step]!)
  }
}

export async function aggregateQuantile(
  { operand, grouping, parameter }: Aggregation,
  { series }: VectorValue,
  phis: Float64Array,
  { notes, breaths }: Context,
): Promise<VectorValue> {
  const invalid = phis.find((phi) => !(phi >= 0 && phi <= 1))
  if (invalid !== undefined) notes.invalidQuantile(invalid, parameter as Span)
  const writers: SeriesWriter[] = []
  for (const { series: label, members, dropName } of grouped(series, grouping)) {
    const writer = new SeriesWriter(label, phis.length, dropName)
    const buffer = new Float64Array(members.length)
    for (let step = 0; step < phis.length; step++) {
      const due = breaths.due()
      if (due !== undefined) await due
      const floats = gather(buffer, members, step)
      if (floats < members.length && members.some(({ kinds }) => kinds[step] === HISTOGRAM))
        notes.info('ignored histogram in quantile aggregation', operand)
      if (floats > 0) writer.float(step, quantile(phis[step]!, buffer.subarray(0, floats)))
    }
    writers.push(writer)
  }
  return { kind: 'vector', series: filledOf(writers) }
}

/** The floats of an instant; how many there are. */
function gather(buffer: Float64Array, members: ReadonlyArray<GridSeries>, step: number): number {
  let floats = 0
  for (const { kinds, values } of members) if (kinds[step] === FLOAT) buffer[floats++] = values[step]!
  return floats
}
