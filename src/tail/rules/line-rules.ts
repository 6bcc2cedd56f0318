import { type LogRules, logRules } from '../../processors/log-rules.ts'
import type { Pipeline } from '../../processors/pipeline.ts'
import type { RowFacts } from '../../query/loki/execute/labels.ts'
import type { ResourceResolver } from '../../store/rows/resources.ts'
import type { ResolvedResource } from '../../store/tables/rows.ts'
import { factsOf } from '../row-facts.ts'
import { LineRecords, type Lines, type ResourceAttributes } from './line-records.ts'

/** The pipeline in force: another one after a reload. */
export type InForce = { readonly pipeline: Pipeline }

/** By line. Undefined as a whole where it is so of every line. */
export type LineOutcomes = {
  /** The rule that will drop it, as the ledger names it: `filter/noisy`. */
  readonly droppedBy: ReadonlyArray<string | undefined> | undefined
  /** What is stored of it; undefined: the line as it is. */
  readonly changed: ReadonlyArray<RowFacts | undefined> | undefined
}

/** One line without text stands for those that a container will write. */
const ANY_LINE: Lines = {
  count: 1,
  bytes: Buffer.alloc(0),
  starts: new Uint32Array(2),
  seconds: new Uint32Array(1),
  nanos: new Uint32Array(1),
}

/**
 * Does with live lines what the rules in force will do once they are received: says which rule will drop them, and shows them
 * with what is changed (masked, filled in) as it will be stored. Best effort, since a collector may change a record first, and
 * rules that remember (a limit, a rate, a sample) are not asked.
 */
export class LineRules {
  readonly #live: InForce
  readonly #records = new LineRecords()
  #of: Pipeline | undefined
  #rules: LogRules | undefined

  constructor(live: InForce) {
    this.#live = live
  }

  /** Another object after a reload: what was made of a resource before is no longer what it will be. */
  get version(): object {
    return this.#live.pipeline
  }

  /**
   * Undefined: no rule drops or changes any of them. `attributes` is the container's resource, the same object as long as it
   * does not change. Synchronous; nothing of `lines` is kept, and nothing of them is changed.
   */
  apply(attributes: ResourceAttributes, lines: Lines): LineOutcomes | undefined {
    const rules = this.#inForce()
    if (rules === undefined || lines.count === 0) return undefined
    const batch = this.#records.batchOf(attributes, lines)
    const droppedBy = rules.apply(batch)
    let changed: Array<RowFacts | undefined> | undefined
    for (let i = 0; i < lines.count; i++) {
      if (!this.#records.isChanged(lines, i)) continue
      changed ??= new Array<RowFacts | undefined>(lines.count).fill(undefined)
      // When a collector will observe it is not known.
      changed[i] = { ...factsOf(batch, i), observedTime: '0' }
    }
    return droppedBy === undefined && changed === undefined ? undefined : { droppedBy, changed }
  }

  /** What a resource will be stored as. */
  resource(attributes: ResourceAttributes, resolver: ResourceResolver): ResolvedResource {
    const batch = this.#records.batchOf(attributes, ANY_LINE)
    this.#inForce()?.apply(batch)
    return resolver.resolve(batch, 0)
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
