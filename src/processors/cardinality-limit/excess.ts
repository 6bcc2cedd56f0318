import type { Batch } from '../../otlp/batch.ts'
import type { Outcomes } from '../../otlp/outcomes.ts'
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
  readonly #dropped: number
  readonly #overflows = new Map<GaugeFunction, Fate>()
  readonly #overflowResource: ReadonlyArray<string>
  readonly #strips: StripRules

  constructor(
    owner: string,
    { overflowResource }: CardinalityLimitConfig,
    parts: { engine: FoldEngine; outcomes: Outcomes; registry: MetricRegistry; values: LabelValues },
  ) {
    const { engine, outcomes, registry, values } = parts
    this.#owner = owner
    this.#engine = engine
    this.#folder = new Folder(engine, outcomes)
    this.#registry = registry
    this.#values = values
    this.#dropped = outcomes.register({ kind: 'dropped', reason: owner, sentence: '' })
    this.#overflowResource = overflowResource
    this.#strips = new StripRules(owner, outcomes, (limit) => this.#overflowOf(limit))
  }

  /** Whether the series of record `i` is folded already: then it stays so, since it can't be stored twice. */
  has(i: number, { policy }: Limit): boolean {
    return policy !== 'drop' && this.#engine.isMember(i, this.#owner)
  }

  /** `label` is the attribute row whose label is past a limit of its own, or `NO_LABEL`. */
  take(batch: Batch, i: number, metric: number, limit: Limit, label: number): void {
    if (limit.policy === 'drop') {
      batch.verdicts[i] = this.#dropped
      return
    }
    const { rule, outcome } = this.#fateOf(batch, i, metric, limit, label)
    if (this.#folder.fold(batch, i, rule, outcome) !== Folded.stands || rule.isOverflow) return
    // What is left may be as many again: then one more label has to go.
    this.#values.count(i, metric, rule)
    if (this.#engine.folds.countOf(rule.id) > limit.limit)
      this.#strips.strip(batch, this.#values.fastest(i, metric, rule), metric, this.#registry, limit)
  }

  #fateOf(batch: Batch, i: number, metric: number, limit: Limit, label: number): Fate {
    if (limit.policy === 'overflow' || metric === NO_METRIC) return this.#overflowOf(limit)
    const known = this.#strips.of(metric, this.#registry.versionOf(metric))
    if (
      known !== undefined &&
      (label === NO_LABEL || known.rule.isOverflow || !known.rule.ofPoint(batch, label))
    )
      return known
    const at = label === NO_LABEL ? this.#values.fastest(i, metric) : label
    return this.#strips.strip(batch, at, metric, this.#registry, limit)
  }

  #overflowOf({ gauge }: Limit): Fate {
    let fate = this.#overflows.get(gauge)
    if (fate === undefined) {
      const rule = new FoldRule({
        owner: this.#owner,
        labels: { keep: [] },
        resourceAttributes: { keep: this.#overflowResource },
        gauge,
        isOverflow: true,
      })
      fate = { rule, outcome: this.#dropped }
      this.#overflows.set(gauge, fate)
    }
    return fate
  }
}
