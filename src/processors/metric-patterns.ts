import type { Batch } from '../otlp/batch.ts'
import { METRIC, POINT } from '../otlp/slots.ts'
import { matchesByteGlob } from './byte-glob.ts'

/** No pattern matches. */
export const NO_MATCH = -1

/** Patterns of metrics and tenants, with `*` and `?`: the first that matches both decides. */
export class MetricPatterns {
  readonly #patterns: ReadonlyArray<{ readonly metric: Buffer; readonly tenant: Buffer }>

  constructor(patterns: ReadonlyArray<{ readonly metric: string; readonly tenant: string }>) {
    this.#patterns = patterns.map(({ metric, tenant }) => ({
      metric: Buffer.from(metric),
      tenant: Buffer.from(tenant),
    }))
  }

  /** The index of the first that matches the metric of point `i`, or {@link NO_MATCH}. To be asked once per metric: it makes bytes. */
  find(batch: Batch, i: number): number {
    const at = batch.records.data[i * POINT.stride + POINT.metric]! * METRIC.stride
    const { data } = batch.metrics
    const start = data[at + METRIC.nameStart]!
    const end = data[at + METRIC.nameEnd]!
    const tenant = Buffer.from(batch.tenantOf(i))
    return this.#patterns.findIndex(
      (of) =>
        matchesByteGlob(of.metric, batch.bytes, start, end) &&
        matchesByteGlob(of.tenant, tenant, 0, tenant.length),
    )
  }
}
