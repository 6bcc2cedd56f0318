import { type Batch, KEPT } from '../../otlp/batch.ts'
import { METRIC, POINT } from '../../otlp/slots.ts'
import { MetricRegistry, NO_METRIC } from './metric-registry.ts'
import { SERIES_WORDS } from './series-slots.ts'
import { FRESH, JUDGES_MAX, OVER, SeriesTable } from './series-table.ts'

export type SeriesTrackerOptions = {
  /** Active series of all metrics and tenants. */
  readonly seriesMax: number
  /** Metrics of all tenants. */
  readonly metricsMax: number
  /** A series that was not seen for so long is forgotten; one seen within half of it is not. */
  readonly idleAfterMs: number
  readonly nowMs: () => number
}

/** A metric of a tenant and its active series. */
export type MetricSeries = {
  readonly metric: string
  readonly active: number
  /** Of these, first seen in the last `idleAfterMs` (at least in the last half of it). */
  readonly new: number
}

/**
 * The active series of a gateway. One for all limiters and all rules, since they count the same; it outlives reloads.
 *
 * In the pipeline, limiters `begin` a batch, judge its points and admit series; `settle` ends it: without a limiter it
 * counts all points itself. What a refused commit taught is not forgotten: see docs/adr/0011-cardinality.md.
 */
export class SeriesTracker {
  readonly table: SeriesTable
  readonly registry: MetricRegistry
  readonly idleAfterMs: number
  /** Points whose series could not be counted, because the table or the registry was full. */
  untrackedPoints = 0
  /** Hears of each series that was admitted, once its batch is through. */
  onAdmitted: ((low: number, high: number, metric: number, over: boolean) => void) | undefined
  readonly #nowMs: () => number
  #windowStartMs: number
  #judges = 0
  #begun = false
  #hasSwept = true
  /** Series whose flags are to be cleared when the batch is through: {@link SERIES_WORDS} words each. */
  #marked = new Int32Array(SERIES_WORDS * 1024)
  #markedWords = 0

  constructor({ seriesMax, metricsMax, idleAfterMs, nowMs }: SeriesTrackerOptions) {
    this.table = new SeriesTable({ seriesMax })
    this.registry = new MetricRegistry({ metricsMax })
    this.idleAfterMs = idleAfterMs
    this.#nowMs = nowMs
    this.#windowStartMs = nowMs()
  }

  get windowStartMs(): number {
    return this.#windowStartMs
  }

  /** A number for a limiter, by which it knows what it judged itself: 1 to 15, then from 1 again. */
  newJudge(): number {
    this.#judges = (this.#judges % JUDGES_MAX) + 1
    return this.#judges
  }

  /** To be called by a limiter before it looks at a batch: its series have fingerprints (src/otlp/series). */
  begin(): void {
    this.#begun = true
  }

  /** The number of the metric of record `i`; `NO_METRIC` if it can't be counted. */
  metricOf(batch: Batch, i: number): number {
    const row = batch.records.data[i * POINT.stride + POINT.metric]!
    const { data } = batch.metrics
    const at = row * METRIC.stride
    return this.registry.number(
      batch.tenantOf(i),
      batch.bytes,
      data[at + METRIC.nameStart]!,
      data[at + METRIC.nameEnd]!,
    )
  }

  /** Adds a series that is not active, within a batch. False if it can't be counted. */
  admit(low: number, high: number, metric: number, flags: number): boolean {
    if (metric === NO_METRIC || !this.table.admit(low, high, metric, flags | FRESH)) {
      this.untrackedPoints++
      return false
    }
    this.#mark(low, high, metric)
    return true
  }

  /** Replaces the flags of a series that was touched; but for `OVER` they are cleared when the batch is through. */
  flag(low: number, high: number, metric: number, flags: number): void {
    this.table.setFlags(low, high, metric, flags)
    this.#mark(low, high, metric)
  }

  /**
   * Ends a batch. `batch` is left out if it came to nothing: then only marks are cleared. Without a limiter before,
   * all kept points are counted.
   */
  settle(batch?: Batch): void {
    if (!this.#begun && batch !== undefined) this.#countAll(batch)
    this.#begun = false
    this.#clearMarks()
    this.advance()
  }

  /** Does what is due, a little of it each time: after each batch, and every second. */
  advance(): void {
    if (!this.table.sweep()) {
      this.#hasSwept = false
      return
    }
    if (!this.#hasSwept) this.#releaseMetrics()
    this.#hasSwept = true
    const nowMs = this.#nowMs()
    const windowMs = this.idleAfterMs / 2
    const elapsedMs = nowMs - this.#windowStartMs
    if (elapsedMs >= windowMs) {
      this.table.rotate()
      // After a leap of the clock, one window ends, not all that would have fitted in.
      this.#windowStartMs = elapsedMs < 2 * windowMs ? this.#windowStartMs + windowMs : nowMs
    } else if (elapsedMs < 0) this.#windowStartMs = nowMs
  }

  /** For a restart: the current window began then; windows that ended since are over. */
  resumeWindow(startMs: number): void {
    const windowMs = this.idleAfterMs / 2
    const ended = Math.max(0, Math.floor((this.#nowMs() - startMs) / windowMs))
    for (let i = 0; i < Math.min(ended, 2); i++) this.table.rotate()
    this.#windowStartMs = startMs + ended * windowMs
  }

  /** The metrics of a tenant with most active series, most first. */
  top(tenant: string, count: number): MetricSeries[] {
    const { registry, table } = this
    const metrics: { metric: number; active: number }[] = []
    for (let metric = 1; metric < registry.end; metric++) {
      const active = table.activeOf(metric)
      if (active > 0 && registry.tenantOf(metric) === tenant) metrics.push({ metric, active })
    }
    metrics.sort((a, b) => b.active - a.active || a.metric - b.metric)
    return metrics.slice(0, count).map(({ metric }) => this.#seriesOf(metric))
  }

  /** One metric of a tenant; undefined if it is not counted. */
  metric(tenant: string, name: string): MetricSeries | undefined {
    const bytes = Buffer.from(name)
    const metric = this.registry.find(tenant, bytes, 0, bytes.length)
    if (metric === NO_METRIC) return undefined
    return this.#seriesOf(metric)
  }

  /** Active series of a tenant. */
  activeOf(tenant: string): number {
    const { registry, table } = this
    let active = 0
    for (let metric = 1; metric < registry.end; metric++)
      if (registry.tenantOf(metric) === tenant) active += table.activeOf(metric)
    return active
  }

  #seriesOf(metric: number): MetricSeries {
    const active = this.table.activeOf(metric)
    const name = this.registry.nameOf(metric)!.name.toString()
    return { metric: name, active, new: Math.min(active, this.table.bornOf(metric)) }
  }

  #countAll(batch: Batch): void {
    const { table } = this
    const { verdicts } = batch
    const { data, count } = batch.records
    let row = -1
    let metric = NO_METRIC
    for (let i = 0, base = 0; i < count; i++, base += POINT.stride) {
      if (verdicts[i] !== KEPT) continue
      if (data[base + POINT.metric] !== row) {
        row = data[base + POINT.metric]!
        metric = this.metricOf(batch, i)
      }
      const low = data[base + POINT.seriesLow]! | 0
      const high = data[base + POINT.seriesHigh]! | 0
      if (metric === NO_METRIC || table.touch(low, high, metric) === 0) this.admit(low, high, metric, 0)
    }
  }

  #mark(low: number, high: number, metric: number): void {
    if (this.#markedWords === this.#marked.length) {
      const grown = new Int32Array(2 * this.#marked.length)
      grown.set(this.#marked)
      this.#marked = grown
    }
    this.#marked[this.#markedWords] = low
    this.#marked[this.#markedWords + 1] = high
    this.#marked[this.#markedWords + 2] = metric
    this.#markedWords += SERIES_WORDS
  }

  #clearMarks(): void {
    const { table } = this
    const marked = this.#marked
    for (let i = 0; i < this.#markedWords; i += SERIES_WORDS) {
      const low = marked[i]!
      const high = marked[i + 1]!
      const metric = marked[i + 2]!
      const flags = table.touch(low, high, metric)
      if (flags === 0) continue
      table.setFlags(low, high, metric, flags & OVER)
      if ((flags & FRESH) !== 0) this.onAdmitted?.(low, high, metric, (flags & OVER) !== 0)
    }
    this.#markedWords = 0
    if (marked.length > MARKED_WORDS_KEPT) this.#marked = new Int32Array(MARKED_WORDS_KEPT)
  }

  #releaseMetrics(): void {
    const { registry, table } = this
    for (let metric = 1; metric < registry.end; metric++)
      if (registry.isUsed(metric) && table.slotsOf(metric) === 0) registry.release(metric)
  }
}

const MARKED_WORDS_KEPT = 1 << 16
