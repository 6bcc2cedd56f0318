import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { METRIC, POINT } from '../../otlp/slots.ts'
import { matchesByteGlob } from '../byte-glob.ts'
import { CommittedCounts } from '../committed-counts.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { CardinalityLimitConfig, Limit } from './config.ts'
import { NO_METRIC } from './metric-registry.ts'
import { FRESH, JUDGE_SHIFT, JUDGES_MAX, OVER } from './series-table.ts'
import type { SeriesTracker } from './series-tracker.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['metrics'])
const UNLIMITED = -1

/**
 * Drops the points of series that would be one more than their metric may have. Active series pass, whatever the limit.
 *
 * Several limiters share one tracker. A series that an earlier one admitted in the same request is `FRESH`: a later one
 * may still refuse it, and takes it out again. A dry run admits what it would have dropped, marked `OVER`, and counts
 * against the others only, so that it says what would have happened without it.
 */
export class CardinalityLimit implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #dryRun: boolean
  readonly #limits: ReadonlyArray<Limit>
  readonly #patterns: ReadonlyArray<{ readonly metric: Buffer; readonly tenant: Buffer }>
  readonly #tracker: SeriesTracker
  readonly #judge: number
  readonly #outcome: number
  readonly #counts: CommittedCounts
  /** Per metric number: the index of its limit, and the version of the number that it is for. */
  #ruleOf = new Int32Array(64)
  #versionOf = new Int32Array(64)

  constructor(name: string, { dryRun, limits }: CardinalityLimitConfig, { series, outcomes }: Deps) {
    this.name = name
    this.#dryRun = dryRun
    this.#limits = limits
    this.#patterns = limits.map(({ metric, tenant }) => ({
      metric: Buffer.from(metric),
      tenant: Buffer.from(tenant),
    }))
    this.#tracker = series
    this.#judge = series.newJudge()
    this.#outcome = outcomes.register({ kind: 'dropped', reason: name, sentence: '' })
    this.#counts = new CommittedCounts(limits.length)
  }

  process(batch: Batch, commit: number): void {
    this.#tracker.begin()
    const counts = this.#counts.of(commit)
    const { verdicts } = batch
    const { data, count } = batch.records
    const verdict = this.#dryRun ? KEPT : this.#outcome
    let row = -1
    let metric = NO_METRIC
    let rule = UNLIMITED
    for (let i = 0, base = 0; i < count; i++, base += POINT.stride) {
      if (verdicts[i] !== KEPT) continue
      if (data[base + POINT.metric] !== row) {
        row = data[base + POINT.metric]!
        metric = this.#tracker.metricOf(batch, i)
        rule = this.#ruleFor(batch, i, metric)
      }
      const low = data[base + POINT.seriesLow]! | 0
      const high = data[base + POINT.seriesHigh]! | 0
      if (this.#passes(low, high, metric, rule)) continue
      counts[rule]!++
      verdicts[i] = verdict
    }
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
  }

  /** Counts only: series that the commit's requests brought stay active (docs/adr/0011-cardinality.md). */
  refused(commit: number): void {
    this.#counts.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    return this.#limits.map(({ rule, metric, tenant, limit }, i) => ({
      rule,
      condition: `more than ${limit} active series; metric ${metric}, tenant ${tenant}`,
      dryRun: this.#dryRun,
      matched: this.#counts.totals[i]!,
      failed: 0,
    }))
  }

  #passes(low: number, high: number, metric: number, rule: number): boolean {
    if (metric === NO_METRIC) return this.#tracker.admit(low, high, metric, 0) || rule === UNLIMITED
    const limit = rule === UNLIMITED ? Number.POSITIVE_INFINITY : this.#limits[rule]!.limit
    const passes = this.#dryRun
      ? this.#wouldPass(low, high, metric, limit)
      : this.#isWithin(low, high, metric, limit)
    // Without a limit a series is refused only because it can't be counted.
    return passes || rule === UNLIMITED
  }

  #isWithin(low: number, high: number, metric: number, limit: number): boolean {
    const { table } = this.#tracker
    const flags = table.touch(low, high, metric)
    if (flags === 0) return table.activeOf(metric) < limit && this.#tracker.admit(low, high, metric, 0)
    if ((flags & FRESH) === 0 || table.activeOf(metric) <= limit) return true
    table.retract(low, high, metric)
    return false
  }

  #wouldPass(low: number, high: number, metric: number, limit: number): boolean {
    const tracker = this.#tracker
    const { table } = tracker
    const flags = table.touch(low, high, metric)
    const mine = this.#judge << JUDGE_SHIFT
    if (flags === 0) {
      const hasRoom = table.withinOf(metric) < limit
      const isAdmitted = tracker.admit(low, high, metric, hasRoom ? 0 : OVER | mine)
      return hasRoom && isAdmitted
    }
    const judge = (flags >>> JUDGE_SHIFT) & JUDGES_MAX
    const fresh = flags & FRESH
    if ((flags & OVER) !== 0) {
      // An earlier dry run would have dropped the point: it would not have come here.
      if (judge !== 0) return judge !== this.#judge
      const hasRoom = table.withinOf(metric) < limit
      tracker.flag(low, high, metric, fresh | mine | (hasRoom ? 0 : OVER))
      return hasRoom
    }
    // New to those that a dry run would have admitted, in this request, before it came here.
    const isNew = judge === 0 ? fresh !== 0 : judge !== this.#judge
    if (!isNew || table.withinOf(metric) <= limit) return true
    tracker.flag(low, high, metric, fresh | mine | OVER)
    return false
  }

  /** The index of the limit for the metric of point `i`, or {@link UNLIMITED}. */
  #ruleFor(batch: Batch, i: number, metric: number): number {
    if (metric === NO_METRIC) return this.#firstMatch(batch, i)
    if (metric >= this.#ruleOf.length) this.#grow(metric)
    const version = this.#tracker.registry.versionOf(metric)
    if (this.#versionOf[metric] !== version) {
      this.#versionOf[metric] = version
      this.#ruleOf[metric] = this.#firstMatch(batch, i)
    }
    return this.#ruleOf[metric]!
  }

  #firstMatch(batch: Batch, i: number): number {
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

  #grow(metric: number): void {
    const length = Math.max(2 * this.#ruleOf.length, metric + 1)
    const [rules, versions] = [new Int32Array(length), new Int32Array(length)]
    rules.set(this.#ruleOf)
    versions.set(this.#versionOf)
    this.#ruleOf = rules
    this.#versionOf = versions
  }
}
