import type { ClickHouse, Settings } from './clickhouse.ts'
import { RARE_WORD } from './generate.ts'
import { type Latency, latency } from './measure.ts'
import { pickSubject, querySet, querySql } from './queries.ts'

export type WordResult = {
  readonly subject: string
  readonly predicate: string
  readonly index: boolean
} & Latency

const BODY = 'lower(Body)'
const PREDICATES: ReadonlyArray<string> = [
  `${BODY} LIKE '%${RARE_WORD}%'`,
  `hasAllTokens(${BODY}, '${RARE_WORD}')`,
  `hasAllTokens(${BODY}, '${RARE_WORD}') AND ${BODY} LIKE '%${RARE_WORD}%'`,
  // In every body of one of the templates: an index can't help, and should not harm.
  `${BODY} LIKE '%completed%'`,
  `hasAllTokens(${BODY}, 'completed')`,
]

/** Ways to ask for a word of the last 24 h, each with the text index and with it ignored. */
export async function measureWords(
  clickhouse: ClickHouse,
  table: string,
  times: number,
): Promise<WordResult[]> {
  const results: WordResult[] = []
  for (const rank of [8, 1]) {
    const subject = await pickSubject(clickhouse, table, rank)
    const rare = querySet(subject, undefined).find((query) => query.name.startsWith('rare word'))!
    for (const predicate of PREDICATES) {
      const where = rare.where.replace(PREDICATES[0]!, predicate)
      for (const index of [true, false]) {
        const settings: Settings = index ? {} : { ignore_data_skipping_indices: 'idx_body_text' }
        const took = await latency(clickhouse, querySql({ ...rare, where }, table), times, settings)
        results.push({ subject: subject.label, predicate, index, ...took })
      }
    }
  }
  return results
}
