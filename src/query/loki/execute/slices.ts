import { afterPosition, type Direction, type RowPosition, rowOrder } from '../../pages/row-order.ts'
import { instant } from '../../sql/conditions.ts'
import { type Fragment, sql } from '../../sql/fragment.ts'
import type { Run } from '../../sql/queries.ts'
import { select } from '../../sql/select.ts'
import { NANOS_MAX } from '../../time.ts'
import type { Meter } from './meter.ts'
import { type MoreColumns, positionOf, rowColumns, type StoredRow, sizeOf } from './rows.ts'
import { ofSelection, type Selection } from './selection.ts'
import type { LokiStore } from './store.ts'

export type RowsQuery = {
  readonly selection: Selection
  /** With `startNs`, without `endNs`. */
  readonly startNs: bigint
  readonly endNs: bigint
  readonly direction: Direction
  readonly after?: RowPosition | undefined
  /** What rows have to meet, beside their resource and time. */
  readonly conditions: ReadonlyArray<Fragment>
  /** Few rows are likely to meet the conditions, and an index finds those: the range is read at once. */
  readonly few: boolean
  readonly columns: MoreColumns
  /** Entries that are still wanted of what comes; undefined if all are. */
  readonly wanted: () => number | undefined
}

/** Rows and bytes that a query holds at once. */
const SLICE_ROWS_MAX = 10_000
const SLICE_BYTES_MAX = 8 * 1024 * 1024
/** So many rows more than asked for, since the evaluator may drop some. */
const SLICE_ROWS_MIN = 100
const SECOND = 1_000_000_000n
const FIRST_WINDOW = 900n * SECOND
/** How much wider or narrower than the last a window may be. */
const GROWTH_MAX = 16
const GROWTH_MIN = 0.25

type Slice = {
  readonly rows: ReadonlyArray<StoredRow>
  /** There may be more in its window. */
  readonly more: boolean
}

/**
 * The rows in order, slice by slice. Each slice is a statement of its own, over a window of the range, and is read whole
 * before it is handed on: a consumer that takes its time holds neither a connection nor a query. Windows begin small at the
 * end where reading begins, and grow while they give little: the newest lines of a day are found without reading the day,
 * and ClickHouse never sorts more than a window.
 */
export async function* readSlices(
  store: LokiStore,
  query: RowsQuery,
  meter: Meter,
  run: Run,
): AsyncGenerator<ReadonlyArray<StoredRow>, void, undefined> {
  const { selection, direction } = query
  const isKnown = selection.learn === undefined
  if (selection.tenantIds.length === 0 || (isKnown && selection.resources.length === 0)) return
  const ofResources = isKnown ? ofSelection(store, selection) : []
  const conditions = [...ofResources, ...query.conditions]
  const windows = new Windows(query)
  const need = new Need(query.wanted)
  let { after } = query
  for (let window = windows.next(); window !== undefined; window = windows.next()) {
    let found = 0
    for (;;) {
      const bounds = afterPosition(store.logs, direction, after)
      const asked = { window, limit: need.rows(), conditions: [...conditions, ...bounds] }
      const slice = await readSlice(store, query, asked, meter, run)
      found += slice.rows.length
      const last = slice.rows.at(-1)
      if (last !== undefined) {
        after = positionOf(last)
        yield slice.rows
        need.gave(slice.rows.length)
      }
      if (!slice.more) break
    }
    windows.resize(found, need.rows())
    after = undefined
  }
}

/** How many rows the entries that are still wanted will take, judged by how many the rows so far gave. */
class Need {
  readonly #wanted: () => number | undefined
  readonly #all: number | undefined
  #rows = 0

  constructor(wanted: () => number | undefined) {
    this.#wanted = wanted
    this.#all = wanted()
  }

  gave(rows: number): void {
    this.#rows += rows
  }

  rows(): number {
    const wanted = this.#wanted()
    if (wanted === undefined || this.#all === undefined) return SLICE_ROWS_MAX
    const kept = this.#all - wanted
    const perEntry = kept === 0 ? 1 + this.#rows / this.#all : this.#rows / kept
    return Math.max(SLICE_ROWS_MIN, Math.min(Math.ceil(wanted * perEntry), SLICE_ROWS_MAX))
  }
}

type Window = { readonly startNs: bigint; readonly endNs: bigint }

async function readSlice(
  store: LokiStore,
  { selection, direction, columns }: RowsQuery,
  {
    window,
    limit,
    conditions,
  }: { readonly window: Window; readonly limit: number; readonly conditions: ReadonlyArray<Fragment> },
  meter: Meter,
  run: Run,
): Promise<Slice> {
  const { logs, queries } = store
  const { column } = logs
  const { tenantIds } = selection
  const statement = select({
    from: logs,
    tenantId: tenantIds.length === 1 ? tenantIds[0]! : tenantIds,
    columns: rowColumns(logs, columns),
    where: [
      sql`${column('Timestamp')} >= ${instant(window.startNs)}`,
      sql`${column('Timestamp')} < ${instant(window.endNs)}`,
      ...conditions,
    ],
    orderBy: rowOrder(logs, direction),
    limit,
  })
  const rows: StoredRow[] = []
  let bytes = 0
  for await (const chunk of queries.stream<StoredRow>(statement, meter.statement(run)))
    for (const row of chunk) {
      rows.push(row)
      bytes += sizeOf(row)
      meter.linesReturned++
      meter.lineBytesReturned += Buffer.byteLength(row.body)
      if (bytes >= SLICE_BYTES_MAX) return { rows, more: true }
    }
  return { rows, more: rows.length === limit }
}

const laterWins = (a: bigint, b: bigint): boolean => a > b
const later = (a: bigint, b: bigint): bigint => (laterWins(a, b) ? a : b)
const earlier = (a: bigint, b: bigint): bigint => (laterWins(a, b) ? b : a)

/** The windows of a range, from the end where reading begins. */
class Windows {
  readonly #startNs: bigint
  readonly #endNs: bigint
  readonly #backward: boolean
  #widthNs: bigint
  #atNs: bigint

  constructor({ startNs, endNs, direction, after, few }: RowsQuery) {
    this.#startNs = startNs
    this.#endNs = endNs > NANOS_MAX ? NANOS_MAX : endNs
    this.#backward = direction === 'backward'
    if (after !== undefined && this.#backward && after.timestamp < this.#endNs)
      this.#endNs = after.timestamp + 1n
    if (after !== undefined && !this.#backward && after.timestamp > this.#startNs)
      this.#startNs = after.timestamp
    this.#atNs = this.#backward ? this.#endNs : this.#startNs
    this.#widthNs = few ? later(this.#endNs - this.#startNs, SECOND) : FIRST_WINDOW
  }

  next(): Window | undefined {
    const at = this.#atNs
    if (this.#backward) {
      if (at <= this.#startNs) return undefined
      const start = later(at - this.#widthNs, this.#startNs)
      this.#atNs = start
      return { startNs: start, endNs: at }
    }
    if (at >= this.#endNs) return undefined
    const end = earlier(at + this.#widthNs, this.#endNs)
    this.#atNs = end
    return { startNs: at, endNs: end }
  }

  /** The last window had so many rows, of so many that were asked for: the next is made accordingly. */
  resize(rows: number, wanted: number): void {
    const factor = Math.min(GROWTH_MAX, Math.max(GROWTH_MIN, wanted / Math.max(rows, 1)))
    const widthNs = (this.#widthNs * BigInt(Math.round(factor * 4))) / 4n
    this.#widthNs = later(widthNs, SECOND)
  }
}
