/**
 * What can become of a record besides being stored. `dropped`: a rule of the operator's removed it (`reason`
 * is the rule's name). `rejected`: Weir could not take it (`reason` is one of a fixed set) and its sender is
 * told by partial success.
 */
export type Outcome = {
  readonly kind: 'dropped' | 'rejected'
  /** snake_case reason, or the rule's name such as `filter/noisy`. A metric label: of bounded cardinality. */
  readonly reason: string
  /** The sentence a sender gets for a rejected record. */
  readonly sentence: string
  /** Which rule of the processor, where it has several. In the ledger, not in metrics. */
  readonly rule?: RuleIdentity
}

/** A rule of a processor: where it stands in its block, and a hash of what it says, which stays when it moves. */
export type RuleIdentity = { readonly position: string; readonly id: string }

/** Verdicts have 16 bits. Each rule that was ever in force since the start takes one. */
const OUTCOMES_MAX = 32_768

/** Gives each outcome the number that stands in `batch.verdicts`. Numbers are never reused while a gateway lives. */
export class Outcomes {
  readonly #byKey = new Map<string, number>()
  readonly #list: Outcome[] = [{ kind: 'dropped', reason: 'kept', sentence: '' }]

  /** The number of an outcome; the same for the same kind, reason and rule, so that a reload keeps its numbers. */
  register(outcome: Outcome): number {
    const key = keyOf(outcome)
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    if (this.#list.length > OUTCOMES_MAX)
      throw new Error(`more than ${OUTCOMES_MAX} rules and reasons since the start; restart the gateway`)
    const number = this.#list.length
    this.#list.push(outcome)
    this.#byKey.set(key, number)
    return number
  }

  /** The number of an outcome that was registered. */
  find(outcome: Omit<Outcome, 'sentence'>): number | undefined {
    return this.#byKey.get(keyOf(outcome))
  }

  get(number: number): Outcome {
    const outcome = this.#list[number]
    if (outcome === undefined) throw new Error(`BUG: outcome ${number} was never registered`)
    return outcome
  }

  get size(): number {
    return this.#list.length
  }
}

function keyOf({ kind, reason, rule }: Omit<Outcome, 'sentence'>): string {
  return `${kind} ${reason}${rule === undefined ? '' : ` ${rule.id} ${rule.position}`}`
}
