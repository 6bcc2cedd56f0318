import type { LogRange, MetricExpr } from '../ast.ts'
import type { LogRecord } from '../record.ts'
import type { MetricNode } from './node.ts'

export type LogBatch = ReadonlyArray<LogRecord>

/**
 * Where records come from. `open` gives those that a range may need, oldest first, in (fromNs, toNs]; it may give more
 * streams and times, and records that the stages would drop, since all is looked at again. A batch is not kept.
 */
export type LogSource = {
  readonly open: (
    range: LogRange,
    fromNs: bigint,
    toNs: bigint,
  ) => AsyncIterable<LogBatch> | Iterable<LogBatch>
  /** A part of the query that the source computes itself, as the evaluator would. Asked from the outside inwards. */
  readonly nodeFor?: (expr: MetricExpr, grid: Grid) => MetricNode | undefined
}

/** The instants of a query: `count` of them, `stepNs` apart. */
export type Grid = { readonly startNs: bigint; readonly stepNs: number; readonly count: number }

export type EvaluationLimits = {
  /** Series of the result. */
  readonly seriesMax: number
  /** Series that one range aggregation may hold at once, before they are grouped. */
  readonly rangeSeriesMax: number
  /** Samples that the windows of one range aggregation may hold at once. */
  readonly samplesMax: number
  /** Points per series. */
  readonly pointsMax: number
}

export const DEFAULT_LIMITS: EvaluationLimits = {
  seriesMax: 500,
  rangeSeriesMax: 100_000,
  samplesMax: 5_000_000,
  pointsMax: 11_000,
}

/** Reads a source record by record, up to a time. */
export class RecordReader {
  readonly #batches: AsyncIterator<LogBatch> | Iterator<LogBatch>
  readonly #originHigh: number
  readonly #originLow: number
  #batch: LogBatch = []
  #at = 0
  #ended = false

  /** Times are counted from `originNs`. */
  constructor(batches: AsyncIterable<LogBatch> | Iterable<LogBatch>, originNs: bigint) {
    this.#batches =
      Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]()
    this.#originHigh = Number(originNs >> 32n)
    this.#originLow = Number(originNs & 0xffffffffn)
  }

  /** Calls `use` for the records with a time up to `until`, which were not read yet. */
  async read(until: number, use: (record: LogRecord, time: number) => void): Promise<void> {
    for (;;) {
      while (this.#at < this.#batch.length) {
        const record = this.#batch[this.#at]!
        const time = (record.timeHigh - this.#originHigh) * 0x1_0000_0000 + (record.timeLow - this.#originLow)
        if (time > until) return
        this.#at++
        use(record, time)
      }
      if (this.#ended) return
      const next = await this.#batches.next()
      this.#ended = next.done === true
      this.#batch = next.done === true ? [] : next.value
      this.#at = 0
    }
  }

  /** Lets the source go before its end. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#batches.return?.()
    this.#ended = true
  }
}
