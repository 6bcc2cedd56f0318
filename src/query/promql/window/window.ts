import type { Histogram } from '../histogram/histogram.ts'
import type { StoredSeries } from '../source.ts'

const NO_TIMES: Float64Array = new Float64Array(0)

/**
 * The samples of one series that a range function sees at one instant: floats [from, to) of `values`, histograms
 * [histogramFrom, histogramTo). One window serves all instants of all series of a call; it is moved, not made.
 */
export class Window {
  timesMs = NO_TIMES
  values = NO_TIMES
  from = 0
  to = 0
  histogramTimesMs = NO_TIMES
  histograms: ReadonlyArray<Histogram> = []
  histogramFrom = 0
  histogramTo = 0
  /** The range is (startMs, endMs]. */
  startMs = 0
  endMs = 0
  /** The instant that is evaluated, and its place in the grid; apart from `endMs` where there is an offset or an @. */
  instantMs = 0
  step = 0
  metricName = ''
  /** What a kernel answers with when it says FLOAT … */
  value = 0
  /** … and when it says HISTOGRAM. */
  histogram: Histogram | undefined

  get floats(): number {
    return this.to - this.from
  }

  get histogramCount(): number {
    return this.histogramTo - this.histogramFrom
  }

  /** Begins with the samples of another series. */
  open(series: StoredSeries): void {
    this.timesMs = series.timesMs
    this.values = series.values
    this.from = 0
    this.to = 0
    this.histogramTimesMs = series.histograms?.timesMs ?? NO_TIMES
    this.histograms = series.histograms?.values ?? []
    this.histogramFrom = 0
    this.histogramTo = 0
    this.metricName = series.labels.get('__name__') ?? ''
  }

  /** Moves on to the samples in (fromMs, toMs]; both only grow, for one series. */
  moveTo(fromMs: number, toMs: number): void {
    const { timesMs, histogramTimesMs } = this
    while (this.to < timesMs.length && timesMs[this.to]! <= toMs) this.to++
    while (this.from < this.to && timesMs[this.from]! <= fromMs) this.from++
    const count = histogramTimesMs.length
    if (count === 0) return
    while (this.histogramTo < count && histogramTimesMs[this.histogramTo]! <= toMs) this.histogramTo++
    while (this.histogramFrom < this.histogramTo && histogramTimesMs[this.histogramFrom]! <= fromMs)
      this.histogramFrom++
  }
}

/** What a range function makes of a window: ABSENT, FLOAT with `value`, or HISTOGRAM with `histogram`. */
export type Kernel = (window: Window) => number
