import type { Batch } from '../otlp/batch.ts'
import type { SeriesTracker } from './cardinality-limit/series-tracker.ts'
import type { Pipeline } from './pipeline.ts'

/** A pipeline in use, and which commits its batches joined. */
type Tenure = { readonly pipeline: Pipeline; first: number; last: number }

const NEVER = -1

/**
 * The pipeline in force. A reload swaps it between two requests; the old one still hears of the commits that
 * its batches joined, and is stopped when the last of them has ended.
 */
export class LivePipeline {
  #current: Tenure
  #retired: Tenure[] = []
  readonly #series: SeriesTracker | undefined

  /** `series` counts the active series of what is left of metrics, whatever the rules are. */
  constructor(pipeline: Pipeline, series?: SeriesTracker) {
    this.#series = series
    this.#current = { pipeline, first: NEVER, last: NEVER }
  }

  get pipeline(): Pipeline {
    return this.#current.pipeline
  }

  process(batch: Batch, commit: number): void {
    const current = this.#current
    if (current.first === NEVER) current.first = commit
    current.last = commit
    if (batch.signal !== 'metrics' || this.#series === undefined) {
      current.pipeline.process(batch, commit)
      return
    }
    let counted: Batch | undefined
    try {
      current.pipeline.process(batch, commit)
      counted = batch
    } finally {
      this.#series.settle(counted)
    }
  }

  /** From now on `next` sees the requests. */
  swap(next: Pipeline): void {
    const old = this.#current
    this.#current = { pipeline: next, first: NEVER, last: NEVER }
    if (old.last === NEVER) old.pipeline.stop()
    else this.#retired.push(old)
  }

  /** Reports a commit's end. To be called once for each commit, in order. */
  ended(commit: number, durable: boolean): void {
    for (const tenure of this.#retired) tell(tenure, commit, durable)
    tell(this.#current, commit, durable)
    this.#retired = this.#retired.filter(({ last, pipeline }) => {
      if (last > commit) return true
      pipeline.stop()
      return false
    })
    // What has ended is over: a swap from here on leaves nothing to report.
    if (this.#current.last !== NEVER && this.#current.last <= commit)
      this.#current.first = this.#current.last = NEVER
  }

  stop(): void {
    for (const { pipeline } of this.#retired) pipeline.stop()
    this.#retired = []
    this.#current.pipeline.stop()
  }
}

function tell({ first, last, pipeline }: Tenure, commit: number, durable: boolean): void {
  if (first === NEVER || commit < first || commit > last) return
  if (durable) pipeline.committed(commit)
  else pipeline.refused(commit)
}
