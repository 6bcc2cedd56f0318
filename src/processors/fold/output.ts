import type { Batch } from '../../otlp/batch.ts'
import { fingerprintPoint, type KeptAttributes } from '../../otlp/series/fingerprint.ts'
import { ATTRIBUTE, NO_RECORDED_VALUE, POINT, RESOURCE, ValueKind } from '../../otlp/slots.ts'
import { isAbove } from '../../otlp/words.ts'
import { Constants } from '../attribute-actions/constants.ts'
import type { Fold, Times } from './fold.ts'
import { type FoldRule, INSTANCE_KEY, OVERFLOW_KEY } from './rule.ts'

const NANOSECONDS_PER_MS = 1_000_000

/**
 * Writes folded points over the records that stand for them. Rows that the scanner wrote are left alone: others may point
 * at them.
 */
export class FoldOutput {
  readonly #constants = new Constants()
  readonly #instanceKey = this.#constants.add(INSTANCE_KEY)
  readonly #overflowKey = this.#constants.add(OVERFLOW_KEY)
  readonly #instance: number
  readonly #instanceLength: number

  constructor(instance: string) {
    const bytes = Buffer.from(instance)
    this.#instance = this.#constants.add(bytes)
    this.#instanceLength = bytes.length
  }

  begin(): void {
    this.#constants.begin()
  }

  write(batch: Batch, fold: Fold, rule: FoldRule, now: Times): void {
    const base = fold.record * POINT.stride
    this.#writeAttributes(batch, base, rule)
    writeResource(batch, base, rule)
    const { data } = batch.records
    data[base + POINT.flags] = data[base + POINT.flags]! & ~NO_RECORDED_VALUE
    writeTimes(data, base, fold, now)
    fold.totals.write(batch, base)
    fingerprintPoint(batch, fold.record)
  }

  #writeAttributes(batch: Batch, base: number, rule: FoldRule): void {
    const start = this.#constants.in(batch)
    const { attributes, records } = batch
    const first = records.data[base + POINT.attributesFirst]!
    const kept = attributes.count
    copyKept(batch, first, records.data[base + POINT.attributesCount]!, (at) => rule.ofPoint(batch, at))
    if (rule.isOverflow)
      this.#addAttribute(batch, start + this.#overflowKey, OVERFLOW_KEY, ValueKind.bool, 1, 0)
    const value = start + this.#instance
    const end = value + this.#instanceLength
    this.#addAttribute(batch, start + this.#instanceKey, INSTANCE_KEY, ValueKind.string, value, end)
    records.data[base + POINT.attributesFirst] = kept
    records.data[base + POINT.attributesCount] = attributes.count - kept
  }

  #addAttribute(
    { attributes }: Batch,
    keyStart: number,
    key: Buffer,
    kind: ValueKind,
    valueStart: number,
    valueEnd: number,
  ): void {
    const at = attributes.add()
    const { data } = attributes
    data[at + ATTRIBUTE.keyStart] = keyStart
    data[at + ATTRIBUTE.keyEnd] = keyStart + key.length
    data[at + ATTRIBUTE.kind] = kind
    data[at + ATTRIBUTE.valueStart] = valueStart
    data[at + ATTRIBUTE.valueEnd] = valueEnd
  }
}

/** Appends copies of the attributes that stay; returns how many. */
function copyKept(batch: Batch, first: number, count: number, keeps: (at: number) => boolean): number {
  const { attributes } = batch
  const before = attributes.count
  for (let row = first; row < first + count; row++) {
    if (!keeps(row * ATTRIBUTE.stride)) continue
    const to = attributes.addUnwritten(1)
    const from = row * ATTRIBUTE.stride
    attributes.data.copyWithin(to, from, from + ATTRIBUTE.stride)
  }
  return attributes.count - before
}

/** Gives the point a resource of its own if some of its resource's attributes go. */
function writeResource(batch: Batch, base: number, kept: KeptAttributes): void {
  const { attributes, resources } = batch
  const old = batch.records.data[base + POINT.resource]! * RESOURCE.stride
  const first = resources.data[old + RESOURCE.attributesFirst]!
  const count = resources.data[old + RESOURCE.attributesCount]!
  const start = attributes.count
  if (copyKept(batch, first, count, (at) => kept.ofResource(batch, at)) === count) {
    attributes.truncate(start)
    return
  }
  const added = resources.add()
  resources.data.copyWithin(added, old, old + RESOURCE.stride)
  resources.data[added + RESOURCE.attributesFirst] = start
  resources.data[added + RESOURCE.attributesCount] = attributes.count - start
  batch.records.data[base + POINT.resource] = added / RESOURCE.stride
}

/**
 * A folded series' points have times of their own, each later than the one before: its value is the sum of what came in so
 * far, so an older point written after a newer one would take it back. Never ahead of the clock.
 */
function writeTimes(data: Uint32Array, base: number, fold: Fold, now: Times): void {
  let low = fold.timeLow
  let high = fold.timeHigh
  if (isAbove(low, high, now.low, now.high)) {
    low = now.low
    high = now.high
  }
  const mustRise = !fold.isDelta || isJustBefore(low, high, fold)
  if (mustRise && !isAbove(low, high, fold.lastLow, fold.lastHigh)) {
    low = (fold.lastLow + 1) | 0
    high = (fold.lastHigh + (low === 0 ? 1 : 0)) | 0
  }
  if (isAbove(low, high, fold.lastLow, fold.lastHigh)) {
    fold.lastLow = low
    fold.lastHigh = high
  }
  data[base + POINT.timeLow] = low
  data[base + POINT.timeHigh] = high
  const isGauge = fold.isGauge
  data[base + POINT.startTimeLow] = isGauge ? 0 : fold.isDelta ? fold.firstLow : fold.startLow
  data[base + POINT.startTimeHigh] = isGauge ? 0 : fold.isDelta ? fold.firstHigh : fold.startHigh
}

/** Deltas may be late; but those of one export that came in several requests have one time, and each needs its own. */
function isJustBefore(low: number, high: number, { lastHigh, lastLow }: Fold): boolean {
  if (isAbove(low, high, lastLow, lastHigh)) return false
  const difference = (lastHigh - high) * 2 ** 32 + (lastLow >>> 0) - (low >>> 0)
  return difference < NANOSECONDS_PER_MS
}
