import { type ClickHouse, rows, type Settings } from './clickhouse.ts'
import { RARE_WORD } from './generate.ts'
import { type Latency, latency } from './measure.ts'
import { pickSubject, querySet, querySql } from './queries.ts'

export type WordResult = {
  readonly subject: string
  readonly predicate: string
  readonly index: boolean
} & Latency

const BODY = 'lower(Body)'
const like = (text: string) => `${BODY} LIKE '%${text}%'`
const tokens = (text: string) => `hasAllTokens(${BODY}, '${text}')`

/** A word in one row of 10,000, one in every twelfth, an id that stands in one row only, and the middle of that id. */
async function predicatesFor(
  clickhouse: ClickHouse,
  table: string,
  tenant: string,
): Promise<Map<string, string>> {
  const [row] = await rows<{ id: string }>(
    clickhouse,
    `SELECT extract(Body, 'job ([0-9a-f]{32}) to') AS id FROM ${table} WHERE TenantId = '${tenant}' AND id != ''
     ORDER BY Timestamp DESC LIMIT 1 OFFSET 100`,
  )
  const id = row!.id
  return new Map([
    ['rare word, LIKE', like(RARE_WORD)],
    ['rare word, hasAllTokens', tokens(RARE_WORD)],
    ['frequent word, LIKE', like('completed')],
    ['frequent word, hasAllTokens', tokens('completed')],
    ['id, LIKE', like(id)],
    ['id, hasAllTokens', tokens(id)],
    ['id, hasAllTokens and LIKE', `${tokens(id)} AND ${like(id)}`],
    ['middle of the id, LIKE', like(id.slice(4, 28))],
  ])
}

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
    for (const [name, predicate] of await predicatesFor(clickhouse, table, subject.tenant)) {
      const sql = querySql({ ...rare, where: rare.where.replace(like(RARE_WORD), predicate) }, table)
      for (const index of [true, false]) {
        const settings: Settings = index ? {} : { ignore_data_skipping_indices: 'idx_body_text' }
        const took = await latency(clickhouse, sql, times, settings)
        results.push({ subject: subject.label, predicate: name, index, ...took })
      }
    }
  }
  return results
}
