import type { Batch } from '../../otlp/batch.ts'
import type { Test } from '../ottl/compiled.ts'
import { type ConditionIssue, Conditions } from '../ottl/conditions.ts'
import type { Context } from '../ottl/contexts/context.ts'
import { Result } from '../ottl/kinds.ts'

/** Which records a list of actions is for: those that all of `all` hold for, and one of `any` if there are any. */
export class Gate {
  readonly #conditions: Conditions
  readonly #all: number
  readonly #tests: ReadonlyArray<Test>
  readonly #failed: () => void

  private constructor(conditions: Conditions, all: number, failed: () => void) {
    this.#conditions = conditions
    this.#all = all
    this.#tests = conditions.tests
    this.#failed = failed
  }

  /** The texts must have been checked by {@link checkCondition}. */
  static of(
    context: Context,
    all: ReadonlyArray<string>,
    any: ReadonlyArray<string>,
    failed: () => void,
  ): Gate {
    const compiled = Conditions.compile(context, [...all, ...any])
    if ('issues' in compiled) throw new Error(`BUG: a gate was built from ${compiled.issues[0]!.message}`)
    return new Gate(compiled.conditions, all.length, failed)
  }

  begin(batch: Batch): void {
    this.#conditions.begin(batch)
  }

  /** Lets go of the batch. */
  end(): void {
    this.#conditions.end()
  }

  /** A condition that can't be evaluated does not hold. */
  admits(record: number): boolean {
    const tests = this.#tests
    for (let i = 0; i < this.#all; i++) if (!this.#holds(i, record)) return false
    if (tests.length === this.#all) return true
    for (let i = this.#all; i < tests.length; i++) if (this.#holds(i, record)) return true
    return false
  }

  /** Whether a record is protected: one of `any` holds, or can't be evaluated, since what is in doubt is kept. */
  protects(record: number): boolean {
    const tests = this.#tests
    for (let i = this.#all; i < tests.length; i++) {
      const result = tests[i]!(record)
      if (result === Result.failed) this.#failed()
      if (result !== Result.no) return true
    }
    return false
  }

  #holds(i: number, record: number): boolean {
    const result = this.#tests[i]!(record)
    if (result === Result.failed) this.#failed()
    return result === Result.yes
  }
}

/** What is wrong with a condition in a context; undefined if nothing is. */
export function checkCondition(context: Context, text: string): ConditionIssue | undefined {
  const compiled = Conditions.compile(context, [text])
  return 'issues' in compiled ? compiled.issues[0] : undefined
}
