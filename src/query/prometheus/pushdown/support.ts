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

/** How statements over parts of one lane share the threads that the server would give to one. */
export type Sharing = {
  /** Statements that run side by side. */
  readonly atOnce: number
  /** Threads of each. */
  readonly threads: number
}

const THREADS = selectConstants({ threads: sql`toUInt32(getSetting('max_threads'))` })
const ALONE: Sharing = { atOnce: 1, threads: 1 }
/** However large the server is: each of these statements has a connection and memory of its own. */
const AT_ONCE_MAX = 4

/** Asks the server once what it has, when it is first needed. Where it can't be told, it has nothing. */
export class GridSupport {
  readonly #queries: Queries
  #known: GridFunctions | undefined
  #sharing: Sharing | undefined

  /** `known` is taken for what the server has, without asking. */
  constructor(queries: Queries, known?: GridFunctions) {
    this.#queries = queries
    this.#known = known
  }

  async functions(run: Run): Promise<GridFunctions> {
    this.#known ??= await this.#ask(run)
    return this.#known ?? NONE
  }

  /**
   * A statement of one thread does less than one of several: each of those aggregates some samples of every series, and the states
   * are merged.
   */
  async sharing(run: Run): Promise<Sharing> {
    this.#sharing ??= await this.#askThreads(run)
    return this.#sharing ?? ALONE
  }

  async #askThreads(run: Run): Promise<Sharing | undefined> {
    try {
      const [row] = await this.#queries.rows<{ threads: number }>(THREADS, run)
      const threads = Math.max(1, row?.threads ?? 1)
      const atOnce = Math.min(threads, AT_ONCE_MAX)
      return { atOnce, threads: Math.floor(threads / atOnce) }
    } catch {
      run.signal.throwIfAborted()
      return undefined
    }
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
