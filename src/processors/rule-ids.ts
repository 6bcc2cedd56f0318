import { hash } from 'node:crypto'
import type { RuleIdentity } from '../otlp/outcomes.ts'

/** What a rule is known by: where it stands in its processor's block, and what it says. */
export type RuleText = { readonly rule: string; readonly condition: string }

const ID_DIGITS = 8

/**
 * An identity for each rule of a processor. The id is made of the list that the rule stands in and of what it says, not
 * of its place: counts and ledger rows of a rule stay its own when another is put before it. Equal rules of one list are
 * told apart by their order.
 */
export function ruleIdentities(rules: ReadonlyArray<RuleText>): ReadonlyArray<RuleIdentity> {
  const seen = new Map<string, number>()
  return rules.map(({ rule, condition }) => {
    const text = `${rule.replace(/\[\d+\]$/, '')}\0${condition}`
    const before = seen.get(text) ?? 0
    seen.set(text, before + 1)
    return { position: rule, id: hash('sha256', `${text}\0${before}`).slice(0, ID_DIGITS) }
  })
}
