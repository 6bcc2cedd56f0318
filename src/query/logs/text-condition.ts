import { bind, type Fragment, sql } from '../sql/fragment.ts'
import type { Source } from '../sql/source.ts'

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/** As ClickHouse's `lower`: ASCII letters only. `toLowerCase` would change letters that the index keeps as they are. */
const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

const contains = (text: string): string => `%${escapeLike(lowerAscii(text))}%`

const isAscii = (text: string): boolean => !/[^\p{ASCII}]/u.test(text)

/** ASCII characters without a partner of another case outside ASCII, as k (K), s (ſ) and i (ı) have one. */
const ASCII_RUNS = /[^\P{ASCII}iksIKS]+/gu

/** The longest piece of `text` that every spelling of it shares, up to ASCII case: what the index can look up. */
function longestAsciiRun(text: string): string {
  return (text.match(ASCII_RUNS) ?? []).reduce(
    (longest, run) => (run.length > longest.length ? run : longest),
    '',
  )
}

/**
 * The body contains `text`, upper and lower case alike. `lower(Body) LIKE` is what the text index on `lower(Body)`
 * serves. It knows ASCII letters only, so for other letters it only preselects and Unicode's lower case decides.
 * (positionCaseInsensitiveUTF8 misses letters whose other case is ASCII, such as the Kelvin sign.)
 */
export function bodyContains(logs: Source, text: string): Fragment[] {
  const body = logs.column('Body')
  const like = (piece: string): Fragment => sql`lower(${body}) LIKE ${bind('String', contains(piece))}`
  if (isAscii(text)) return [like(text)]
  const run = longestAsciiRun(text)
  const exact = sql`position(lowerUTF8(${body}), lowerUTF8(${bind('String', text)})) > 0`
  return run === '' ? [exact] : [like(run), exact]
}
