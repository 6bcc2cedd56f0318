import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { METRIC, MetricType, NO_RECORDED_VALUE, POINT } from '../../otlp/slots.ts'
import { DropRules } from '../drop-rules.ts'
import { TenantNumbers } from '../keyed/tenant-numbers.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { IntervalConfig } from './config.ts'
import { LastPoints } from './last-points.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['metrics'])
const CUMULATIVE = 2
const NS_PER_MS = 1e6
const RULES = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const
/** Points that are not thinned. */
const NO_RULE = -1

/**
 * Of each series the first point of an interval passes, the others are dropped: the later point of a cumulative series says all that those before
 * it said. Delta points pass untouched, since each says something that no other does.
 */
export class Interval implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #config: IntervalConfig
  readonly #deps: Deps
  readonly #drops: DropRules
  readonly #last: LastPoints
  readonly #tenants = new TenantNumbers()
  #sweptMs: number

  constructor(name: string, config: IntervalConfig, deps: Deps) {
    this.name = name
    this.#config = config
    this.#deps = deps
    const condition = `not the first point in ${config.intervalMs / 1000} s`
    const rules = RULES.map((rule) => ({ rule, condition }))
    this.#drops = new DropRules(name, rules, { dryRun: config.dryRun, deps })
    this.#last = new LastPoints(config.seriesMax)
    this.#sweptMs = deps.nowMs()
  }

  process(batch: Batch, commit: number): void {
    const drops = this.#drops
    drops.begin(commit)
    const { verdicts } = batch
    const { count, data } = batch.records
    const nowNs = this.#deps.nowMs() * NS_PER_MS
    const intervalNs = this.#config.intervalMs * NS_PER_MS
    this.#last.begin(commit)
    let metric = -1
    let rule = NO_RULE
    let resource = -1
    let owner = 0
    for (let record = 0, base = 0; record < count; record++, base += POINT.stride) {
      if (verdicts[record] !== KEPT) continue
      if (data[base + POINT.metric] !== metric) {
        metric = data[base + POINT.metric]!
        rule = this.#ruleOf(batch.metrics.data, metric * METRIC.stride)
      }
      // A point without a value ends a series.
      if (rule === NO_RULE || (data[base + POINT.flags]! & NO_RECORDED_VALUE) !== 0) continue
      if (data[base + POINT.resource] !== resource) {
        resource = data[base + POINT.resource]!
        owner = this.#tenants.of(batch.tenantOf(record))
      }
      // As the clock rules: without a time it is now.
      const timeNs = data[base + POINT.timeHigh]! * 2 ** 32 + data[base + POINT.timeLow]! || nowNs
      const interval = Math.floor(timeNs / intervalNs)
      if (!this.#isFirst(data, base, owner, interval)) drops.drop(batch, record, rule)
    }
  }

  #isFirst(data: Uint32Array, base: number, owner: number, interval: number): boolean {
    return this.#last.isFirst(
      data[base + POINT.seriesLow]! | 0,
      data[base + POINT.seriesHigh]! | 0,
      owner,
      interval,
      data[base + POINT.startTimeLow]! | 0,
      data[base + POINT.startTimeHigh]! | 0,
    )
  }

  /** Which rule thins the points of the metric whose row begins at `at`: index into RULES. */
  #ruleOf(metrics: Uint32Array, at: number): number {
    const isCumulative = metrics[at + METRIC.temporality] === CUMULATIVE
    switch (metrics[at + METRIC.type]) {
      case MetricType.gauge:
        return this.#config.passGauges ? NO_RULE : 0
      case MetricType.sum:
        return isCumulative ? 1 : NO_RULE
      case MetricType.histogram:
        return isCumulative ? 2 : NO_RULE
      case MetricType.exponentialHistogram:
        return isCumulative ? 3 : NO_RULE
      case MetricType.summary:
        return this.#config.passSummaries ? NO_RULE : 4
      default:
        return NO_RULE
    }
  }

  /** Series that were not seen for two intervals are forgotten. */
  tick(): void {
    const elapsedMs = this.#deps.nowMs() - this.#sweptMs
    if (elapsedMs < 0 || elapsedMs >= 2 * this.#config.intervalMs) {
      this.#sweptMs = this.#deps.nowMs()
      this.#last.beginSweep()
    }
    this.#last.sweep()
  }

  committed(commit: number): void {
    this.#drops.committed(commit)
    this.#last.committed(commit)
  }

  refused(commit: number): void {
    this.#drops.refused(commit)
    this.#last.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    return this.#drops.counts()
  }
}
