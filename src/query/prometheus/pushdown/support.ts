import { sql } from '../../sql/fragment.ts'
import type { Queries, Run } from '../../sql/queries.ts'
import { selectConstants, selectFunctions } from '../../sql/select.ts'

/** Functions that this server computes over grids as Prometheus does, by ClickHouse's names. */
export type GridFunctions = ReadonlySet<string>

const NONE: GridFunctions = new Set()

/** The setting without which the server has none of them. */
export const GRID_SETTINGS = { allow_experimental_time_series_aggregate_functions: 1 } as const

const LISTED = selectFunctions('timeSeries', 'ToGrid', 100)

/**
 * States of these functions stay in memory, or the query fails: a server (26.7) that wrote them to disk and read them again was
 * gone with the next query.
 */
export const WHOLE_STATES = {
  max_bytes_before_external_group_by: 0,
  max_bytes_ratio_before_external_group_by: 0,
} as const

/**
 * A window has its end and not its start; servers before 25.9 had both. Of a sample on the start there must be no value.
 */
const LEFT_OPEN = selectConstants({
  open: sql`isNull(timeSeriesLastToGrid(toDateTime64('1970-01-01 00:01:00', 3, 'UTC'), toDateTime64('1970-01-01 00:01:00', 3, 'UTC'), 1, 30)(toDateTime64('1970-01-01 00:00:30', 3, 'UTC'), toFloat64(1))[1])`,
})

/** Asks the server once what it has, when it is first needed. Where it can't be told, it has nothing. */
export class GridSupport {
  readonly #queries: Queries
  #known: GridFunctions | undefined

  /** `known` is taken for what the server has, without asking. */
  constructor(queries: Queries, known?: GridFunctions) {
    this.#queries = queries
    this.#known = known
  }

  async functions(run: Run): Promise<GridFunctions> {
    this.#known ??= await this.#ask(run)
    return this.#known ?? NONE
  }

  async #ask(run: Run): Promise<GridFunctions | undefined> {
    try {
      const rows = await this.#queries.rows<{ name: string }>(LISTED, run)
      const names = new Set(rows.map(({ name }) => name))
      if (!names.has('timeSeriesLastToGrid')) return NONE
      const [probe] = await this.#queries.rows<{ open: number }>(LEFT_OPEN, {
        ...run,
        settings: GRID_SETTINGS,
      })
      return probe?.open === 1 ? names : NONE
    } catch {
      // A server that is away, or refuses: the next query asks again, and this one does without.
      run.signal.throwIfAborted()
      return undefined
    }
  }
}
