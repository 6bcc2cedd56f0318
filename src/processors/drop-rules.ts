import type { Batch } from '../otlp/batch.ts'
import type { RuleIdentity } from '../otlp/outcomes.ts'
import { CommittedCounts } from './committed-counts.ts'
import type { Deps, RuleCounts } from './processor.ts'
import { type RuleText, ruleIdentities } from './rule-ids.ts'

/** The first records that a rule drops are all samples; then twice as many go by each time, up to 4,096. */
const FIRST_SAMPLES = 4
const SAMPLES_COUNTED = FIRST_SAMPLES + 11

/**
 * What the rules of a dropping processor do to a batch: the verdict, or under `dryRun` a note of it, counts that only
 * durable commits join, and now and then a sample. Each rule has an outcome of its own, so that the ledger tells them
 * apart, under the processor's name as the reason.
 */
export class DropRules {
  readonly #rules: ReadonlyArray<RuleText>
  readonly #dryRun: boolean
  readonly #samples: Deps['samples']
  readonly #identities: ReadonlyArray<RuleIdentity>
  readonly #outcomes: Uint16Array
  /** Matched, then failed, per rule. */
  readonly #counts: CommittedCounts
  #current: Float64Array
  /** How many more records a rule drops until its next sample, and how many samples it has given. */
  readonly #untilSample: Uint16Array
  readonly #sampled: Uint8Array

  constructor(
    processor: string,
    rules: ReadonlyArray<RuleText>,
    { dryRun, deps }: { readonly dryRun: boolean; readonly deps: Pick<Deps, 'outcomes' | 'samples'> },
  ) {
    this.#rules = rules
    this.#dryRun = dryRun
    this.#samples = deps.samples
    this.#identities = ruleIdentities(rules)
    this.#outcomes = Uint16Array.from(this.#identities, (rule) =>
      deps.outcomes.register({ kind: 'dropped', reason: processor, sentence: '', rule }),
    )
    this.#counts = new CommittedCounts(2 * rules.length)
    this.#current = this.#counts.totals
    this.#untilSample = new Uint16Array(rules.length).fill(1)
    this.#sampled = new Uint8Array(rules.length)
  }

  /** To be called for each batch before the others. */
  begin(commit: number): void {
    this.#current = this.#counts.of(commit)
  }

  /** The rule removes the record, or would. */
  drop(batch: Batch, record: number, rule: number): void {
    this.note(batch, record, rule)
    if (!this.#dryRun) batch.verdicts[record] = this.#outcomes[rule]!
  }

  /**
   * The rule takes the record, or would, and its caller gives the verdict: one that folds keeps some of what it takes. To be
   * called while the record is as it came. A dry run says of each that it would go.
   */
  note(batch: Batch, record: number, rule: number): void {
    this.#current[rule]!++
    if (--this.#untilSample[rule]! === 0) this.#sample(batch, record, rule)
    if (this.#dryRun) batch.wouldDrop(record, this.#outcomes[rule]!)
  }

  /** The verdict on what the rule drops. */
  outcome(rule: number): number {
    return this.#outcomes[rule]!
  }

  /** Who the rule is in the ledger. */
  identity(rule: number): RuleIdentity {
    return this.#identities[rule]!
  }

  /** The rule removes what is no record, such as an event of a span. */
  match(rule: number): void {
    this.#current[rule]!++
  }

  /** The rule could not be evaluated for a record. */
  fail(rule: number): void {
    this.#current[this.#rules.length + rule]!++
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
  }

  refused(commit: number): void {
    this.#counts.refused(commit)
  }

  counts(): ReadonlyArray<RuleCounts> {
    const { totals } = this.#counts
    return this.#rules.map(({ rule, condition }, i) => ({
      rule,
      condition,
      dryRun: this.#dryRun,
      matched: totals[i]!,
      failed: totals[this.#rules.length + i]!,
    }))
  }

  #sample(batch: Batch, record: number, rule: number): void {
    const sampled = this.#sampled[rule]!
    if (sampled < SAMPLES_COUNTED) this.#sampled[rule] = sampled + 1
    this.#untilSample[rule] = sampled < FIRST_SAMPLES ? 1 : 2 ** (sampled - FIRST_SAMPLES + 1)
    this.#samples?.take(this.#outcomes[rule]!, batch, record)
  }
}
