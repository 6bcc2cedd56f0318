import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { CommittedCounts } from '../committed-counts.ts'
import { Level } from '../ottl/kinds.ts'
import type { Deps, Issue, Processor, RuleCounts } from '../processor.ts'
import type { FilterConfig } from './config.ts'
import { FailureLog } from './failure-log.ts'
import { NONE, RuleList } from './rule-list.ts'
import { type CompiledRule, compileRules } from './rules.ts'
import { filterEvents } from './span-events.ts'

/** The rules of one signal: those about its records, and of traces those about their events. */
type SignalRules = { readonly records: RuleList; readonly events: RuleList }

/**
 * Drops the logs, spans, span events and data points that any of its conditions is true for. A condition that fails
 * never drops: under `ignore` and `silent` the next one is tried, under `propagate` the record is kept at once.
 */
export class Filter implements Processor {
  readonly name: string
  readonly signals: ReadonlySet<Signal>
  readonly #deps: Deps
  readonly #dryRun: boolean
  readonly #rules: ReadonlyArray<CompiledRule>
  readonly #bySignal: ReadonlyMap<Signal, SignalRules>
  readonly #outcome: number
  /** Matched, then failed, per rule. */
  readonly #counts: CommittedCounts
  readonly #failures: FailureLog
  #current: Float64Array

  constructor(name: string, { dryRun, rules }: FilterConfig, deps: Deps) {
    const compiled = compileRules(rules)
    if ('issues' in compiled) throw new Error(`BUG: ${name} was built from rules that do not compile`)
    this.name = name
    this.signals = new Set(rules.map(({ signal }) => signal))
    this.#deps = deps
    this.#dryRun = dryRun
    this.#rules = compiled.rules
    this.#bySignal = new Map([...this.signals].map((signal) => [signal, this.#rulesOf(signal)]))
    this.#outcome = deps.outcomes.register({ kind: 'dropped', reason: name, sentence: '' })
    this.#counts = new CommittedCounts(2 * rules.length)
    this.#current = this.#counts.totals
    this.#failures = new FailureLog(name, deps, compiled.rules.map(ruleName))
  }

  /** The rules stand by signal, those about events last (`FilterConfig.rules`): each list is a run of them. */
  #rulesOf(signal: Signal): SignalRules {
    const list = (ofEvents: boolean): RuleList => {
      const isOne = (rule: CompiledRule): boolean =>
        rule.signal === signal && (rule.context.unit === Level.event) === ofEvents
      const first = this.#rules.findIndex(isOne)
      return new RuleList(this.#rules.filter(isOne), first, (rule) => this.#failed(rule))
    }
    return { records: list(false), events: list(true) }
  }

  process(batch: Batch, commit: number): void {
    const rules = this.#bySignal.get(batch.signal)
    if (rules === undefined) return
    this.#current = this.#counts.of(commit)
    rules.records.begin(batch)
    rules.events.begin(batch)
    this.#mark(batch, rules, this.#current)
    rules.records.end()
    rules.events.end()
    this.#failures.flush()
  }

  #mark(batch: Batch, { events, records }: SignalRules, counts: Float64Array): void {
    const { verdicts } = batch
    const { count } = batch.records
    const dryRun = this.#dryRun
    const verdict = dryRun ? KEPT : this.#outcome
    const hasEventRules = events.length > 0
    for (let record = 0; record < count; record++) {
      if (verdicts[record] !== KEPT) continue
      const rule = records.firstMatch(record)
      if (rule >= 0) {
        counts[rule]!++
        verdicts[record] = verdict
      } else if (hasEventRules && rule === NONE) filterEvents(batch, record, events, counts, dryRun)
    }
  }

  #failed(index: number): void {
    const rule = this.#rules[index]!
    this.#current[this.#rules.length + index]!++
    this.#deps.evaluationFailed(this.name)
    if (rule.errorMode !== 'silent') this.#failures.note(index, rule.conditions.failure)
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
  }

  refused(commit: number): void {
    this.#counts.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    const { totals } = this.#counts
    return this.#rules.map((rule, i) => ({
      rule: ruleName(rule),
      condition: rule.text,
      dryRun: this.#dryRun,
      matched: totals[i]!,
      failed: totals[this.#rules.length + i]!,
    }))
  }
}

/** `logs.log_record[0]`. */
function ruleName({ path }: { readonly path: Issue['path'] }): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1)
}
