import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { LOG } from '../../otlp/slots.ts'
import { DropRules } from '../drop-rules.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { RuleText } from '../rule-ids.ts'
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
  readonly #annotation: (batch: Batch, resource: number) => Choice
  readonly #include: ReadonlyArray<ResourceTest>
  readonly #exclude: ReadonlyArray<ResourceTest>
  readonly #drops: DropRules

  constructor(name: string, config: SelectLogsConfig, deps: Deps) {
    this.name = name
    this.#config = config
    this.#annotation = config.annotation === '' ? () => Choice.none : annotationOf(config.annotation)
    this.#include = config.include.map(entryTest)
    this.#exclude = config.exclude.map(entryTest)
    this.#drops = new DropRules(name, ruleTexts(config), { dryRun: config.dryRun, deps })
  }

  process(batch: Batch, commit: number): void {
    const drops = this.#drops
    drops.begin(commit)
    const { verdicts } = batch
    const { data, count } = batch.records
    // The records of a resource stand together.
    let resource = -1
    let rule = KEEP
    for (let record = 0, base = 0; record < count; record++, base += LOG.stride) {
      if (verdicts[record] !== KEPT) continue
      if (data[base + LOG.resource] !== resource) {
        resource = data[base + LOG.resource]!
        rule = this.#judge(batch, resource)
      }
      if (rule !== KEEP) drops.drop(batch, record, rule)
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
    this.#drops.committed(commit)
  }

  refused(commit: number): void {
    this.#drops.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    return this.#drops.counts()
  }
}

function ruleTexts({ annotation, exclude, include }: SelectLogsConfig): RuleText[] {
  return [
    { rule: 'annotation', condition: annotation === '' ? 'off' : `${annotation}: "false"` },
    ...exclude,
    {
      rule: 'include',
      condition: include.length === 0 ? 'did not opt in' : `matches none of ${include.length}`,
    },
  ]
}
