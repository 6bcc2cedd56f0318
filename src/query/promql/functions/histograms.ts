import { seriesOf } from '../../logql/metrics/series.ts'
import { parseFloat64 } from '../../logql/units.ts'
import type { Span } from '../ast.ts'
import { filledOf, SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { FLOAT, type GridSeries, HISTOGRAM } from '../grid.ts'
import type { ClassicBucket } from '../histogram/classic.ts'
import type { Histogram } from '../histogram/histogram.ts'
import type { Notes } from '../notes.ts'

const BUCKET_LABEL = 'le'

/** Of native histograms, a float each; floats are not looked at. */
export function mapHistograms({ series }: VectorValue, map: (histogram: Histogram) => number): VectorValue {
  const writers = series.map(({ series: label, kinds, histograms }) => {
    const writer = new SeriesWriter(label, kinds.length, true)
    for (let step = 0; step < kinds.length; step++)
      if (kinds[step] === HISTOGRAM) writer.float(step, map(histograms![step]!))
    return writer
  })
  return { kind: 'vector', series: filledOf(writers) }
}

/** What a function makes of one histogram, native or classic, at one instant; undefined where it has no result. */
export type HistogramFunction = {
  readonly native: (histogram: Histogram, step: number, metricName: string) => number | undefined
  readonly classic: (
    buckets: ReadonlyArray<ClassicBucket>,
    step: number,
    metricName: string,
  ) => number | undefined
}

type Classic = { readonly upper: number; readonly series: GridSeries }

/** Classic buckets of equal labels are one histogram; a native one beside them at the same instant makes both void. */
export function mapAnyHistograms(
  vector: VectorValue,
  { native, classic }: HistogramFunction,
  notes: Notes,
  at: Span,
): VectorValue {
  const writers: SeriesWriter[] = []
  for (const { members, label } of histogramGroups(vector)) {
    const count = members[0]!.kinds.length
    const writer = new SeriesWriter(label, count, true)
    const name = label.labels.get('__name__') ?? ''
    const bounded = classicOf(members, notes, at)
    for (let step = 0; step < count; step++) {
      const whole = members.find(({ kinds }) => kinds[step] === HISTOGRAM)
      const buckets = bucketsAt(bounded, step)
      let value: number | undefined
      if (whole !== undefined && buckets.length > 0)
        notes.warn(`vector contains a mix of classic and native histograms for metric name "${name}"`, at)
      else if (whole !== undefined) value = native(whole.histograms![step]!, step, name)
      else if (buckets.length > 0) value = classic(buckets, step, name)
      if (value !== undefined) writer.float(step, value)
    }
    writers.push(writer)
  }
  return { kind: 'vector', series: filledOf(writers) }
}

function histogramGroups({
  series,
}: VectorValue): Array<{ members: GridSeries[]; label: GridSeries['series'] }> {
  const groups = new Map<string, { members: GridSeries[]; label: GridSeries['series'] }>()
  for (const one of series) {
    const label = seriesOf([...one.series.labels].filter(([name]) => name !== BUCKET_LABEL))
    const group = groups.get(label.key)
    if (group === undefined) groups.set(label.key, { members: [one], label })
    else group.members.push(one)
  }
  return [...groups.values()]
}

/** The series of floats that are buckets, by their bounds; what has no bound is noted. */
function classicOf(members: ReadonlyArray<GridSeries>, notes: Notes, at: Span): Classic[] {
  const buckets: Classic[] = []
  for (const series of members) {
    if (!series.kinds.includes(FLOAT)) continue
    const { labels } = series.series
    const text = labels.get(BUCKET_LABEL) ?? ''
    const upper = parseFloat64(text)
    if (upper !== undefined && !Number.isNaN(upper)) buckets.push({ upper, series })
    else
      notes.warn(
        `bucket label "le" is missing or has a malformed value of "${text}" for metric name "${labels.get('__name__') ?? ''}"`,
        at,
      )
  }
  return buckets.sort((a, b) => a.upper - b.upper)
}

function bucketsAt(buckets: ReadonlyArray<Classic>, step: number): ClassicBucket[] {
  const there: ClassicBucket[] = []
  for (const { upper, series } of buckets)
    if (series.kinds[step] === FLOAT) there.push({ upper, count: series.values[step]! })
  return there
}
