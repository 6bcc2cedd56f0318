import type { TimeRange } from '../parameters/range.ts'
import { and, instant } from '../sql/conditions.ts'
import { bind, type Statement, sql } from '../sql/fragment.ts'
import type { Run } from '../sql/queries.ts'
import { isOneText, select } from '../sql/select.ts'
import type { Source } from '../sql/source.ts'
import { formatNanos, type Nanos } from '../time.ts'
import type { MatchRow, SpanMatch } from './search-statement.ts'
import type { TracesStore } from './store.ts'
import { daysAround, findTimes, type TraceTime } from './trace-times.ts'
import { STATUS_ERROR } from './words.ts'

/** A trace as a search shows it (docs/api.md). */
export type TraceSummary = {
  readonly traceId: string
  readonly start: string
  readonly startNs: string
  readonly durationNs: string
  /** Absent while no span without a parent is stored. */
  readonly root?: { readonly service: string; readonly name: string }
  readonly spans: number
  readonly errors: number
  readonly services: ReadonlyArray<string>
  readonly firstMatch: string
  readonly matchedSpans: number
}

/** Traces of one statement: with more of them the bloom filter on the trace id excludes less and less. */
export const ASKED_MAX = 100

type SummaryRow = {
  readonly traceId: string
  readonly spans: string
  readonly matched: string
  readonly errors: string
  readonly services: ReadonlyArray<string>
  readonly roots: string
  readonly rootService: string
  readonly rootName: string
}

/** `range`: when the traces were; the conditions' own is only when their matches were. */
export function summaryStatement(
  spans: Source,
  { tenantId, where }: SpanMatch,
  traceIds: ReadonlyArray<string>,
  range: TimeRange,
): Statement {
  const time = spans.column('Timestamp')
  const service = spans.column('ServiceName')
  const isRoot = sql`empty(${spans.column('ParentSpanId')})`
  const place = sql`(${time}, ${spans.column('SpanId')})`
  const id = spans.idText('TraceId')
  return select({
    from: spans,
    tenantId,
    columns: {
      traceId: id,
      spans: sql`count()`,
      matched: sql`countIf(${and(where)})`,
      errors: sql`countIf(${spans.column('StatusCode')} = ${bind('UInt8', STATUS_ERROR)})`,
      services: sql`arraySort(groupUniqArrayIf(100)(${service}, notEmpty(${service})))`,
      roots: sql`countIf(${isRoot})`,
      rootService: sql`argMinIf(${service}, ${place}, ${isRoot})`,
      rootName: sql`argMinIf(${spans.column('SpanName')}, ${place}, ${isRoot})`,
    },
    where: [
      sql`${time} >= ${instant(range.start)}`,
      sql`${time} < ${instant(range.end)}`,
      isOneText(id, traceIds),
    ],
    groupBy: [id],
    limit: traceIds.length,
  })
}

/** What a page of a search tells of its traces beside their matches. */
export class Summaries {
  readonly #store: TracesStore
  readonly #match: SpanMatch
  readonly #run: Run
  readonly #times = new Map<string, TraceTime>()
  readonly #rows = new Map<string, SummaryRow>()

  constructor(store: TracesStore, match: SpanMatch, run: Run) {
    this.#store = store
    this.#match = match
    this.#run = run
  }

  /** Makes `summaryOf` know the traces of `matches`. */
  async learn(matches: ReadonlyArray<MatchRow>): Promise<void> {
    this.#times.clear()
    this.#rows.clear()
    for (let i = 0; i < matches.length; i += ASKED_MAX) await this.#fetch(matches.slice(i, i + ASKED_MAX))
  }

  summaryOf({ traceId, time }: MatchRow): TraceSummary {
    const match: Nanos = BigInt(time)
    const { start, end } = this.#times.get(traceId) ?? { start: match, end: match }
    const row = this.#rows.get(traceId)
    return {
      traceId,
      start: formatNanos(String(start)),
      startNs: String(start),
      durationNs: String(end - start),
      ...(row === undefined || row.roots === '0'
        ? {}
        : { root: { service: row.rootService, name: row.rootName } }),
      spans: Number(row?.spans ?? 0),
      errors: Number(row?.errors ?? 0),
      services: row?.services ?? [],
      firstMatch: formatNanos(time),
      matchedSpans: Number(row?.matched ?? 0),
    }
  }

  /** Spans that started more than a day before or after the matches are not counted: their times are on other days. */
  async #fetch(matches: ReadonlyArray<MatchRow>): Promise<void> {
    const ids = matches.map(({ traceId }) => traceId)
    const times = await findTimes(this.#store, this.#match.tenantId, ids, this.#run, daysAround(matches))
    if (times === undefined) return
    for (const [traceId, time] of times.byId) this.#times.set(traceId, time)
    const statement = summaryStatement(this.#store.spans, this.#match, ids, times.range)
    for (const row of await this.#store.queries.rows<SummaryRow>(statement, this.#run))
      this.#rows.set(row.traceId, row)
  }
}
