import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { POINT } from '../../otlp/slots.ts'
import { DropRules } from '../drop-rules.ts'
import type { FoldEngine } from '../fold/engine.ts'
import { Folder } from '../fold/folder.ts'
import { FoldRule } from '../fold/rule.ts'
import { MetricPatterns, NO_MATCH } from '../metric-patterns.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { AggregateConfig } from './config.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['metrics'])

/** Folds the series of a metric that differ only in labels that are not wanted. */
export class Aggregate implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #dryRun: boolean
  readonly #patterns: MetricPatterns
  readonly #rules: ReadonlyArray<FoldRule>
  readonly #engine: FoldEngine
  readonly #folder: Folder
  readonly #drops: DropRules

  constructor(name: string, { dryRun, metrics }: AggregateConfig, deps: Deps) {
    this.name = name
    this.#dryRun = dryRun
    this.#patterns = new MetricPatterns(metrics)
    this.#rules = metrics.map(
      ({ labels, resourceAttributes, gauge }) =>
        new FoldRule({ owner: name, labels, resourceAttributes, gauge, isOverflow: false }),
    )
    this.#engine = deps.folds
    this.#folder = new Folder(deps.folds, deps.outcomes)
    this.#drops = new DropRules(name, metrics, { dryRun, deps })
  }

  process(batch: Batch, commit: number): void {
    const drops = this.#drops
    drops.begin(commit)
    const { verdicts } = batch
    const { count } = batch.records
    let row = -1
    let rule = NO_MATCH
    this.#engine.begin(batch)
    for (let i = 0, base = 0; i < count; i++, base += POINT.stride) {
      if (verdicts[i] !== KEPT) continue
      const { data } = batch.records
      if (data[base + POINT.metric] !== row) {
        row = data[base + POINT.metric]!
        rule = this.#patterns.find(batch, i)
      }
      if (rule === NO_MATCH) continue
      drops.note(batch, i, rule)
      if (!this.#dryRun) this.#folder.fold(batch, i, this.#rules[rule]!, drops.outcome(rule))
    }
    this.#engine.finish()
  }

  committed(commit: number): void {
    this.#drops.committed(commit)
  }

  /** Counts only: what folds know of their members stays right (`FoldEngine`). */
  refused(commit: number): void {
    this.#drops.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    return this.#drops.counts()
  }
}
