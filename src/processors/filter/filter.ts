import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { CommittedCounts } from '../committed-counts.ts'
import type { Test } from '../ottl/compiled.ts'
import type { Conditions } from '../ottl/conditions.ts'
import { Result } from '../ottl/kinds.ts'
import type { Deps, Issue, Processor, RuleCounts } from '../processor.ts'
import type { FilterConfig } from './config.ts'
import { FailureLog } from './failure-log.ts'
import { type CompiledRule, compileRules } from './rules.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['logs'])
const NONE = -1

/**
 * Drops the log records that any of its conditions is true for. A condition that fails never drops: under
 * `ignore` and `silent` the next one is tried, under `propagate` the record is kept at once.
 */
export class Filter implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #deps: Deps
  readonly #dryRun: boolean
  readonly #rules: ReadonlyArray<CompiledRule>
  readonly #tests: ReadonlyArray<Test>
  readonly #conditions: ReadonlyArray<Conditions>
  readonly #outcome: number
  /** Matched, then failed, per rule. */
  readonly #counts: CommittedCounts
  readonly #failures: FailureLog
  #current: Float64Array

  constructor(name: string, { dryRun, rules }: FilterConfig, deps: Deps) {
    const compiled = compileRules(rules)
    if ('issues' in compiled) throw new Error(`BUG: ${name} was built from rules that do not compile`)
    this.name = name
    this.#deps = deps
    this.#dryRun = dryRun
    this.#rules = compiled.rules
    this.#tests = compiled.rules.map(({ test }) => test)
    this.#conditions = [...new Set(compiled.rules.map(({ conditions }) => conditions))]
    this.#outcome = deps.outcomes.register({ kind: 'dropped', reason: name, sentence: '' })
    this.#counts = new CommittedCounts(2 * rules.length)
    this.#current = this.#counts.totals
    this.#failures = new FailureLog(name, deps, compiled.rules.map(ruleName))
  }

  process(batch: Batch, commit: number): void {
    if (this.#rules.length === 0) return
    this.#current = this.#counts.of(commit)
    for (const conditions of this.#conditions) conditions.begin(batch)
    const { verdicts } = batch
    const { count } = batch.records
    const verdict = this.#dryRun ? KEPT : this.#outcome
    for (let record = 0; record < count; record++) {
      if (verdicts[record] !== KEPT) continue
      const rule = this.#firstMatch(record)
      if (rule === NONE) continue
      this.#current[rule]!++
      verdicts[record] = verdict
    }
    for (const conditions of this.#conditions) conditions.end()
    this.#failures.flush()
  }

  #firstMatch(record: number): number {
    const tests = this.#tests
    for (let i = 0; i < tests.length; i++) {
      const result = tests[i]!(record)
      if (result === Result.no) continue
      if (result === Result.yes) return i
      this.#failed(i)
      if (this.#rules[i]!.errorMode === 'propagate') return NONE
    }
    return NONE
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
