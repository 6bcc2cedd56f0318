import { type LogRules, logRules } from '../../processors/log-rules.ts'
import type { Pipeline } from '../../processors/pipeline.ts'
import { LineRecords, type Lines, type ResourceAttributes } from './line-records.ts'

/** The pipeline in force: another one after a reload. */
export type InForce = { readonly pipeline: Pipeline }

/**
 * Says of live lines which rule will drop them once they are received, as the ledger names it: `filter/noisy`. Best effort,
 * since a collector may change a record first, and rules that remember (a limit, a rate, a sample) are not asked.
 */
export class RuleMarks {
  readonly #live: InForce
  readonly #records = new LineRecords()
  #of: Pipeline | undefined
  #rules: LogRules | undefined

  constructor(live: InForce) {
    this.#live = live
  }

  /**
   * By line; undefined: no rule drops any of them. `attributes` is the container's resource, the same object as long as it
   * does not change. Synchronous; nothing of `lines` is kept.
   */
  mark(attributes: ResourceAttributes, lines: Lines): ReadonlyArray<string | undefined> | undefined {
    const rules = this.#inForce()
    if (rules === undefined || lines.count === 0) return undefined
    return rules.droppedBy(this.#records.batchOf(attributes, lines))
  }

  #inForce(): LogRules | undefined {
    const { pipeline } = this.#live
    if (pipeline !== this.#of) {
      this.#rules?.stop()
      this.#of = pipeline
      this.#rules = pipeline.origin && logRules(pipeline.origin)
    }
    return this.#rules
  }
}
