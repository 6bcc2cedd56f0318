import type { Grouping, RangeAggregation } from '../ast.ts'
import { EvaluationError } from '../error.ts'
import { type Converted, toBytes, toNumber, toSeconds } from '../pipeline/convert.ts'
import { compileLabelFilter } from '../pipeline/label-filter.ts'
import { ERROR_DETAILS_LABEL, ERROR_LABEL, type LineState } from '../pipeline/line-state.ts'
import { compilePipeline, compileSelector } from '../pipeline/pipeline.ts'
import type { Labels, LogRecord } from '../record.ts'
import { keptErrors } from './kept-errors.ts'
import { keyPart, printLabels, type Series, seriesOf } from './series.ts'

/** Makes samples of records: which series a record counts for, and with what value. */
export type Extractor = {
  /** Of the last record that gave a sample. */
  series: Series
  value: number
  /** False if the record gives no sample. Throws {@link EvaluationError} for a record that could not be parsed. */
  readonly extract: (record: LogRecord) => boolean
}

/**
 * `outer` is the grouping of a sum around the aggregation, where samples may be grouped before they are counted: so
 * labels that differ from line to line make no series of their own.
 */
export function compileExtractor({ op, range, grouping }: RangeAggregation, outer?: Grouping): Extractor {
  const { state, process } = compilePipeline(range.stages)
  const selects = remembered(compileSelector(range.selector))
  const measure = compileMeasure(op.startsWith('bytes'), range.unwrap)
  const label = range.unwrap?.label
  const seriesOfLine = compileSeries(
    op === 'absent_over_time' ? BY_NOTHING : (grouping ?? withoutLabel(outer, label)),
    label,
  )
  const keepsError = keptErrors(
    range,
    op === 'absent_over_time' ? BY_NOTHING : (grouping ?? outerSum(op, outer)),
  )
  const extractor: Extractor = {
    series: seriesOf([]),
    value: 0,
    extract(record) {
      if (!selects(record.stream) || !process(record)) return false
      const value = measure(state)
      if (value === undefined) return false
      extractor.value = value
      extractor.series = seriesOfLine(state)
      if (state.error !== '' && !keepsError(state.error)) throw pipelineError(state, extractor.series)
      return true
    },
  }
  return extractor
}

/** Where a max or min is grouped before it is taken, errors are as if it were not. */
function outerSum(op: RangeAggregation['op'], outer: Grouping | undefined): Grouping | undefined {
  return op === 'max_over_time' || op === 'min_over_time' ? undefined : outer
}

/** What is unwrapped is no label any more, so an outer grouping does not see it. */
function withoutLabel(grouping: Grouping | undefined, label: string | undefined): Grouping | undefined {
  if (grouping === undefined || grouping.without) return grouping
  return { ...grouping, labels: grouping.labels.filter((name) => name !== label) }
}

export const BY_NOTHING: Grouping = { kind: 'grouping', without: false, labels: [], start: 0, end: 0 }

/** Whether a stream is selected is asked for every record, and decided by the labels' identity. */
function remembered(selects: (stream: Labels) => boolean): (stream: Labels) => boolean {
  const known = new WeakMap<Labels, boolean>()
  return (stream) => {
    let selected = known.get(stream)
    if (selected === undefined) {
      selected = selects(stream)
      known.set(stream, selected)
    }
    return selected
  }
}

type Measure = (state: LineState) => number | undefined

function compileMeasure(bytes: boolean, unwrap: RangeAggregation['range']['unwrap']): Measure {
  if (unwrap === undefined) return bytes ? (state) => Buffer.byteLength(state.line) : () => 1
  const convert = conversion(unwrap.conversion)
  const filters = unwrap.filters.map(compileLabelFilter)
  return (state) => {
    const text = state.get(unwrap.label)
    // A line need not have the label.
    if (text === undefined || text === '') return undefined
    let value = convert(text)
    if (typeof value !== 'number') {
      state.fail('SampleExtractionErr', value.problem)
      value = 0
    }
    for (let i = 0; i < filters.length; i++) if (!filters[i]!(state)) return undefined
    return value
  }
}

function conversion(
  kind: 'duration' | 'duration_seconds' | 'bytes' | undefined,
): (text: string) => Converted {
  if (kind === undefined) return toNumber
  return kind === 'bytes' ? toBytes : toSeconds
}

/** The labels that a sample keeps: those of the grouping, without the one that became the value. */
function compileSeries(
  grouping: Grouping | undefined,
  unwrapped: string | undefined,
): (state: LineState) => Series {
  const by = grouping !== undefined && !grouping.without
  const names = new Set(grouping?.labels)
  if (!by && unwrapped !== undefined) names.add(unwrapped)
  const byStream = new WeakMap<Labels, Series>()
  const byKey = new Map<string, Series>()
  const make = (state: LineState): Series => {
    const pairs: Array<readonly [string, string]> = []
    state.forEach((value, name) => {
      if (names.has(name) === by) pairs.push([name, value])
    })
    if (state.error !== '') pairs.push([ERROR_LABEL, state.error])
    if (state.errorDetails !== '') pairs.push([ERROR_DETAILS_LABEL, state.errorDetails])
    const series = seriesOf(pairs)
    const known = byKey.get(series.key)
    if (known !== undefined) return known
    if (byKey.size >= 100_000) byKey.clear()
    byKey.set(series.key, series)
    return series
  }
  const sorted = [...names].sort()
  return (state) => {
    if (by && state.error === '' && state.errorDetails === '')
      return byKey.get(keyOfLabels(state, sorted)) ?? make(state)
    const stream = state.onlyStream()
    if (stream === undefined) return make(state)
    let series = byStream.get(stream)
    if (series === undefined) {
      series = make(state)
      byStream.set(stream, series)
    }
    return series
  }
}

/** The key that {@link seriesOf} gives to these labels. */
function keyOfLabels(state: LineState, names: ReadonlyArray<string>): string {
  let key = ''
  for (let i = 0; i < names.length; i++) {
    const value = state.get(names[i]!)
    if (value !== undefined) key += keyPart(names[i]!, value)
  }
  return key
}

function pipelineError(state: LineState, series: Series): EvaluationError {
  return new EvaluationError(
    `pipeline error: '${state.error}' for series: '${printLabels(series.labels)}'. ${state.errorDetails || 'No details'}. ` +
      `A metric query counts no such lines: drop them with | __error__="" after the stage that fails. ` +
      `How many a parser can't read says sum by (__error__) (count_over_time(…)).`,
  )
}
