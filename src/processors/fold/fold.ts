import { METRIC, MetricType } from '../../otlp/slots.ts'
import { isAbove } from '../../otlp/words.ts'
import type { BucketStore } from './bucket-store.ts'
import type { Members } from './members.ts'
import { CounterTotals } from './totals/counter.ts'
import { DeltaSumTotals } from './totals/delta-sum.ts'
import { ExponentialTotals } from './totals/exponential.ts'
import { type GaugeFunction, GaugeTotals } from './totals/gauge.ts'
import { HistogramTotals } from './totals/histogram.ts'
import type { Totals } from './totals/totals.ts'

/** `AggregationTemporality`. */
export const DELTA = 1
export const CUMULATIVE = 2

/** What a metric is, as far as folding is concerned. */
export type Shape = { readonly type: number; readonly temporality: number; readonly isMonotonic: boolean }

export function shapeAt(data: Uint32Array, at: number): Shape {
  return {
    type: data[at + METRIC.type]!,
    temporality: data[at + METRIC.temporality]!,
    isMonotonic: data[at + METRIC.isMonotonic]! !== 0,
  }
}

/** Whether a point says how it is to be added to others: a sum or histogram without a temporality does not. */
export function isFoldable(type: number, temporality: number): boolean {
  if (type === MetricType.gauge || type === MetricType.summary) return true
  return type !== MetricType.none && (temporality === DELTA || temporality === CUMULATIVE)
}

/** Whether points add up by themselves, without what their series had before. */
export function isDelta(type: number, temporality: number): boolean {
  return temporality === DELTA && type !== MetricType.gauge && type !== MetricType.summary
}

export type FoldKey = {
  readonly low: number
  readonly high: number
  readonly owner: string
  readonly ruleId: string
  readonly tenant: string
}

export const NO_RECORD = -1

/** One folded series. */
export class Fold {
  readonly number: number
  readonly key: FoldKey
  readonly shape: Shape
  readonly gauge: GaugeFunction
  readonly totals: Totals
  readonly isDelta: boolean
  /** Made when? A start time of the gateway's clock, in two words. */
  readonly startLow: number
  readonly startHigh: number
  /** A member's first point counts in full if its series started later. Rises when members are forgotten. */
  readonly since: { low: number; high: number }
  /** Of the last point that was written. */
  lastLow = 0
  lastHigh = 0
  members = 0
  /** The window in which it was last written. */
  window = 0
  /** The record of the batch that stands for the fold, and which times its points have. */
  record = NO_RECORD
  isTouched = false
  timeLow = 0
  timeHigh = 0
  firstLow = 0
  firstHigh = 0

  constructor(
    number: number,
    key: FoldKey,
    how: { shape: Shape; gauge: GaugeFunction },
    start: Times,
    parts: FoldParts,
  ) {
    this.number = number
    this.key = key
    this.shape = how.shape
    this.gauge = how.gauge
    this.isDelta = isDelta(how.shape.type, how.shape.temporality)
    this.totals = totalsOf(how.shape, how.gauge, parts)
    this.startLow = start.low
    this.startHigh = start.high
    this.since = { low: start.low, high: start.high }
    if (this.isDelta) return
    this.lastLow = start.low
    this.lastHigh = start.high
  }

  get isGauge(): boolean {
    return this.shape.type === MetricType.gauge
  }

  /** For a restart. */
  save(): SavedFold {
    const { key, shape, gauge, startHigh, startLow, since, lastHigh, lastLow, totals } = this
    const start: Times = { low: startLow, high: startHigh }
    return { key, shape, gauge, start, since, last: { low: lastLow, high: lastHigh }, totals: totals.save() }
  }

  static restored(number: number, saved: SavedFold, parts: FoldParts): Fold {
    const { key, gauge, last, shape, since, start, totals } = saved
    const fold = new Fold(number, key, { shape, gauge }, start, parts)
    fold.raiseSince(since.low, since.high)
    fold.lastLow = last.low
    fold.lastHigh = last.high
    fold.totals.restore(totals)
    return fold
  }

  /** A member is forgotten: should it come back, what it had counted is not counted again. */
  raiseSince(low: number, high: number): void {
    const { since } = this
    if (!isAbove(low, high, since.low, since.high)) return
    since.low = low
    since.high = high
  }

  /** A point of the batch: its time, and where its delta began. */
  note(timeLow: number, timeHigh: number, startLow: number, startHigh: number): void {
    if (isAbove(timeLow, timeHigh, this.timeLow, this.timeHigh)) {
      this.timeLow = timeLow
      this.timeHigh = timeHigh
    }
    if (startLow === 0 && startHigh === 0) return
    const isFirst = this.firstLow === 0 && this.firstHigh === 0
    if (isFirst || isAbove(this.firstLow, this.firstHigh, startLow, startHigh)) {
      this.firstLow = startLow
      this.firstHigh = startHigh
    }
  }
}

/** Plain data. */
export type SavedFold = {
  readonly key: FoldKey
  readonly shape: Shape
  readonly gauge: GaugeFunction
  readonly start: Times
  readonly since: Times
  readonly last: Times
  readonly totals: unknown
}

/** A time in nanoseconds, as two words. */
export type Times = { readonly low: number; readonly high: number }
export type FoldParts = { readonly members: Members; readonly buckets: BucketStore }

function totalsOf({ isMonotonic, temporality, type }: Shape, gauge: GaugeFunction, parts: FoldParts): Totals {
  const { buckets, members } = parts
  const delta = isDelta(type, temporality)
  switch (type) {
    case MetricType.gauge:
      return new GaugeTotals(members, gauge)
    case MetricType.sum:
      if (delta) return new DeltaSumTotals()
      return isMonotonic ? new CounterTotals(members) : new GaugeTotals(members, 'sum')
    case MetricType.exponentialHistogram:
      return new ExponentialTotals(members, buckets, delta)
    default:
      return new HistogramTotals(members, buckets, { isDelta: delta, isSummary: type === MetricType.summary })
  }
}
