import { type Batch, KEPT, type Signal } from '../../src/otlp/batch.ts'
import { LOG } from '../../src/otlp/slots.ts'
import type { Deps, Processor } from '../../src/processors/processor.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['logs'])

/** What can be done wrong, to see that the kit notices. */
export type Mistakes = {
  readonly keepsBytes?: true
  readonly unmarks?: true
  readonly remembersRefused?: true
  readonly foreignOutcome?: true
  readonly allocates?: true
  readonly throwsOnEmpty?: true
  readonly usesTheClock?: true
  readonly stopsOnce?: true
}

/**
 * The smallest processor that thins: it passes the first log of each body and drops the rest. What a commit
 * taught it counts at once, and is forgotten if the commit is refused.
 */
export class FirstOfAKind implements Processor {
  readonly name = 'first_of_a_kind'
  readonly signals = SIGNALS
  readonly #outcome: number
  readonly #mistakes: Mistakes
  /** Body -> the commit that taught it. */
  readonly #known = new Map<string, number>()
  readonly #kept: { bytes: Buffer; start: number; end: number }[] = []
  #stopped = false
  garbage: unknown

  constructor(deps: Deps, mistakes: Mistakes = {}) {
    const reason = mistakes.foreignOutcome ? 'another' : this.name
    this.#outcome = deps.outcomes.register({ kind: 'dropped', reason, sentence: '' })
    this.#mistakes = mistakes
  }

  process(batch: Batch, commit: number): void {
    const { count, data, stride } = batch.records
    for (let record = 0; record < count; record++) {
      if (this.#mistakes.allocates) this.garbage = { record, commit }
      if (batch.verdicts[record] !== KEPT && !this.#mistakes.unmarks) continue
      const base = record * stride
      const start = data[base + LOG.bodyStart]!
      const end = data[base + LOG.bodyEnd]!
      if (start === end && this.#mistakes.throwsOnEmpty) throw new Error('no body')
      if (this.#seen(batch, start, end, commit)) batch.verdicts[record] = this.#outcome
      else if (this.#mistakes.unmarks) batch.verdicts[record] = KEPT
    }
  }

  #seen(batch: Batch, start: number, end: number, commit: number): boolean {
    if (this.#mistakes.keepsBytes) {
      const found = this.#kept.some((kept) =>
        kept.bytes.subarray(kept.start, kept.end).equals(batch.bytes.subarray(start, end)),
      )
      if (!found) this.#kept.push({ bytes: batch.bytes, start, end })
      return found
    }
    if (this.#mistakes.usesTheClock) return FirstOfAKind.calls++ % 3 === 1
    const body = batch.bytes.toString('latin1', start, end)
    if (this.#known.has(body)) return true
    this.#known.set(body, commit)
    return false
  }

  static calls = 0

  refused(commit: number): void {
    if (this.#mistakes.remembersRefused) return
    for (const [body, teacher] of this.#known) if (teacher === commit) this.#known.delete(body)
  }

  stop(): void {
    if (this.#mistakes.stopsOnce && this.#stopped) throw new Error('stopped twice')
    this.#stopped = true
  }
}
