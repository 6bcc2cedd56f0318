import { type Position, positionOf } from '../../config/position.ts'
import type { Batch } from '../../otlp/batch.ts'
import { compileTest } from './compile.ts'
import { oncePerGroup, type Test } from './compiled.ts'
import { ConditionError } from './condition-error.ts'
import type { Context } from './contexts/context.ts'
import { Environment } from './environment.ts'
import type { Frame } from './frame.ts'
import { FUNCTIONS } from './functions/index.ts'
import { Result } from './kinds.ts'
import { parseCondition } from './parser.ts'

/** What is wrong with a condition, for the configuration's issues. */
export type ConditionIssue = Position & {
  readonly message: string
  /** Nothing is wrong with how it is written, but it would fail for every record. */
  readonly alwaysFails?: true
}

/** What a condition says of every record, if that is known when it is loaded. */
export type Constancy = 'always' | 'never' | 'varies'

/** `line 1, column 14: ...`. */
export function conditionMessage({ line, column, message }: ConditionIssue): string {
  return `line ${line}, column ${column}: ${message}`
}

/**
 * Conditions in one context, compiled to run over batches. Between `begin` and `end` they look at one batch;
 * `tests` allocate nothing for paths, numbers, strings and patterns of fixed text (docs/adr/0004).
 */
export class Conditions {
  readonly #frame: Frame
  /** One function per condition: what it says of a row (`Context.unit`) of the batch. */
  readonly tests: ReadonlyArray<Test>
  readonly constancies: ReadonlyArray<Constancy>
  /** By condition: parts that always fail, in a condition that does not. */
  readonly faults: ReadonlyArray<ReadonlyArray<ConditionIssue>>

  private constructor(frame: Frame, parts: Pick<Conditions, 'constancies' | 'faults' | 'tests'>) {
    this.#frame = frame
    this.tests = parts.tests
    this.constancies = parts.constancies
    this.faults = parts.faults
  }

  /** Compiles them all, or says for each (by its index) what is wrong with it. Never throws, for any texts. */
  static compile(
    context: Context,
    texts: ReadonlyArray<string>,
  ):
    | { readonly conditions: Conditions }
    | { readonly issues: ReadonlyArray<ConditionIssue & { readonly index: number }> } {
    const environment = new Environment(context, FUNCTIONS)
    const tests: Test[] = []
    const constancies: Constancy[] = []
    const faults: ConditionIssue[][] = []
    const issues: (ConditionIssue & { readonly index: number })[] = []
    texts.forEach((text, index) => {
      try {
        environment.faults.length = 0
        const { constant, fault, level, test } = compileTest(environment, parseCondition(text))
        if (fault !== undefined) throw fault
        faults.push(environment.faults.map((one) => issueOf(text, one)))
        tests.push(oncePerGroup(environment.frame, level, test))
        constancies.push(constant === undefined ? 'varies' : constant === Result.yes ? 'always' : 'never')
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error
        issues.push({ index, ...issueOf(text, error) })
      }
    })
    return issues.length > 0
      ? { issues }
      : { conditions: new Conditions(environment.frame, { tests, constancies, faults }) }
  }

  /** Why the last test that failed did. Holds no data of the record. */
  get failure(): string {
    return this.#frame.failure
  }

  begin(batch: Batch): void {
    this.#frame.begin(batch)
  }

  /** For conditions about events: the record whose events are asked about from now on. */
  owner(record: number): void {
    this.#frame.owner = record
  }

  /** Lets go of the batch. */
  end(): void {
    this.#frame.end()
  }
}

function issueOf(text: string, { alwaysFails, message, offset }: ConditionError): ConditionIssue {
  const issue = { ...positionOf(text, offset), message }
  return alwaysFails ? { ...issue, alwaysFails } : issue
}
