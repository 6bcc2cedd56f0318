import type {
  Grouping,
  MetricExpr,
  RangeAggregation,
  RangeOp,
  VectorAggregation,
} from '../../../logql/ast.ts'
import type { Grid } from '../../../logql/metrics/source.ts'
import { bind, type Fragment, join, sql } from '../../../sql/fragment.ts'
import type { Source } from '../../../sql/source.ts'
import { either, isPlainNumber } from './label-filter.ts'
import type { LabelValues } from './label-value.ts'

/**
 * A range aggregation that SQL may compute: its samples are grouped by named labels only, either because it says so itself or
 * because an aggregation over it can be computed at once with it.
 */
export type RangeShape = {
  readonly range: RangeAggregation
  readonly by: ReadonlyArray<string>
  readonly measure: Measure
}

/** What of a window's samples gives its value. `late` ones can't be put together from parts of windows. */
export type Measure =
  | { readonly kind: 'count' | 'bytes' | 'sum' | 'avg' | 'min' | 'max' }
  | { readonly kind: 'first' | 'last' | 'stddev' | 'stdvar' }
  | { readonly kind: 'quantile'; readonly phi: number }

const MEASURES: Readonly<Partial<Record<RangeOp, Exclude<Measure['kind'], 'quantile'>>>> = {
  count_over_time: 'count',
  bytes_over_time: 'bytes',
  bytes_rate: 'bytes',
  sum_over_time: 'sum',
  avg_over_time: 'avg',
  min_over_time: 'min',
  max_over_time: 'max',
  first_over_time: 'first',
  last_over_time: 'last',
  stddev_over_time: 'stddev',
  stdvar_over_time: 'stdvar',
}

/** Is `expr` one? Its stages and labels are looked at later, when its streams are known. */
export function rangeShape(expr: MetricExpr): RangeShape | undefined {
  if (expr.kind === 'range-aggregation') return ownGroups(expr)
  return expr.kind === 'vector-aggregation' ? groupsAbove(expr) : undefined
}

function ownGroups(range: RangeAggregation): RangeShape | undefined {
  const by = namedLabels(range.grouping)
  const measure = measureOf(range)
  return by === undefined || measure === undefined ? undefined : { range, by, measure }
}

/** Sums of sums, the least of the least, the most of the most: the groups between need not be known. */
function groupsAbove({ op, operand, grouping }: VectorAggregation): RangeShape | undefined {
  if (operand.kind !== 'range-aggregation' || operand.grouping !== undefined) return undefined
  const named = grouping === undefined ? [] : namedLabels(grouping)
  // The label that became the value is none of the series below.
  const by = named?.filter((name) => name !== operand.range.unwrap?.label)
  const measure = measureOf(operand)
  if (by === undefined || measure === undefined) return undefined
  const sums = measure.kind === 'count' || measure.kind === 'bytes' || measure.kind === 'sum'
  const fits = (op === 'sum' && sums) || ((op === 'min' || op === 'max') && measure.kind === op)
  return fits ? { range: operand, by, measure } : undefined
}

function namedLabels(grouping: Grouping | undefined): ReadonlyArray<string> | undefined {
  return grouping === undefined || grouping.without ? undefined : [...new Set(grouping.labels)]
}

function measureOf({ op, range, parameter }: RangeAggregation): Measure | undefined {
  const { unwrap } = range
  if (unwrap !== undefined && (unwrap.conversion !== undefined || unwrap.filters.length > 0)) return undefined
  if (op === 'rate') return { kind: unwrap === undefined ? 'count' : 'sum' }
  if (op === 'quantile_over_time') {
    const phi = parameter ?? Number.NaN
    return phi >= 0 && phi <= 1 ? { kind: 'quantile', phi } : undefined
  }
  const kind = MEASURES[op]
  return kind === undefined ? undefined : { kind }
}

/** Buckets of time from which the windows of a grid are made: window `step` is some of them, from its first on. */
export type Buckets = {
  /** Times count from here; the bucket that ends here is none of ours. */
  readonly lowNs: bigint
  readonly highNs: bigint
  readonly widthNs: number
  readonly count: number
  readonly perStep: number
  readonly perWindow: number
}

const BUCKETS_MAX = 50_000

/** Undefined if they would be too many. */
export function bucketsOf(grid: Grid, { range }: RangeAggregation): Buckets | undefined {
  const { rangeNs, offsetNs } = range
  const stepNs = grid.count === 1 ? rangeNs : grid.stepNs
  const lowNs = grid.startNs - BigInt(offsetNs) - BigInt(rangeNs)
  const spanNs = stepNs * (grid.count - 1) + rangeNs
  // Windows with gaps between them: one bucket a step, and rows in the gaps are left out.
  const widthNs = rangeNs <= stepNs ? stepNs : gcd(rangeNs, stepNs)
  const count = Math.ceil(spanNs / widthNs)
  if (count > BUCKETS_MAX) return undefined
  return {
    lowNs,
    highNs: lowNs + BigInt(spanNs),
    widthNs,
    count,
    perStep: rangeNs <= stepNs ? 1 : stepNs / widthNs,
    perWindow: rangeNs <= stepNs ? 1 : rangeNs / widthNs,
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

export type RangeColumns = {
  readonly columns: Readonly<Record<string, Fragment>>
  readonly conditions: ReadonlyArray<Fragment>
  readonly groupBy: ReadonlyArray<Fragment>
}

/**
 * What to ask for; undefined if a label's value can't be told in SQL. `groupLabels` are the labels to group by, which may be
 * assumptions; `doubt` is that of the stages.
 */
export function rangeColumns(
  logs: Source,
  { range, by, measure }: RangeShape,
  buckets: Buckets,
  { labels, groupLabels }: { readonly labels: LabelValues; readonly groupLabels: LabelValues },
  doubt: Fragment | undefined,
): RangeColumns | undefined {
  if (by.length > GROUPS_MAX) return undefined
  const groups = by.map((name) => groupLabels.get(name))
  if (!groups.every((group) => group !== undefined)) return undefined
  const unwrapped = range.range.unwrap === undefined ? undefined : labels.get(range.range.unwrap.label)
  if (range.range.unwrap !== undefined && unwrapped === undefined) return undefined
  const sinceLow = sql`(toUnixTimestamp64Nano(${logs.column('Timestamp')}) - ${bind('Int64', String(buckets.lowNs + 1n))})`
  const width = bind('Int64', String(buckets.widthNs))
  const bucket = sql`intDiv(${sinceLow}, ${width})`
  const inGap = range.range.rangeNs < buckets.widthNs
  const doubtful = either(doubt, unwrapped === undefined ? undefined : sql`NOT ${isPlainNumber(unwrapped)}`)
  return {
    columns: {
      bucket: sql`toUInt32(${bucket})`,
      ...Object.fromEntries(groups.map((group, i) => [`g${i}`, group])),
      samples: sql`toFloat64(count())`,
      result: resultOf(logs, measure, unwrapped),
      doubtful: ofAny(doubtful),
      misgrouped: ofAny(groupLabels.doubt),
    },
    conditions: [
      ...(inGap ? [sql`modulo(${sinceLow}, ${width}) < ${bind('Int64', String(range.range.rangeNs))}`] : []),
      // A line need not have the label that becomes the value.
      ...(unwrapped === undefined ? [] : [sql`${unwrapped} != ''`]),
    ],
    groupBy: [sql`bucket`, ...groups.map((_, i) => GROUP_NAMES[i]!)],
  }
}

const ofAny = (condition: Fragment | undefined): Fragment =>
  condition === undefined ? sql`0` : sql`max(${condition})`

/** Labels that one aggregation may group by in SQL. */
export const GROUPS_MAX = 8
const GROUP_NAMES = [sql`g0`, sql`g1`, sql`g2`, sql`g3`, sql`g4`, sql`g5`, sql`g6`, sql`g7`]

function resultOf(logs: Source, measure: Measure, unwrapped: Fragment | undefined): Fragment {
  if (unwrapped === undefined)
    return measure.kind === 'bytes'
      ? sql`toFloat64(sum(length(${logs.column('Body')})))`
      : sql`toFloat64(count())`
  const number = sql`toFloat64OrZero(${unwrapped})`
  const place = join(
    ['Timestamp', 'Seq', 'GatewayId'].map((name) => logs.column(name)),
    ', ',
  )
  switch (measure.kind) {
    case 'min':
      return sql`min(${number})`
    case 'max':
      return sql`max(${number})`
    case 'first':
      return sql`argMin(${number}, (${place}))`
    case 'last':
      return sql`argMax(${number}, (${place}))`
    case 'stddev':
      return sql`stddevPopStable(${number})`
    case 'stdvar':
      return sql`varPopStable(${number})`
    case 'quantile':
      return quantile(number, measure.phi)
    default:
      return sql`sum(${number})`
  }
}

/** As the evaluator interpolates between two ranks. */
function quantile(number: Fragment, phi: number): Fragment {
  const sorted = sql`arraySort(groupArray(${number}))`
  const rank = sql`(${bind('Float64', phi)} * (count() - 1))`
  const lower = sql`toUInt64(floor(${rank}))`
  const upper = sql`least(${lower} + 1, count() - 1)`
  const weight = sql`(${rank} - floor(${rank}))`
  return sql`${sorted}[${lower} + 1] * (1 - ${weight}) + ${sorted}[${upper} + 1] * ${weight}`
}

/** Of the measures whose windows can't be put together from parts, only windows that don't overlap are computed. */
export function needsWholeWindows({ kind }: Measure): boolean {
  return kind === 'first' || kind === 'last' || kind === 'stddev' || kind === 'stdvar' || kind === 'quantile'
}
