import type { Batch } from '../../otlp/batch.ts'
import type { Outcomes } from '../../otlp/outcomes.ts'
import type { DropRules } from '../drop-rules.ts'
import { type FoldEngine, Folded } from '../fold/engine.ts'
import { Folder } from '../fold/folder.ts'
import { FoldRule } from '../fold/rule.ts'
import type { GaugeFunction } from '../fold/totals/gauge.ts'
import type { CardinalityLimitConfig, Limit } from './config.ts'
import { type LabelValues, NO_LABEL } from './label-values.ts'
import { type MetricRegistry, NO_METRIC } from './metric-registry.ts'
import { type Fate, StripRules } from './strip.ts'

/** Does with points past a limit what its policy says. */
export class Excess {
  readonly #owner: string
  readonly #engine: FoldEngine
  readonly #folder: Folder
  readonly #registry: MetricRegistry
  readonly #values: LabelValues
  readonly #limits: ReadonlyArray<Limit>
  readonly #drops: DropRules
  readonly #overflows = new Map<GaugeFunction, FoldRule>()
  /** By limit. */
  readonly #overflowFates: (Fate | undefined)[] = []
  readonly #overflowResource: ReadonlyArray<string>
  readonly #strips: StripRules

  constructor(
    owner: string,
    { limits, overflowResource }: CardinalityLimitConfig,
    parts: {
      readonly drops: DropRules
      readonly engine: FoldEngine
      readonly outcomes: Outcomes
      readonly registry: MetricRegistry
      readonly values: LabelValues
    },
  ) {
    const { drops, engine, outcomes, registry, values } = parts
    this.#owner = owner
    this.#engine = engine
    this.#folder = new Folder(engine, outcomes)
    this.#registry = registry
    this.#values = values
    this.#limits = limits
    this.#drops = drops
    this.#overflowResource = overflowResource
    this.#strips = new StripRules(owner, {
      drops,
      limits,
      outcomes,
      overflow: (rule) => this.#overflowOf(rule),
    })
  }

  /** Whether the series of record `i` is folded already: then it stays so, since it can't be stored twice. */
  has(i: number, { policy }: Limit): boolean {
    return policy !== 'drop' && this.#engine.isMember(i, this.#owner)
  }

  /** `limit` is the index of the limit; `label` the attribute row whose label is past a limit of its own, or `NO_LABEL`. */
  take(batch: Batch, i: number, metric: number, limit: number, label: number): void {
    const { limit: seriesMax, policy } = this.#limits[limit]!
    if (policy === 'drop') {
      batch.verdicts[i] = this.#drops.outcome(limit)
      return
    }
    const { rule, outcome } = this.#fateOf(batch, i, metric, limit, label)
    if (this.#folder.fold(batch, i, rule, outcome) !== Folded.stands || rule.isOverflow) return
    // What is left may be as many again: then one more label has to go.
    this.#values.count(i, metric, rule)
    if (this.#engine.folds.countOf(rule.id) > seriesMax)
      this.#strips.strip(batch, this.#values.fastest(i, metric, rule), metric, this.#registry, limit)
  }

  #fateOf(batch: Batch, i: number, metric: number, limit: number, label: number): Fate {
    if (this.#limits[limit]!.policy === 'overflow' || metric === NO_METRIC) return this.#overflowOf(limit)
    const known = this.#strips.of(metric, this.#registry.versionOf(metric))
    if (
      known !== undefined &&
      (label === NO_LABEL || known.rule.isOverflow || !known.rule.ofPoint(batch, label))
    )
      return known
    const at = label === NO_LABEL ? this.#values.fastest(i, metric) : label
    return this.#strips.strip(batch, at, metric, this.#registry, limit)
  }

  #overflowOf(limit: number): Fate {
    let fate = this.#overflowFates[limit]
    if (fate === undefined) {
      fate = { rule: this.#overflowRule(this.#limits[limit]!), outcome: this.#drops.outcome(limit) }
      this.#overflowFates[limit] = fate
    }
    return fate
  }

  /** Limits of one gauge function share their overflow series. */
  #overflowRule({ gauge }: Limit): FoldRule {
    let rule = this.#overflows.get(gauge)
    if (rule === undefined) {
      rule = new FoldRule({
        owner: this.#owner,
        labels: { keep: [] },
        resourceAttributes: { keep: this.#overflowResource },
        gauge,
        isOverflow: true,
      })
      this.#overflows.set(gauge, rule)
    }
    return rule
  }
}
