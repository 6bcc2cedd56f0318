import type { Batch } from '../../otlp/batch.ts'
import type { Outcomes } from '../../otlp/outcomes.ts'
import { ATTRIBUTE } from '../../otlp/slots.ts'
import type { DropRules } from '../drop-rules.ts'
import { FoldRule } from '../fold/rule.ts'
import type { Limit } from './config.ts'
import { NO_LABEL } from './label-values.ts'
import type { MetricRegistry } from './metric-registry.ts'

/** Of one metric: past it, what is over goes to the overflow series. */
const LABELS_MAX = 8
/** Of a limiter: names of labels are the senders', and each outcome's reason is a label of a metric. */
const REASONS_MAX = 200
const LABEL_LENGTH_MAX = 100

/** What is done with a point past its limit: folded by a rule, and named in the ledger. */
export type Fate = { readonly rule: FoldRule; readonly outcome: number }

/** `limit` is always the index of a limit in `limits`, and of its rule in `drops`. */
export type StripParts = {
  readonly drops: DropRules
  readonly limits: ReadonlyArray<Limit>
  readonly outcomes: Outcomes
  readonly overflow: (limit: number) => Fate
}

type Stripped = {
  readonly version: number
  readonly labels: ReadonlyArray<string>
  readonly fate: Fate
}

/** Which labels are taken off which metric, and the rules that fold over them. A label that was taken off stays off. */
export class StripRules {
  readonly #owner: string
  readonly #parts: StripParts
  /** By metric number. */
  readonly #stripped: (Stripped | undefined)[] = []
  readonly #reasons = new Set<string>()

  constructor(owner: string, parts: StripParts) {
    this.#owner = owner
    this.#parts = parts
  }

  /** What stands for a metric; undefined if nothing was taken off it yet. */
  of(metric: number, version: number): Fate | undefined {
    const stripped = this.#stripped[metric]
    return stripped?.version === version ? stripped.fate : undefined
  }

  /** Takes one more label off a metric: that of the attribute row at `at`; without one, all that is over becomes one series. */
  strip(batch: Batch, at: number, metric: number, registry: MetricRegistry, limit: number): Fate {
    const version = registry.versionOf(metric)
    const known = this.#stripped[metric]
    const before = known?.version === version ? known.labels : []
    const label = at === NO_LABEL ? undefined : keyOf(batch, at)
    if (label !== undefined && before.includes(label)) return known!.fate
    const isOver = label === undefined || before.length >= LABELS_MAX
    const labels = isOver ? before : [...before, label]
    const fate = isOver ? this.#parts.overflow(limit) : this.#fateOf(labels, label, metric, registry, limit)
    this.#stripped[metric] = { version, labels, fate }
    return fate
  }

  #fateOf(
    labels: ReadonlyArray<string>,
    label: string,
    metric: number,
    registry: MetricRegistry,
    limit: number,
  ): Fate {
    const { drops, limits, outcomes } = this.#parts
    const { tenant, name } = registry.nameOf(metric)!
    const rule = new FoldRule({
      owner: this.#owner,
      of: `${tenant}\0${name}`,
      labels: { remove: labels },
      resourceAttributes: { remove: [] },
      gauge: limits[limit]!.gauge,
      isOverflow: false,
    })
    const named = { reason: this.#reason(label), rule: drops.identity(limit) }
    return { rule, outcome: outcomes.register({ kind: 'dropped', ...named, sentence: '' }) }
  }

  #reason(label: string): string {
    const reason = `${this.#owner} strip ${label.slice(0, LABEL_LENGTH_MAX).replaceAll(/[\s\p{Cc}]/gu, '_')}`
    if (this.#reasons.size >= REASONS_MAX && !this.#reasons.has(reason)) return `${this.#owner} strip`
    this.#reasons.add(reason)
    return reason
  }
}

function keyOf({ attributes: { data }, bytes }: Batch, at: number): string {
  return bytes.toString('utf8', data[at + ATTRIBUTE.keyStart]!, data[at + ATTRIBUTE.keyEnd]!)
}
