import { LogfmtScanner } from '../../logql/pipeline/logfmt-scan.ts'
import type { Problem } from '../../parameters/fields.ts'
import type { KeyValue } from '../../parameters/key-value.ts'

/** Tags of one search. */
export const TAGS_MAX = 32

/** `error=true http.route="/a b"` as pairs. */
export function parseLogfmt(text: string): ReadonlyArray<KeyValue> | Problem {
  const scanner = new LogfmtScanner()
  scanner.reset(text)
  const pairs: KeyValue[] = []
  while (scanner.next()) {
    if (scanner.problem !== '') return { problem: `is no list of key=value pairs: ${scanner.problem}` }
    if (pairs.length === TAGS_MAX) return { problem: `has more than ${TAGS_MAX} tags` }
    // Without a value a key is a flag.
    pairs.push({ key: scanner.key, value: scanner.value === '' ? 'true' : scanner.value })
  }
  return pairs
}
