import type { ConfigPath } from '../../config/path.ts'
import { valueAt } from '../../config/path.ts'
import { hasSubstitution } from '../../config/substitute.ts'

/** A rule's condition is what was put in for `${…}`, and that may be a secret. */
const WITHHELD = 'holds what was substituted, which is not shown'

/**
 * The condition of a rule as it may be shown. `written` is its processor's block as written: where something is substituted
 * in the rule, the text is the one before that.
 */
export function shownCondition(written: unknown, rule: string, condition: string): string {
  const value = valueAt(written, pathOf(rule))
  if (value === undefined) return hasSubstitution(withoutSecrets(written)) ? WITHHELD : condition
  if (!hasSubstitution(value)) return condition
  return typeof value === 'string' ? value : WITHHELD
}

/** `logs.log_record[0]` → logs, log_record, 0. */
function pathOf(rule: string): ConfigPath {
  return rule.split('.').flatMap((key) => {
    const [name = '', ...indexes] = key.split(/\[(\d+)\]/).filter((part) => part !== '')
    return [name, ...indexes.map(Number)]
  })
}

/** Keys that are no part of any rule. */
function withoutSecrets(written: unknown): unknown {
  if (typeof written !== 'object' || written === null) return written
  return Object.fromEntries(Object.entries(written).filter(([key]) => key !== 'hashKey'))
}
