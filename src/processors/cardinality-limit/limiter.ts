import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { POINT } from '../../otlp/slots.ts'
import { DropRules } from '../drop-rules.ts'
import type { FoldEngine } from '../fold/engine.ts'
import { MetricPatterns, NO_MATCH } from '../metric-patterns.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { CardinalityLimitConfig, Limit } from './config.ts'
import { Entry } from './entry.ts'
import { Excess } from './excess.ts'
import { LabelValues, NO_LABEL } from './label-values.ts'
import { NO_METRIC } from './metric-registry.ts'
import { FRESH, JUDGE_SHIFT, JUDGES_MAX, OVER } from './series-table.ts'
import type { SeriesTracker } from './series-tracker.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['metrics'])
const UNLIMITED = NO_MATCH

/**
 * Drops or folds the points of series that would be one more than their metric may have. Active series pass, whatever the limit.
 *
 * Several limiters share one tracker. A series that an earlier one admitted in the same request is `FRESH`: a later one
 * may still refuse it, and takes it out again. A dry run admits what it would have refused, marked `OVER`, and counts
 * against the others only, so that it says what would have happened without it.
 */
export class CardinalityLimit implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #dryRun: boolean
  readonly #limits: ReadonlyArray<Limit>
  readonly #patterns: MetricPatterns
  readonly #tracker: SeriesTracker
  readonly #engine: FoldEngine
  readonly #entry: Entry
  readonly #excess: Excess
  readonly #nowMs: () => number
  /** What marks a series as judged by this limiter. */
  readonly #mine: number
  readonly #drops: DropRules
  /** Per metric number: the index of its limit, and the version of the number that it is for. */
  #ruleOf = new Int32Array(64)
  #versionOf = new Int32Array(64)

  constructor(name: string, config: CardinalityLimitConfig, deps: Deps) {
    const { folds: engine, labelValues, nowMs, outcomes, series } = deps
    const { dryRun, limits } = config
    const values = new LabelValues(labelValues, series.registry)
    this.name = name
    this.#dryRun = dryRun
    this.#limits = limits
    this.#patterns = new MetricPatterns(limits)
    this.#drops = new DropRules(name, limits, { dryRun, deps })
    this.#tracker = series
    this.#engine = engine
    this.#entry = new Entry(limits, values)
    this.#excess = new Excess(name, config, {
      ...{ drops: this.#drops, engine, outcomes },
      ...{ registry: series.registry, values },
    })
    this.#nowMs = nowMs
    this.#mine = series.newJudge() << JUDGE_SHIFT
  }

  process(batch: Batch, commit: number): void {
    this.#tracker.begin()
    this.#engine.begin(batch)
    this.#entry.begin(batch, this.#nowMs())
    this.#drops.begin(commit)
    this.#judge(batch)
    this.#entry.end()
    this.#engine.finish()
  }

  #judge(batch: Batch): void {
    const { verdicts } = batch
    const { count, data } = batch.records
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
      if (this.#passes(i, low, high, metric, rule)) continue
      this.#drops.note(batch, i, rule)
      if (!this.#dryRun) this.#excess.take(batch, i, metric, rule, this.#entry.label)
    }
  }

  committed(commit: number): void {
    this.#drops.committed(commit)
  }

  /** Counts only: series that the commit's requests brought stay active (docs/adr/0011-cardinality.md). */
  refused(commit: number): void {
    this.#drops.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    return this.#drops.counts()
  }

  #passes(i: number, low: number, high: number, metric: number, rule: number): boolean {
    this.#entry.label = NO_LABEL
    if (metric === NO_METRIC) return this.#tracker.admit(low, high, metric, 0) || rule === UNLIMITED
    const passes = this.#dryRun
      ? this.#wouldPass(i, low, high, metric, rule)
      : this.#isWithin(i, low, high, metric, rule)
    // Without a limit a series is refused only because it can't be counted.
    return passes || rule === UNLIMITED
  }

  #isWithin(i: number, low: number, high: number, metric: number, rule: number): boolean {
    const { table } = this.#tracker
    const entry = this.#entry
    const limit = this.#limitOf(rule)
    const mine = entry.isSelective(rule) ? this.#mine : 0
    const flags = table.touch(low, high, metric)
    if (flags === 0) {
      if (rule !== UNLIMITED && this.#excess.has(i, this.#limits[rule]!)) return false
      if (table.activeOf(metric) >= limit || !entry.admits(i, metric, rule)) return false
      if (!this.#tracker.admit(low, high, metric, mine)) return false
      entry.entered(i, metric, rule)
      return true
    }
    if (table.wasRenewed) entry.renewed(i, metric, rule)
    if ((flags & FRESH) === 0) return true
    const isJudged = (flags & (JUDGES_MAX << JUDGE_SHIFT)) === mine
    if (table.activeOf(metric) <= limit && (isJudged || entry.admits(i, metric, rule))) {
      if (isJudged) return true
      this.#tracker.flag(low, high, metric, FRESH | (flags & OVER) | mine)
      entry.entered(i, metric, rule)
      return true
    }
    table.retract(low, high, metric)
    return false
  }

  #wouldPass(i: number, low: number, high: number, metric: number, rule: number): boolean {
    const tracker = this.#tracker
    const { table } = tracker
    const entry = this.#entry
    const limit = this.#limitOf(rule)
    const mine = this.#mine
    const flags = table.touch(low, high, metric)
    if (flags === 0) {
      const hasRoom = table.withinOf(metric) < limit && entry.admits(i, metric, rule)
      const own = entry.isSelective(rule) ? mine : 0
      const isAdmitted = tracker.admit(low, high, metric, hasRoom ? own : OVER | mine)
      if (hasRoom && isAdmitted) entry.entered(i, metric, rule)
      return hasRoom && isAdmitted
    }
    const judge = flags & (JUDGES_MAX << JUDGE_SHIFT)
    const fresh = flags & FRESH
    if ((flags & OVER) !== 0) {
      // An earlier dry run would have dropped the point: it would not have come here.
      if (judge !== 0) return judge !== mine
      const hasRoom = table.withinOf(metric) < limit && entry.admits(i, metric, rule)
      tracker.flag(low, high, metric, fresh | mine | (hasRoom ? 0 : OVER))
      if (hasRoom) entry.entered(i, metric, rule)
      return hasRoom
    }
    if (table.wasRenewed) entry.renewed(i, metric, rule)
    // New to those that a dry run would have admitted, in this request, before it came here.
    const isNew = judge === 0 ? fresh !== 0 : judge !== mine
    if (!isNew) return true
    if (table.withinOf(metric) > limit || !entry.admits(i, metric, rule)) {
      tracker.flag(low, high, metric, fresh | mine | OVER)
      return false
    }
    if (!entry.isSelective(rule)) return true
    tracker.flag(low, high, metric, fresh | mine)
    entry.entered(i, metric, rule)
    return true
  }

  #limitOf(rule: number): number {
    return rule === UNLIMITED ? Number.POSITIVE_INFINITY : this.#limits[rule]!.limit
  }

  /** The index of the limit for the metric of point `i`, or {@link UNLIMITED}. */
  #ruleFor(batch: Batch, i: number, metric: number): number {
    if (metric === NO_METRIC) return this.#patterns.find(batch, i)
    if (metric >= this.#ruleOf.length) this.#grow(metric)
    const version = this.#tracker.registry.versionOf(metric)
    if (this.#versionOf[metric] !== version) {
      this.#versionOf[metric] = version
      this.#ruleOf[metric] = this.#patterns.find(batch, i)
    }
    return this.#ruleOf[metric]!
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
