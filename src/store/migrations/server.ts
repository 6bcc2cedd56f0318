import type { Database } from '../database.ts'
import type { TextIndex } from '../tables/ddl.ts'

/** The first release whose `text` index is generally available. */
const TEXT_INDEX_SINCE = [26, 2] as const

/** The best index for words that this server has. Throws `DatabaseError`. */
export async function probeTextIndex(database: Database): Promise<TextIndex> {
  const [row] = await database.rows<{ version: string }>('SELECT version() AS version')
  return textIndexOf(row?.version ?? '')
}

/** `version` as ClickHouse prints it: 26.7.2.1. What can't be read counts as old: tokenbf_v1 works everywhere. */
export function textIndexOf(version: string): TextIndex {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [sinceMajor, sinceMinor] = TEXT_INDEX_SINCE
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor) ? 'text' : 'tokenbf'
}
