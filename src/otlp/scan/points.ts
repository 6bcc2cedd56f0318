import type { Batch } from '../batch.ts'
import { NO_RECORDED_VALUE, POINT, QUANTILE, ValueKind } from '../slots.ts'
import { doubleOf } from '../words.ts'
import type { RowCheck } from './message.ts'

/** What metrics.proto says of data points beyond the types of their fields. */

/** The scales that the SDK specification allows a histogram to use (metrics SDK, "Base2 Exponential Bucket Histogram"). */
const SCALE_MIN = -10
const SCALE_MAX = 20

export const checkNumber: RowCheck = (_batch, data, base) =>
  data[base + POINT.valueKind] === ValueKind.empty && (data[base + POINT.flags]! & NO_RECORDED_VALUE) === 0
    ? 'noValue'
    : undefined

export const checkHistogram: RowCheck = (batch, data, base) => {
  const counts = data[base + POINT.countsCount]!
  const bounds = data[base + POINT.boundsCount]!
  if (isNegative(data, base + POINT.countLow) || anyNegative(batch, 0, data, base + POINT.countsFirst))
    return 'negativeCount'
  // "The number of elements in bucket_counts array must be by one greater than … in explicit_bounds", or both are empty.
  if (counts === 0 ? bounds !== 0 : counts !== bounds + 1) return 'bucketsDisagree'
  return boundsIncrease(batch, data[base + POINT.boundsFirst]!, bounds) ? undefined : 'boundsNotIncreasing'
}

export const checkExponentialHistogram: RowCheck = (batch, data, base) => {
  const scale = data[base + POINT.scale]! | 0
  if (scale < SCALE_MIN || scale > SCALE_MAX) return 'scaleOutOfRange'
  return isNegative(data, base + POINT.countLow) ||
    isNegative(data, base + POINT.zeroCountLow) ||
    anyNegative(batch, 0, data, base + POINT.countsFirst) ||
    anyNegative(batch, 1, data, base + POINT.boundsFirst)
    ? 'negativeCount'
    : undefined
}

export const checkSummary: RowCheck = (batch, data, base) => {
  if (isNegative(data, base + POINT.countLow)) return 'negativeCount'
  const quantiles = batch.quantiles.data
  const first = data[base + POINT.quantilesFirst]!
  for (let i = first; i < first + data[base + POINT.quantilesCount]!; i++) {
    const at = i * QUANTILE.stride
    const quantile = doubleOf(quantiles[at + QUANTILE.quantileLow]!, quantiles[at + QUANTILE.quantileHigh]!)
    if (!(quantile >= 0 && quantile <= 1)) return 'quantileOutOfRange'
  }
  return undefined
}

/** Counts are unsigned on the wire: one that a sender took below zero has the sign's bit. */
function isNegative(data: Uint32Array, slot: number): boolean {
  return data[slot + 1]! >= 0x80000000
}

function anyNegative(batch: Batch, array: 0 | 1, data: Uint32Array, slot: number): boolean {
  const words = batch.arrays[array].data
  const end = 2 * (data[slot]! + data[slot + 1]!)
  for (let at = 2 * data[slot]!; at < end; at += 2) if (words[at + 1]! >= 0x80000000) return true
  return false
}

function boundsIncrease(batch: Batch, first: number, count: number): boolean {
  const words = batch.arrays[1].data
  let previous = Number.NEGATIVE_INFINITY
  for (let i = first; i < first + count; i++) {
    const bound = doubleOf(words[2 * i]!, words[2 * i + 1]!)
    // NaN is above nothing. The first bound may be -Infinity.
    if (!(bound > previous || (i === first && bound === previous))) return false
    previous = bound
  }
  return true
}
