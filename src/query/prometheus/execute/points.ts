import { bind, type Fragment, sql } from '../../sql/fragment.ts'
import { boundNumbers, boundTexts } from '../../sql/lists.ts'
import { type InnerSelection, isOneOf, isOneText } from '../../sql/select.ts'
import type { Source } from '../../sql/source.ts'
import type { Part } from '../naming/parts.ts'
import { MARK } from './doubles.ts'
import type { Lane, LaneSeries } from './lanes.ts'
import type { Interval, TenantRun } from './store.ts'
import { within } from './times.ts'

/** Of a point that says that nothing was recorded. */
export const stale = (points: Source): Fragment => sql`bitAnd(${points.column('Flags')}, 1) = 1`

/** Cumulative counts with their upper bounds; what lies above the last bound is all there is. */
function buckets(points: Source): Fragment {
  const bounds = points.column('ExplicitBounds')
  return sql`arrayPushBack(arrayMap((bound, below) -> (bound, toFloat64(below)), ${bounds}, arrayResize(arrayCumSum(${points.column('BucketCounts')}), length(${bounds}))), (inf, toFloat64(${points.column('Count')})))`
}

/** Pairs of what tells a point's series apart and its value. */
export function pairs(points: Source, part: Part): Fragment | undefined {
  if (part === 'bucket') return buckets(points)
  if (part === 'quantile')
    return sql`arrayZip(${points.column('ValueAtQuantiles.Quantile')}, ${points.column('ValueAtQuantiles.Value')})`
  return undefined
}

function pointValue(points: Source, part: Part): Fragment {
  switch (part) {
    case 'count':
      return sql`toFloat64(${points.column('Count')})`
    case 'sum':
      return points.column('Sum')
    default:
      return points.column('Value')
  }
}

/** How many samples a point makes. */
export function samplesOfPoint(points: Source, { part }: Lane): Fragment {
  if (part === 'bucket') return sql`length(${points.column('ExplicitBounds')}) + 1`
  return part === 'quantile' ? sql`length(${points.column('ValueAtQuantiles.Quantile')})` : sql`1`
}

/** A histogram's sum may be absent: then there is no such sample. */
function present(points: Source, { table, part }: Lane): Fragment[] {
  return part === 'sum' && table !== 'summarySamples'
    ? [sql`bitAnd(${points.column('Present')}, 1) = 1 OR ${stale(points)}`]
    : []
}

/** Where the lane's points lie: beginnings of the primary key. Other series of its metrics and resources may lie there too. */
export function placeConditions(points: Source, lane: Lane): Fragment[] {
  const numbers = lane.resources.map(BigInt)
  const [least, most] = [numbers.reduce(lesser, numbers[0]!), numbers.reduce(greater, numbers[0]!)]
  const resource = points.column('ResourceFingerprint')
  return [
    sql`${resource} >= ${bind('UInt64', String(least))} AND ${resource} <= ${bind('UInt64', String(most))}`,
    isOneText(points.column('MetricName'), lane.metricNames),
  ]
}

/** Points of the lane's series in an interval. */
export function pointConditions(points: Source, lane: Lane, interval: Interval): Fragment[] {
  return [
    ...placeConditions(points, lane),
    isOneOf(points.column('SeriesFingerprint'), lane.fingerprints),
    ...within(points.column('TimeUnix'), interval),
    ...present(points, lane),
  ]
}

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b)
const greater = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** A number for each of these 64-bit keys (as text). */
export function numbered(
  key: Fragment,
  keys: ReadonlyArray<string>,
  numbers: ReadonlyArray<number>,
): Fragment {
  const first = numbers[0] ?? 0
  if (numbers.every((number) => number === first)) return sql`${bind('UInt32', first)}`
  return sql`transform(toUInt64(${key}), ${boundNumbers(keys)}, arrayMap(number -> toUInt32(number), ${boundTexts(numbers.map(String))}), toUInt32(0))`
}

/** What tells a lane's series apart in a statement: their fingerprints, unless several of those are one series. */
export function seriesKey(points: Source, { fingerprints, targets, distinct }: Lane): Fragment {
  const fingerprint = points.column('SeriesFingerprint')
  if (distinct.length === fingerprints.length) return fingerprint
  return numbered(
    fingerprint,
    fingerprints,
    targets.map(({ index }) => index),
  )
}

/** The lane's series by what {@link seriesKey} says of each, as text. */
export function seriesByKey({ fingerprints, targets, distinct }: Lane): Map<string, LaneSeries> {
  if (distinct.length < fingerprints.length) return new Map(distinct.map((one) => [String(one.index), one]))
  return new Map(fingerprints.map((fingerprint, i) => [fingerprint, targets[i]!]))
}

/**
 * Samples of a lane's floats: `s` the series ({@link seriesKey}), `e` what tells its buckets or quantiles apart (0 of others),
 * `t` the time to the millisecond, `v` the value; that of a stale sample is the mark. `staleToo` false leaves those out.
 */
export function floatSamples(
  { store, tenantId }: TenantRun,
  lane: Lane,
  interval: Interval,
  staleToo: boolean,
): InnerSelection {
  const points = store.points[lane.table]
  const pair = pairs(points, lane.part)
  const value = pair === undefined ? pointValue(points, lane.part) : sql`tupleElement(pair, 2)`
  return {
    from: points,
    tenantId,
    columns: {
      ...(pair === undefined ? {} : { pair: sql`arrayJoin(${pair})` }),
      s: seriesKey(points, lane),
      e: pair === undefined ? sql`toFloat64(0)` : sql`tupleElement(pair, 1)`,
      t: sql`toDateTime64(${points.column('TimeUnix')}, 3, 'UTC')`,
      v: staleToo ? sql`if(${stale(points)}, ${MARK}, ${value})` : value,
    },
    where: [...pointConditions(points, lane, interval), ...(staleToo ? [] : [sql`NOT ${stale(points)}`])],
  }
}
