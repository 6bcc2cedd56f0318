import { kindOf, VALUE_KINDS, type ValueKind } from './kinds.ts'
import { maskedValue } from './mask.ts'

/** How much of a label's values is of one kind. */
export type KindShare = {
  readonly kind: ValueKind
  /** Of the values that were looked at, 0 to 1. */
  readonly share: number
  /** Masked. */
  readonly examples: ReadonlyArray<string>
}

const EXAMPLES_MAX = 3

/** The kinds among different values of a label, the most frequent first. */
export function kindShares(values: ReadonlyArray<string>): KindShare[] {
  const found = new Map<ValueKind, string[]>(VALUE_KINDS.map((kind) => [kind, []]))
  for (const value of values) {
    const kind = kindOf(value)
    if (kind !== undefined) found.get(kind)!.push(value)
  }
  return [...found]
    .filter(([, own]) => own.length > 0)
    .map(([kind, own]) => ({
      kind,
      share: own.length / values.length,
      examples: own.slice(0, EXAMPLES_MAX).map((value) => maskedValue(value, kind)),
    }))
    .sort((a, b) => b.share - a.share)
}
