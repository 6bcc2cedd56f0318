import type { Batch } from '../../otlp/batch.ts'
import type { RuleCounts } from '../processor.ts'
import { type Action, actionText } from './config.ts'
import { Constants } from './constants.ts'
import { Overlay } from './overlay.ts'
import { compileAction, type Run } from './run.ts'

/** The actions of a configuration, done one after the other to the attributes of what they are for. */
export class ActionList {
  readonly #actions: ReadonlyArray<Action>
  readonly #runs: ReadonlyArray<Run>
  readonly #constants = new Constants()
  readonly #overlay = new Overlay()
  readonly #dryRun: boolean

  constructor(actions: ReadonlyArray<Action>, dryRun: boolean) {
    this.#actions = actions
    this.#runs = actions.map((action) => compileAction(action, this.#constants))
    this.#dryRun = dryRun
  }

  begin(): void {
    this.#constants.begin()
  }

  /**
   * `table[at]` and the slot behind it say which attribute rows are meant; they are set to the changed ones. Counts each
   * action that changed something. Returns whether the attributes changed.
   */
  apply(batch: Batch, table: Uint32Array, at: number, counts: Float64Array): boolean {
    const overlay = this.#overlay
    const runs = this.#runs
    overlay.open(batch, table[at]!, table[at + 1]!)
    for (let i = 0; i < runs.length; i++) if (runs[i]!(overlay)) counts[i]!++
    const isChanged = overlay.isChanged && !this.#dryRun
    if (isChanged) {
      table[at] = overlay.first
      table[at + 1] = overlay.count
    } else overlay.discard()
    overlay.close()
    return isChanged
  }

  /** `key` is the configuration's own name for the list. */
  rules(key: string, totals: Float64Array): RuleCounts[] {
    return this.#actions.map((action, i) => ({
      rule: `${key}[${i}]`,
      condition: actionText(action),
      dryRun: this.#dryRun,
      matched: totals[i]!,
      failed: 0,
    }))
  }
}
