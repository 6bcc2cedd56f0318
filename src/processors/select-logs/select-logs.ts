import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { LOG } from '../../otlp/slots.ts'
import { CommittedCounts } from '../committed-counts.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { SelectLogsConfig } from './config.ts'
import { annotationOf, Choice, entryTest, letGo, type ResourceTest } from './entry-test.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['logs'])

/** The rules that take a resource out: the annotation, each entry of `exclude`, and not being included. */
const OPTED_OUT = 0
const FIRST_EXCLUDE = 1
const KEEP = -1

/** Keeps the logs of the resources that matter. A resource is judged once per request, its records follow. */
export class SelectLogs implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #config: SelectLogsConfig
  readonly #outcome: number
  readonly #annotation: (batch: Batch, resource: number) => Choice
  readonly #include: ReadonlyArray<ResourceTest>
  readonly #exclude: ReadonlyArray<ResourceTest>
  readonly #counts: CommittedCounts

  constructor(name: string, config: SelectLogsConfig, { outcomes }: Deps) {
    this.name = name
    this.#config = config
    this.#outcome = outcomes.register({ kind: 'dropped', reason: name, sentence: '' })
    this.#annotation = config.annotation === '' ? () => Choice.none : annotationOf(config.annotation)
    this.#include = config.include.map(entryTest)
    this.#exclude = config.exclude.map(entryTest)
    this.#counts = new CommittedCounts(config.exclude.length + 2)
  }

  process(batch: Batch, commit: number): void {
    const counts = this.#counts.of(commit)
    const { verdicts } = batch
    const { data, count } = batch.records
    const verdict = this.#config.dryRun ? KEPT : this.#outcome
    // The records of a resource stand together.
    let resource = -1
    let rule = KEEP
    for (let record = 0, base = 0; record < count; record++, base += LOG.stride) {
      if (verdicts[record] !== KEPT) continue
      if (data[base + LOG.resource] !== resource) {
        resource = data[base + LOG.resource]!
        rule = this.#judge(batch, resource)
      }
      if (rule === KEEP) continue
      counts[rule]!++
      verdicts[record] = verdict
    }
    letGo()
  }

  /** The owner may opt out of anything, and into what the operator does not exclude. */
  #judge(batch: Batch, resource: number): number {
    const choice = this.#annotation(batch, resource)
    if (choice === Choice.no) return OPTED_OUT
    const exclude = this.#exclude
    for (let i = 0; i < exclude.length; i++) if (exclude[i]!(batch, resource)) return FIRST_EXCLUDE + i
    if (choice === Choice.yes) return KEEP
    const include = this.#include
    for (let i = 0; i < include.length; i++) if (include[i]!(batch, resource)) return KEEP
    return include.length > 0 || this.#config.optIn ? FIRST_EXCLUDE + exclude.length : KEEP
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
  }

  refused(commit: number): void {
    this.#counts.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    const { annotation, dryRun, exclude, include } = this.#config
    const { totals } = this.#counts
    const rows: [rule: string, condition: string][] = [
      ['annotation', annotation === '' ? 'off' : `${annotation}: "false"`],
      ...exclude.map(({ rule, condition }): [string, string] => [rule, condition]),
      ['include', include.length === 0 ? 'did not opt in' : `matches none of ${include.length}`],
    ]
    return rows.map(([rule, condition], i) => ({ rule, condition, dryRun, matched: totals[i]!, failed: 0 }))
  }
}
