import type { Batch } from '../otlp/batch.ts'
import { METRIC, POINT } from '../otlp/slots.ts'
import { matchesByteGlob } from './byte-glob.ts'

/** No pattern matches. */
export const NO_MATCH = -1

/** Patterns of metrics and tenants, with `*` and `?`: the first that matches both decides. */
export class MetricPatterns {
  readonly #patterns: ReadonlyArray<{ readonly metric: Buffer; readonly tenant: Buffer }>
  /** The tenant that was asked for last: neighbours are of one. */
  #tenant = ''
  #tenantBytes = Buffer.alloc(0)

  constructor(patterns: ReadonlyArray<{ readonly metric: string; readonly tenant: string }>) {
    this.#patterns = patterns.map(({ metric, tenant }) => ({
      metric: Buffer.from(metric),
      tenant: Buffer.from(tenant),
    }))
  }

  /** The index of the first that matches the metric of point `i`, or {@link NO_MATCH}. */
  find(batch: Batch, i: number): number {
    const at = batch.records.data[i * POINT.stride + POINT.metric]! * METRIC.stride
    const { data } = batch.metrics
    const start = data[at + METRIC.nameStart]!
    const end = data[at + METRIC.nameEnd]!
    const tenant = this.#bytesOf(batch.tenantOf(i))
    for (let index = 0; index < this.#patterns.length; index++) {
      const pattern = this.#patterns[index]!
      if (
        matchesByteGlob(pattern.metric, batch.bytes, start, end) &&
        matchesByteGlob(pattern.tenant, tenant, 0, tenant.length)
      )
        return index
    }
    return NO_MATCH
  }

  #bytesOf(tenant: string): Buffer {
    if (tenant !== this.#tenant) {
      this.#tenant = tenant
      this.#tenantBytes = Buffer.from(tenant)
    }
    return this.#tenantBytes
  }
}
