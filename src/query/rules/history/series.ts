import type { SeriesDetails } from '../../metrics/series-statement.ts'
import { seriesColumns } from '../../metrics/series-statement.ts'
import { KnownResources } from '../../records/resources.ts'
import { withinDays } from '../../sql/conditions.ts'
import { sql } from '../../sql/fragment.ts'
import { isOneOf, isOneText, select } from '../../sql/select.ts'
import { dayOf } from '../../time.ts'
import type { PointRow } from './point-columns.ts'
import type { HistoryParts } from './source.ts'

/** Statements stay well below ClickHouse's limit on the length of a parameter. */
const ASKED_MAX = 1000
const KNOWN_MAX = 20_000

/** What the series of data points are, with their resources; each is fetched once. */
export class KnownSeries {
  readonly #parts: HistoryParts
  readonly resources
  readonly #known = new Map<string, SeriesDetails>()

  constructor(parts: HistoryParts) {
    const { run, store, tenantId } = parts
    this.#parts = parts
    this.resources = new KnownResources(store.queries, store.resources, tenantId, run, (row) => row)
  }

  /** Undefined if it is not stored any more. */
  of({ metric, series }: PointRow): SeriesDetails | undefined {
    return this.#known.get(`${series} ${metric}`)
  }

  async learn(rows: ReadonlyArray<PointRow>): Promise<void> {
    if (this.#known.size > KNOWN_MAX) this.#known.clear()
    const unknown = new Map<string, PointRow>()
    for (const row of rows) if (this.of(row) === undefined) unknown.set(`${row.series} ${row.metric}`, row)
    const asked = [...unknown.values()]
    for (let i = 0; i < asked.length; i += ASKED_MAX) await this.#fetch(asked.slice(i, i + ASKED_MAX))
    await this.resources.learn(
      rows.flatMap((row) => {
        const series = this.of(row)
        return series === undefined ? [] : [{ fingerprint: series.fingerprint, time: row.time }]
      }),
    )
  }

  async #fetch(rows: ReadonlyArray<PointRow>): Promise<void> {
    const { run, store, tenantId } = this.#parts
    const { series } = store
    const fingerprint = series.column('SeriesFingerprint')
    const name = series.column('MetricName')
    const days = rows.map(({ time }) => dayOf(time))
    const statement = select({
      from: series,
      tenantId,
      columns: seriesColumns(series),
      where: [
        isOneText(name, [...new Set(rows.map(({ metric }) => metric))]),
        isOneOf(
          fingerprint,
          rows.map((row) => row.series),
        ),
        ...withinDays(series.column('Day'), {
          first: days.reduce((a, b) => Math.min(a, b)),
          last: days.reduce((a, b) => Math.max(a, b)),
        }),
      ],
      limitBy: { rows: 1, by: sql`${name}, ${fingerprint}` },
      limit: rows.length,
    })
    for (const found of await store.queries.rows<SeriesDetails>(statement, run))
      this.#known.set(`${found.series} ${found.name}`, found)
  }
}
