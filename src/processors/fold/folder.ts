import type { Batch } from '../../otlp/batch.ts'
import type { Outcomes } from '../../otlp/outcomes.ts'
import { type FoldEngine, Folded } from './engine.ts'
import type { FoldRule } from './rule.ts'

/** Why a point is not in its folded series, beside the names of the rules. */
export const FOLD_REASONS = {
  [Folded.restarted]: 'fold_restart',
  [Folded.full]: 'fold_state_full',
  [Folded.boundsDiffer]: 'fold_bounds_differ',
  [Folded.noTemporality]: 'fold_no_temporality',
} as const

/** Gives points to the engine and marks what came of them. */
export class Folder {
  readonly #engine: FoldEngine
  /** By `Folded`. */
  readonly #verdicts = new Uint16Array(Object.keys(Folded).length)

  constructor(engine: FoldEngine, outcomes: Outcomes) {
    this.#engine = engine
    for (const [folded, reason] of Object.entries(FOLD_REASONS))
      this.#verdicts[Number(folded)] = outcomes.register({ kind: 'dropped', reason, sentence: '' })
  }

  /** Folds record `i`: it stays as the folded point, or is dropped, as part of it with the outcome `absorbed`. */
  fold(batch: Batch, i: number, rule: FoldRule, absorbed: number): Folded {
    const folded = this.#engine.add(i, rule)
    if (folded === Folded.absorbed) batch.verdicts[i] = absorbed
    else if (folded !== Folded.stands) batch.verdicts[i] = this.#verdicts[folded]!
    return folded
  }
}
