import type { Signal } from '../../../otlp/batch.ts'
import type { OtlpJson } from '../../../otlp/json/record-json.ts'
import { readSlice } from '../../pages/page.ts'
import { type PlacedRow, positionOf, type RowPosition } from '../../pages/row-order.ts'
import type { TimeRange } from '../../parameters/range.ts'
import { logHistory } from './logs.ts'
import { expHistogramPoints, histogramPoints, numberPoints, summaryPoints } from './point-columns.ts'
import { pointHistory } from './points.ts'
import type { History, HistoryParts } from './source.ts'
import { spanHistory } from './spans.ts'

/** Some records of a signal, as an OTLP/JSON export request; the first of them is of `timeMs`. */
export type Chunk = { readonly signal: Signal; readonly request: OtlpJson; readonly timeMs: number }

/** How much of a signal there is, and was read. */
export type Coverage = { readonly signal: Signal; stored: number; read: number }

export type ReadOptions = {
  readonly signals: ReadonlySet<Signal>
  readonly range: TimeRange
  /** Of all signals together. */
  readonly rowsMax: number
  /** Records of two seconds are never in one chunk: for who lives by their time. */
  readonly bySecond: boolean
  /** Asked between two statements: no more is read then. */
  readonly isOver: () => boolean
}

/** More rows than may be read: the same number of each of so many parts of the range, so that all of it has a say. */
const PARTS = 50
/** Rows that are looked at without a pause. */
const CHUNK_ROWS = 500
const PAGE_ROWS = 2000

/** A table with its rows' type hidden: tables of all kinds stand in one list. */
type Table = {
  readonly signal: Signal
  count(range: TimeRange): Promise<number>
  chunks(range: TimeRange, rowsMax: number, options: ReadOptions): AsyncGenerator<ChunkOfRows>
}
type ChunkOfRows = Chunk & { readonly rows: number }

/**
 * The stored records of the range in chunks, table by table, oldest first. `coverage` says, once it has ended, how many
 * there are of each signal and how many of them came.
 */
export async function* readHistory(
  parts: HistoryParts,
  options: ReadOptions,
  coverage: Map<Signal, Coverage>,
): AsyncGenerator<Chunk> {
  const tables = tablesOf(parts).filter(({ signal }) => options.signals.has(signal))
  const counts: number[] = []
  for (const table of tables) {
    const count = await table.count(options.range)
    counts.push(count)
    const known = coverage.get(table.signal) ?? { signal: table.signal, stored: 0, read: 0 }
    coverage.set(table.signal, { ...known, stored: known.stored + count })
  }
  const all = counts.reduce((sum, count) => sum + count, 0)
  for (const [i, table] of tables.entries()) {
    const count = counts[i]!
    // Each table has its share of what may be read.
    const rowsMax = all <= options.rowsMax ? count : Math.ceil((count * options.rowsMax) / all)
    for await (const { rows, ...chunk } of readTable(table, count, rowsMax, options)) {
      coverage.get(table.signal)!.read += rows
      yield chunk
      if (options.isOver()) return
    }
  }
}

function tablesOf(parts: HistoryParts): Table[] {
  const { expHistograms, histograms, samples, summaries } = parts.store
  return [
    tableOf(parts, logHistory(parts)),
    tableOf(parts, spanHistory(parts)),
    tableOf(parts, pointHistory(parts, samples, numberPoints)),
    tableOf(parts, pointHistory(parts, histograms, histogramPoints)),
    tableOf(parts, pointHistory(parts, expHistograms, expHistogramPoints)),
    tableOf(parts, pointHistory(parts, summaries, summaryPoints)),
  ]
}

async function* readTable(
  table: Table,
  count: number,
  rowsMax: number,
  options: ReadOptions,
): AsyncGenerator<ChunkOfRows> {
  if (count <= rowsMax) {
    yield* table.chunks(options.range, Number.POSITIVE_INFINITY, options)
    return
  }
  for (const part of partsOf(options.range)) {
    if (options.isOver()) return
    yield* table.chunks(part, Math.ceil(rowsMax / PARTS), options)
  }
}

function partsOf({ start, end }: TimeRange): TimeRange[] {
  const at = (i: number): bigint => start + ((end - start) * BigInt(i)) / BigInt(PARTS)
  return Array.from({ length: PARTS }, (_, i) => ({ start: at(i), end: at(i + 1) }))
}

function tableOf<Row extends PlacedRow>({ run, store }: HistoryParts, history: History<Row>): Table {
  const { signal } = history
  const { queries } = store
  return {
    signal,
    async count(range) {
      const [row] = await queries.rows<{ rows: string }>(history.count(range), run)
      return Number(row?.rows ?? 0)
    },
    async *chunks(range, rowsMax, { bySecond, isOver }) {
      let after: RowPosition | undefined
      for (let left = rowsMax; left > 0 && !isOver(); ) {
        const source = {
          statement: (position: RowPosition | undefined, rows: number) => history.page(range, position, rows),
          sizeOf: (row: Row) => history.sizeOf(row),
        }
        const { more, rows } = await readSlice(queries, source, after, Math.min(left, PAGE_ROWS), run)
        for (const some of chunksOf(rows, bySecond)) {
          const timeMs = secondOf(some[0]!) * 1000
          yield { signal, timeMs, request: await history.request(some), rows: some.length }
        }
        left -= rows.length
        if (!more) return
        after = positionOf(rows.at(-1)!)
      }
    },
  }
}

function* chunksOf<Row extends PlacedRow>(
  rows: ReadonlyArray<Row>,
  bySecond: boolean,
): Generator<ReadonlyArray<Row>> {
  for (let start = 0, end = 1; start < rows.length; start = end++) {
    const second = secondOf(rows[start]!)
    while (end < rows.length && end - start < CHUNK_ROWS && (!bySecond || secondOf(rows[end]!) === second))
      end++
    yield rows.slice(start, end)
  }
}

/** Nanoseconds as text: a number is exact to the second. */
function secondOf({ time }: PlacedRow): number {
  return Math.floor(Number(time) / 1e9)
}
