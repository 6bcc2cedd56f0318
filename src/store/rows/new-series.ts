import { POINT } from '../../otlp/slots.ts'
import type { SeriesRows, SignalRows } from '../tables/rows.ts'
import type { Partition } from './partitions.ts'
import type { Beside } from './signal-kind.ts'
import { TenantWords } from './tenant-words.ts'

/** Odd numbers that spread the few values of a day and a retention over a word. */
const DAY_LOW = 0x9e3779b1
const DAY_HIGH = 0x85ebca77
const RETENTION = 0xc2b2ae3d

/**
 * Finds the series among data points whose row of this day is not known to be durable. The key of a row is fingerprint,
 * tenant, day and retention: each changes the two words by a step that can be undone, so no two keys of one tenant meet.
 */
export class NewSeries {
  readonly #tenants = new TenantWords()
  #index = new Uint32Array(256)

  /** Valid until the next call. The commit learns the keys, and the store remembers them when it is durable. */
  among(rows: SignalRows, { day, retentionDays }: Partition, { commit, series }: Beside): SeriesRows {
    const { batch, index, count, resources } = rows
    const { data } = batch.records
    if (this.#index.length < count) this.#index = new Uint32Array(2 * count)
    const dayLow = Math.imul(day, DAY_LOW) ^ Math.imul(retentionDays, RETENTION)
    const dayHigh = Math.imul(day, DAY_HIGH)
    let found = 0
    let resource = -1
    let tenantLow = 0
    let tenantHigh = 0
    for (let i = 0; i < count; i++) {
      const base = index[i]! * POINT.stride
      if (data[base + POINT.resource] !== resource) {
        resource = data[base + POINT.resource]!
        ;[tenantLow, tenantHigh] = this.#tenants.of(resources[resource]!.tenantId)
      }
      const low = (data[base + POINT.seriesLow]! ^ tenantLow ^ dayLow) >>> 0
      const high = (data[base + POINT.seriesHigh]! ^ tenantHigh ^ dayHigh) >>> 0
      if (series.has(low, high)) continue
      commit.series.add(low, high)
      this.#index[found++] = index[i]!
    }
    return { ...rows, index: this.#index, count: found, day }
  }
}
