import type { FoldEngine } from './engine.ts'
import type { Fold } from './fold.ts'

/** Members looked at after each batch, and in each step of an idle gateway. */
const MEMBERS_PER_STEP = 2048
/** Idle members of what only rises are kept for when they come back, until so much of the room is taken. */
const CROWDED = 0.75

/**
 * Forgets what is idle, a little at a time. Members of gauges leave, since what they last showed is no longer so; those of
 * counters only where room is needed: their fold can't count them in full again.
 */
export class Sweep {
  /** Counts windows of half of `idleAfterMs`. */
  window = 0
  readonly #engine: FoldEngine
  readonly #windowMs: number
  readonly #nowMs: () => number
  #windowStartMs: number
  /** The next member to look at; past the last one when the window's sweep is done. */
  #next = Number.POSITIVE_INFINITY

  constructor(engine: FoldEngine, { idleAfterMs, nowMs }: { idleAfterMs: number; nowMs: () => number }) {
    this.#engine = engine
    this.#windowMs = idleAfterMs / 2
    this.#nowMs = nowMs
    this.#windowStartMs = nowMs()
  }

  /** What is due: after each batch, and every second. */
  advance(): void {
    if (this.#next < this.#engine.members.end) {
      this.#look(this.#next + MEMBERS_PER_STEP)
      return
    }
    const nowMs = this.#nowMs()
    const elapsedMs = nowMs - this.#windowStartMs
    if (elapsedMs >= 0 && elapsedMs < this.#windowMs) return
    this.#windowStartMs = nowMs
    if (elapsedMs < 0) return
    this.#engine.members.rotate()
    this.window++
    this.#next = 1
    this.#forgetFolds()
  }

  #look(end: number): void {
    const { folds, members } = this.#engine
    const isCrowded = members.count > CROWDED * members.membersMax || folds.count > CROWDED * folds.foldsMax
    for (; this.#next < Math.min(end, members.end); this.#next++) {
      const member = this.#next
      if (!members.isUsed(member) || members.ageOf(member) < 2) continue
      const { totals } = folds.at(members.foldOf(member))!
      if (isCrowded || totals.showsLastValues) this.#engine.forget(member)
      else members.keepIdle(member)
    }
  }

  /** Folds without members that nothing came for: should something come, it begins anew. */
  #forgetFolds(): void {
    const idle: Fold[] = []
    for (const fold of this.#engine.folds.all())
      if (fold.members === 0 && this.window - fold.window > 1) idle.push(fold)
    this.#engine.folds.removeAll(idle)
    if (idle.length > 0) this.#engine.deltas.clear()
  }
}
