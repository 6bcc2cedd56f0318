import type { Batch } from '../../otlp/batch.ts'
import { AttributeHash, type KeptAttributes } from '../../otlp/series/fingerprint.ts'
import { ATTRIBUTE, POINT } from '../../otlp/slots.ts'
import { matchesByteGlob } from '../byte-glob.ts'
import type { LabelLimit } from './config.ts'
import { GrowthMeter } from './growth-meter.ts'
import { type MetricRegistry, NO_METRIC } from './metric-registry.ts'
import type { SeriesTracker } from './series-tracker.ts'

/** No label is past its limit. */
export const NO_LABEL = -1

/**
 * The values of labels, counted exactly, of the metrics whose rule asks for it. They are looked at when a series is new, and once in each
 * window of an active one, so that a value is active as long as a series that has it.
 */
export class LabelValues {
  readonly #values: SeriesTracker
  readonly #metrics: MetricRegistry
  readonly #growth = new GrowthMeter()
  readonly #hash = new AttributeHash()
  /** Per metric number: tenant and metric as one text, and the version of the number that it is for. */
  readonly #owners: string[] = []
  readonly #versions: number[] = []
  #batch: Batch | undefined

  /** `values` are those of the gateway; `metrics` gives the numbers that metrics are asked for by. */
  constructor(values: SeriesTracker, metrics: MetricRegistry) {
    this.#values = values
    this.#metrics = metrics
  }

  begin(batch: Batch, nowMs: number): void {
    this.#batch = batch
    this.#hash.begin(batch)
    this.#growth.advance(nowMs)
  }

  /** Lets go of the batch. */
  end(): void {
    this.#batch = undefined
    this.#hash.end()
    this.#values.settle()
  }

  /** The attribute row of point `i` whose label is past its limit: its first slot, or {@link NO_LABEL}. */
  pastLimit(i: number, metric: number, limits: LabelLimits): number {
    const batch = this.#batch!
    const { data } = batch.records
    const first = data[i * POINT.stride + POINT.attributesFirst]! * ATTRIBUTE.stride
    const end = first + data[i * POINT.stride + POINT.attributesCount]! * ATTRIBUTE.stride
    for (let at = first; at < end; at += ATTRIBUTE.stride) {
      const limit = limits.find(batch, at)
      if (limit !== undefined && !this.#fits(at, metric, limit)) return at
    }
    return NO_LABEL
  }

  /** Counts the values of point `i`, of its labels or of those that a rule has left: its series is admitted, or active still. */
  count(i: number, metric: number, left?: KeptAttributes): void {
    const batch = this.#batch!
    const { data } = batch.records
    const first = data[i * POINT.stride + POINT.attributesFirst]! * ATTRIBUTE.stride
    const end = first + data[i * POINT.stride + POINT.attributesCount]! * ATTRIBUTE.stride
    for (let at = first; at < end; at += ATTRIBUTE.stride) {
      if (left?.ofPoint(batch, at) === false) continue
      const label = this.#numberOf(at, metric)
      this.#hash.read(at)
      const { high, low } = this.#hash
      if (label === NO_METRIC || this.#values.table.touch(low, high, label) !== 0) continue
      if (this.#values.admit(low, high, label, 0)) this.#growth.count(label)
    }
  }

  /**
   * The attribute row of point `i` whose label had most new values of late, of those that a rule has left: its first slot, or
   * {@link NO_LABEL} if none has more than one value.
   */
  fastest(i: number, metric: number, left?: KeptAttributes): number {
    const batch = this.#batch!
    const { data } = batch.records
    const first = data[i * POINT.stride + POINT.attributesFirst]! * ATTRIBUTE.stride
    const end = first + data[i * POINT.stride + POINT.attributesCount]! * ATTRIBUTE.stride
    const { table } = this.#values
    let fastest = NO_LABEL
    let mostBorn = 0
    let mostActive = 1
    for (let at = first; at < end; at += ATTRIBUTE.stride) {
      if (left?.ofPoint(batch, at) === false) continue
      const label = this.#numberOf(at, metric)
      const born = label === NO_METRIC ? 0 : table.bornOf(label)
      const active = label === NO_METRIC ? 0 : table.activeOf(label)
      if (active < 2 || born < mostBorn || (born === mostBorn && active <= mostActive)) continue
      mostBorn = born
      mostActive = active
      fastest = at
    }
    return fastest
  }

  #fits(at: number, metric: number, { growthPerMinute, limit }: LabelLimit): boolean {
    const { table } = this.#values
    const label = this.#numberOf(at, metric)
    if (label === NO_METRIC) return false
    this.#hash.read(at)
    if (table.touch(this.#hash.low, this.#hash.high, label) !== 0) return true
    if (table.active >= table.seriesMax) return false
    return table.activeOf(label) < limit && this.#growth.hasRoom(label, growthPerMinute)
  }

  #numberOf(at: number, metric: number): number {
    const { attributes, bytes } = this.#batch!
    const start = attributes.data[at + ATTRIBUTE.keyStart]!
    const end = attributes.data[at + ATTRIBUTE.keyEnd]!
    return this.#values.registry.number(this.#ownerOf(metric), bytes, start, end)
  }

  #ownerOf(metric: number): string {
    const version = this.#metrics.versionOf(metric)
    if (this.#versions[metric] !== version) {
      const { tenant, name } = this.#metrics.nameOf(metric)!
      this.#owners[metric] = `${tenant}\0${name}`
      this.#versions[metric] = version
    }
    return this.#owners[metric]!
  }
}

/** The limits of labels of one rule: of those whose patterns match a label the first counts. */
export class LabelLimits {
  readonly #limits: ReadonlyArray<LabelLimit>
  readonly #patterns: ReadonlyArray<Buffer>

  constructor(limits: ReadonlyArray<LabelLimit>) {
    this.#limits = limits
    this.#patterns = limits.map(({ label }) => Buffer.from(label))
  }

  get isEmpty(): boolean {
    return this.#limits.length === 0
  }

  /** That of the attribute row whose first slot is `at`. */
  find({ attributes: { data }, bytes }: Batch, at: number): LabelLimit | undefined {
    const start = data[at + ATTRIBUTE.keyStart]!
    const end = data[at + ATTRIBUTE.keyEnd]!
    for (let i = 0; i < this.#limits.length; i++)
      if (matchesByteGlob(this.#patterns[i]!, bytes, start, end)) return this.#limits[i]!
    return undefined
  }
}
