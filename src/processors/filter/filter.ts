import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { DropRules } from '../drop-rules.ts'
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
  readonly #drops: DropRules
  readonly #failures: FailureLog

  constructor(name: string, { dryRun, rules }: FilterConfig, deps: Deps) {
    const compiled = compileRules(rules)
    if ('issues' in compiled) throw new Error(`BUG: ${name} was built from rules that do not compile`)
    this.name = name
    this.signals = new Set(rules.map(({ signal }) => signal))
    this.#deps = deps
    this.#dryRun = dryRun
    this.#rules = compiled.rules
    this.#bySignal = new Map([...this.signals].map((signal) => [signal, this.#rulesOf(signal)]))
    const texts = compiled.rules.map((rule) => ({ rule: ruleName(rule), condition: rule.text }))
    this.#drops = new DropRules(name, texts, { dryRun, deps })
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
    this.#drops.begin(commit)
    rules.records.begin(batch)
    rules.events.begin(batch)
    this.#mark(batch, rules)
    rules.records.end()
    rules.events.end()
    this.#failures.flush()
  }

  #mark(batch: Batch, { events, records }: SignalRules): void {
    const { verdicts } = batch
    const { count } = batch.records
    const drops = this.#drops
    const hasEventRules = events.length > 0
    for (let record = 0; record < count; record++) {
      if (verdicts[record] !== KEPT) continue
      const rule = records.firstMatch(record)
      if (rule >= 0) drops.drop(batch, record, rule)
      else if (hasEventRules && rule === NONE) filterEvents(batch, record, events, drops, this.#dryRun)
    }
  }

  #failed(index: number): void {
    const rule = this.#rules[index]!
    this.#drops.fail(index)
    this.#deps.evaluationFailed(this.name)
    if (rule.errorMode !== 'silent') this.#failures.note(index, rule.conditions.failure)
  }

  committed(commit: number): void {
    this.#drops.committed(commit)
  }

  refused(commit: number): void {
    this.#drops.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    return this.#drops.counts()
  }
}

/** `logs.log_record[0]`. */
function ruleName({ path }: { readonly path: Issue['path'] }): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .slice(1)
}
