import type { Batch } from '../../otlp/batch.ts'
import type { Test } from '../ottl/compiled.ts'
import type { Conditions } from '../ottl/conditions.ts'
import { Result } from '../ottl/kinds.ts'
import type { CompiledRule } from './rules.ts'

/** No rule matched. */
export const NONE = -1
/** A rule under `propagate` could not be evaluated: the row is kept, and what belongs to it is not asked about. */
export const STOPPED = -2

/** Rules about the same rows, tried one after the other. */
export class RuleList {
  readonly length: number
  readonly #rules: ReadonlyArray<CompiledRule>
  readonly #tests: ReadonlyArray<Test>
  readonly #conditions: ReadonlyArray<Conditions>
  /** Where the first of them stands among the filter's rules; the others follow. */
  readonly #first: number
  readonly #failed: (rule: number) => void

  constructor(rules: ReadonlyArray<CompiledRule>, first: number, failed: (rule: number) => void) {
    this.length = rules.length
    this.#rules = rules
    this.#tests = rules.map(({ test }) => test)
    this.#conditions = [...new Set(rules.map(({ conditions }) => conditions))]
    this.#first = first
    this.#failed = failed
  }

  begin(batch: Batch): void {
    for (const conditions of this.#conditions) conditions.begin(batch)
  }

  /** For rules about events: the record whose events are asked about from now on. */
  owner(record: number): void {
    for (const conditions of this.#conditions) conditions.owner(record)
  }

  /** Lets go of the batch. */
  end(): void {
    for (const conditions of this.#conditions) conditions.end()
  }

  /** The number of the first rule that is true for the row, {@link NONE} or {@link STOPPED}. */
  firstMatch(row: number): number {
    const tests = this.#tests
    for (let i = 0; i < tests.length; i++) {
      const result = tests[i]!(row)
      if (result === Result.no) continue
      if (result === Result.yes) return this.#first + i
      this.#failed(this.#first + i)
      if (this.#rules[i]!.errorMode === 'propagate') return STOPPED
    }
    return NONE
  }
}
