import type { Processor, RuleCounts } from './processor.ts'
import { ruleIdentities } from './rule-ids.ts'

/** A rule with the id that it has in the ledger. */
export type CountedRule = RuleCounts & { readonly id: string }

type Counts = { matched: number; failed: number }

/**
 * What processors that are gone counted for rules that are still there: a rule is the same if it says the same, under the
 * same processor's name and the same `dryRun`. Bounded by the rules in use.
 */
export class CarriedCounts {
  readonly #counts = new Map<string, Counts>()

  /** Takes over the counts of a processor that has ended. */
  add(processor: Processor): void {
    for (const [key, rule] of keyedRules(processor)) this.#counts.set(key, sum(rule, this.#counts.get(key)))
  }

  /** Forgets what none of these has. */
  keep(processors: Iterable<Processor>): void {
    const used = new Set([...processors].flatMap((processor) => keyedRules(processor).map(([key]) => key)))
    for (const key of this.#counts.keys()) if (!used.has(key)) this.#counts.delete(key)
  }

  /** The rules of a processor with what was counted before; `others` have ended, but for commits that are open. */
  rulesOf(processor: Processor, others: ReadonlyArray<Processor>): ReadonlyArray<CountedRule> {
    const before = new Map<string, Counts>()
    for (const other of others)
      if (other.name === processor.name)
        for (const [key, counts] of keyedRules(other)) before.set(key, sum(counts, before.get(key)))
    return keyedRules(processor).map(([key, rule]) => ({
      ...rule,
      ...sum(sum(rule, this.#counts.get(key)), before.get(key)),
    }))
  }
}

function sum(a: Readonly<Counts>, b: Readonly<Counts> | undefined): Counts {
  return { matched: a.matched + (b?.matched ?? 0), failed: a.failed + (b?.failed ?? 0) }
}

function keyedRules(processor: Processor): ReadonlyArray<readonly [string, CountedRule]> {
  const rules = processor.rules?.() ?? []
  const identities = ruleIdentities(rules)
  return rules.map((rule, i) => {
    const { id } = identities[i]!
    return [`${processor.name}\0${id}\0${rule.dryRun}`, { ...rule, id }]
  })
}
