/** Values as ClickHouse's TabSeparated has them. */

/** `1970-01-01 00:00:01.000000000`, UTC. */
export function dateTime(ns: bigint): string {
  const seconds = ns / 1_000_000_000n
  const date = new Date(Number(seconds) * 1000).toISOString()
  return `${date.slice(0, 10)} ${date.slice(11, 19)}.${String(ns % 1_000_000_000n).padStart(9, '0')}`
}

export const escaped = (text: string): string =>
  text.replace(
    /[\\\t\n\r\0]/g,
    (character) => `\\${{ '\\': '\\', '\t': 't', '\n': 'n', '\r': 'r' }[character] ?? '0'}`,
  )
const quoted = (text: string): string => `'${escaped(text).replaceAll("'", "\\'")}'`
/** A map's texts are escaped once, not again as a whole. */
export const mapOf = (pairs: ReadonlyMap<string, string>): string =>
  `{${[...pairs].map(([key, value]) => `${quoted(key)}:${quoted(value)}`).join(',')}}`
/** The kinds of attributes that are all strings. */
export const letters = (pairs: ReadonlyMap<string, string>): string => 's'.repeat(pairs.size)
