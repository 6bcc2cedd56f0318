import { bind, type Fragment, join, sql } from './fragment.ts'

/** Of one parameter: ClickHouse takes 128 KiB. */
const BOUND_BYTES_MAX = 100_000

/** 64-bit numbers (as text: no digit is lost) as a constant array, in as many parameters as they need. */
export function boundNumbers(values: ReadonlyArray<string>): Fragment {
  return sql`arrayMap(number -> toUInt64(number), ${boundTexts(values)})`
}

/** Texts as a constant array, in as many parameters as they need. */
export function boundTexts(values: ReadonlyArray<string>): Fragment {
  const parts: Fragment[] = []
  let part: string[] = []
  let bytes = 0
  for (const value of values) {
    const size = Buffer.byteLength(value) + 3
    if (bytes + size > BOUND_BYTES_MAX && part.length > 0) {
      parts.push(bind('Array(String)', part))
      part = []
      bytes = 0
    }
    part.push(value)
    bytes += size
  }
  parts.push(bind('Array(String)', part))
  return parts.length === 1 ? parts[0]! : sql`arrayConcat(${join(parts, ', ')})`
}
