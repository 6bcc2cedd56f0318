import type { LogExpr, Matcher, MetricExpr } from '../../logql/ast.ts'
import type { InstantResult, MatrixSeries } from '../../logql/metrics/evaluate.ts'
import type { Labels, LogEntry } from '../../logql/record.ts'
import type { LogRow } from '../../logs/page-statement.ts'
import type { Direction, RowPosition } from '../../pages/row-order.ts'
import type { Run, StatementLimits } from '../../sql/queries.ts'
import type { StoredRecord } from './rows.ts'
import type { SelectedResource } from './selection.ts'
import type { SeqBounds } from './seq-bounds.ts'

/**
 * What runs LogQL over stored rows, for the fronts (Loki's API, the native API). Expressions have gone through `parse`.
 * Everything throws ApiError for users' mistakes and limits, LogqlError never, and DatabaseError where ClickHouse fails
 * (`toApiError` makes both an answer).
 */
export type LokiExecutor = {
  /**
   * The entries of a log query in order, in batches that are no larger than a slice; the consumer's pace is the
   * reader's. Ending the iteration, or `run.signal`, ends the work in ClickHouse; a consumer that waits holds nothing
   * there.
   */
  runLogs(query: LogsQuery, run: QueryRun): LogsResult
  runInstant(query: InstantQuery, run: QueryRun): Promise<Answer<InstantResult>>
  runRange(query: RangeQuery, run: QueryRun): Promise<Answer<ReadonlyArray<MatrixSeries>>>
  /** The streams that have rows on the days of a range, for labels, values and series. */
  streams(query: StreamsQuery, run: QueryRun): Promise<ReadonlyArray<Stream>>
}

/** On whose behalf, as for every statement; a request's limits are known here. */
export type QueryRun = Run & { readonly limits: StatementLimits }

/** At least one tenant, each once. With several, streams have the label `__tenant_id__`. */
export type Tenants = ReadonlyArray<string>

export type LogsQuery = {
  readonly tenantIds: Tenants
  readonly expr: LogExpr
  /** From `startNs` (with it) to `endNs` (without it), as Loki. */
  readonly startNs: bigint
  readonly endNs: bigint
  readonly direction: Direction
  /** Undefined reads to the end of the range. */
  readonly limit: number | undefined
  /** Goes on after this entry, in `direction`: no row is lost or repeated where many share a nanosecond. */
  readonly after?: RowPosition | undefined
  /** Only rows received within these bounds. */
  readonly received?: SeqBounds | undefined
  /** Only rows of these resources, of those that the selector means. */
  readonly ofResource?: ((resource: SelectedResource) => boolean) | undefined
  /** Only records that it keeps; they bring their `sourceTime`. Asked in order, and never of more than `limit` asks for. */
  readonly keep?: ((record: StoredRecord) => boolean) | undefined
  /** Entries bring the whole stored row too (`row`), for the native API. */
  readonly withRow?: boolean | undefined
}

export type Entry = LogEntry & {
  readonly tenantId: string
  /** Of the row: what `after` takes. */
  readonly position: RowPosition
  readonly row: LogRow | undefined
  /** What it was made of. */
  readonly stored?: StoredRecord
}

export type LogsResult = AsyncIterable<ReadonlyArray<Entry>> & {
  /** What was done so far; complete once the iteration has ended. */
  stats(): QueryStats
}

export type InstantQuery = {
  readonly tenantIds: Tenants
  readonly expr: MetricExpr
  readonly timeNs: bigint
}

export type RangeQuery = {
  readonly tenantIds: Tenants
  readonly expr: MetricExpr
  readonly startNs: bigint
  readonly endNs: bigint
  readonly stepNs: bigint
}

export type Answer<Value> = { readonly value: Value; readonly stats: QueryStats }

export type StreamsQuery = {
  readonly tenantIds: Tenants
  /** Empty for all streams. Aliases (`namespace`, …) and `__tenant_id__` work as in selectors. */
  readonly matchers: ReadonlyArray<Matcher>
  readonly startNs: bigint
  readonly endNs: bigint
}

/** One set of stream labels of one tenant; several stored resources may share it. */
export type Stream = { readonly tenantId: string; readonly labels: Labels }

/** Where a part of a query was computed: `sql` whole in ClickHouse, `evaluator` here, over rows that SQL preselected. */
export type StagePlan = {
  /** The range aggregation or log query, as text. */
  readonly query: string
  readonly where: 'sql' | 'evaluator'
  /** Stages (counted from the front) that SQL applies; of `sql`, all. */
  readonly stagesInSql: number
  readonly stages: number
}

export type QueryStats = {
  /** Rows read by ClickHouse, whether they matched or not. */
  readonly rowsRead: number
  /** Uncompressed bytes of the columns read. */
  readonly bytesRead: number
  readonly statements: number
  /** Streams (stored resources) that the selectors chose. */
  readonly streams: number
  /** Rows that came to the gateway, and the bytes of their lines. */
  readonly linesReturned: number
  readonly lineBytesReturned: number
  /** Entries or samples of the answer. */
  readonly entriesReturned: number
  readonly execTimeMs: number
  readonly plan: ReadonlyArray<StagePlan>
}
