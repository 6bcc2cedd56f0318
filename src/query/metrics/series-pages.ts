import type { PageSource } from '../pages/page.ts'
import { PageResources } from '../records/resources.ts'
import type { Run } from '../sql/queries.ts'
import { seriesRecordOf } from './series-record.ts'
import {
  detailsStatement,
  type SeriesDetails,
  type SeriesQuery,
  type SeriesRow,
  seriesStatement,
} from './series-statement.ts'
import type { SeriesStore } from './store.ts'

/** Statements stay well below ClickHouse's limit on the length of a parameter. */
const ASKED_MAX = 1000

/** A moment of the day, as nanoseconds: its resource is stored for the day. */
const momentOf = (day: string): string => `${Date.parse(`${day}T00:00:00Z`)}000000`

/** Pages of the series that a query asks for. A position is a fingerprint. */
export function seriesPages(
  { queries, series, resources }: SeriesStore,
  query: Omit<SeriesQuery, 'rows' | 'after'>,
  run: Run,
): PageSource<SeriesRow, bigint> {
  const known = new PageResources(queries, resources, query.tenantId, run)
  const details = new Map<string, SeriesDetails>()

  async function learn(rows: ReadonlyArray<SeriesRow>): Promise<void> {
    details.clear()
    const lastDays = new Map(rows.map((row) => [row.series, row.lastDay]))
    const fingerprints = [...lastDays.keys()]
    for (let i = 0; i < fingerprints.length; i += ASKED_MAX) {
      const statement = detailsStatement(series, query, fingerprints.slice(i, i + ASKED_MAX))
      for (const found of await queries.rows<SeriesDetails>(statement, run)) details.set(found.series, found)
    }
    await known.learn(
      [...details.values()].map((found) => ({
        fingerprint: found.fingerprint,
        time: momentOf(lastDays.get(found.series)!),
      })),
    )
  }

  return {
    statement: (after, rows) => seriesStatement(series, { ...query, after, rows }),
    positionOf: (row) => BigInt(row.series),
    sizeOf: () => 128,
    learn,
    lineOf: (row) => {
      const found = details.get(row.series)
      // Its last rows went between the two statements, at the end of their retention.
      if (found === undefined) return JSON.stringify({ fingerprint: row.series, name: query.filter.metric })
      return known.lineOf(found, seriesRecordOf(row, found))
    },
  }
}
