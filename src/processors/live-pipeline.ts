import type { Batch } from '../otlp/batch.ts'
import type { SeriesTracker } from './cardinality-limit/series-tracker.ts'
import type { Pipeline } from './pipeline.ts'
import type { CommitNote } from './processor.ts'

const TICK_MS = 1000

/**
 * The pipeline in force. A reload swaps it between two requests; the old one still hears of the commits that
 * its batches, and what it generated, joined, and is stopped when the last of them has ended.
 */
export class LivePipeline {
  #current: Pipeline
  #retired: Pipeline[] = []
  #processing = false
  #timer: NodeJS.Timeout | undefined
  readonly #series: SeriesTracker | undefined

  /** `series` counts the active series of what is left of metrics, whatever the rules are. */
  constructor(pipeline: Pipeline, series?: SeriesTracker) {
    this.#series = series
    this.#current = pipeline
  }

  get pipeline(): Pipeline {
    return this.#current
  }

  /** A batch is being processed now. */
  get processing(): boolean {
    return this.#processing
  }

  /** From now on processors hear of the clock, and may generate: the store is open. */
  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS)
    this.#timer.unref()
  }

  process(batch: Batch, commit: number): void {
    let counted: Batch | undefined
    this.#processing = true
    try {
      this.#current.process(batch, commit)
      counted = batch
    } finally {
      this.#processing = false
      if (batch.signal === 'metrics') this.#series?.settle(counted)
    }
  }

  /** Counts the series of points that did not come through `process`. */
  count(batch: Batch): void {
    if (batch.signal === 'metrics') this.#series?.settle(batch)
  }

  /** From now on `next` sees the requests. */
  swap(next: Pipeline): void {
    const old = this.#current
    this.#current = next
    old.flush()
    if (old.commits.isEmpty) old.stop()
    else this.#retired.push(old)
  }

  /** Reports a commit's end. To be called once for each commit, in order. */
  ended(commit: number, durable: boolean): void {
    for (const pipeline of this.#retired) tell(pipeline, commit, durable)
    tell(this.#current, commit, durable)
    this.#retired = this.#retired.filter((pipeline) => {
      if (!pipeline.commits.ended(commit)) return true
      pipeline.stop()
      return false
    })
    this.#current.commits.ended(commit)
  }

  /** What processors note of a commit that is sealed. */
  notes(commit: number): ReadonlyArray<CommitNote & { readonly of: string }> {
    return [...this.#retired, this.#current].flatMap((pipeline) => pipeline.notes(commit))
  }

  /** To be called once, before the first batch. */
  recall(notesOf: (name: string) => ReadonlyArray<string>): void {
    this.#current.recall(notesOf)
  }

  tick(): void {
    this.#current.tick()
  }

  /** Nothing is received any more, the store still takes what is generated. */
  flush(): void {
    clearInterval(this.#timer)
    this.#current.flush()
  }

  stop(): void {
    clearInterval(this.#timer)
    for (const pipeline of this.#retired) pipeline.stop()
    this.#retired = []
    this.#current.stop()
  }
}

function tell(pipeline: Pipeline, commit: number, durable: boolean): void {
  if (!pipeline.commits.has(commit)) return
  if (durable) pipeline.committed(commit)
  else pipeline.refused(commit)
}
