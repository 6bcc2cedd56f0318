import { matchesByteGlob } from '../byte-glob.ts'
import { FOLDED } from '../ottl/byte-search.ts'
import { KeyRule, type KeyRules } from './values.ts'

/** What the keys of attributes say, in any case: blocked goes before allowed. */
export function keyRules(blocked: ReadonlyArray<string>, allowed: ReadonlyArray<string>): KeyRules {
  if (blocked.length === 0 && allowed.length === 0) return () => KeyRule.look
  const isBlocked = anyGlob(blocked)
  const isAllowed = anyGlob(allowed)
  return (bytes, start, end) => {
    if (isBlocked(bytes, start, end)) return KeyRule.block
    return isAllowed(bytes, start, end) ? KeyRule.leave : KeyRule.look
  }
}

function anyGlob(
  patterns: ReadonlyArray<string>,
): (bytes: Uint8Array, start: number, end: number) => boolean {
  const globs = patterns.map((pattern) => Buffer.from(pattern).map((byte) => FOLDED[byte]!))
  return (bytes, start, end) => {
    for (let i = 0; i < globs.length; i++)
      if (matchesByteGlob(globs[i]!, bytes, start, end, FOLDED)) return true
    return false
  }
}
