/**
 * Is this an expression that RE2 in ClickHouse reads as RE2 in JavaScript does? ASCII, no Unicode classes (their tables have
 * versions), no flags but (?i), escapes that both know, and no repetition that a compiler might find too large.
 */
export function isPortableRegex(pattern: string): boolean {
  if (pattern.length > LENGTH_MAX || !/^[\x20-\x7e]*$/.test(pattern)) return false
  if (/\(\?(?!:|i\))/.test(pattern)) return false
  if (/\\[^dDwWsSbB.+*?()|[\]{}^$\\/"',:;=!@#%&~ -]/.test(pattern.replaceAll('\\\\', ''))) return false
  return [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].every(
    ([, from, to]) => Number(from) <= REPEAT_MAX && Number(to ?? 0) <= REPEAT_MAX,
  )
}

const LENGTH_MAX = 1000
const REPEAT_MAX = 50
