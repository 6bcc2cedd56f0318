import type { Batch } from '../otlp/batch.ts'
import type { SeriesTracker } from './cardinality-limit/series-tracker.ts'
import { CarriedCounts, type CountedRule } from './carried-counts.ts'
import type { Pipeline } from './pipeline.ts'
import type { Processor } from './processor.ts'

/** A pipeline in use, and which commits its batches joined. */
type Tenure = { readonly pipeline: Pipeline; first: number; last: number }

const NEVER = -1

/**
 * The pipeline in force. A reload swaps it between two requests. Processors that the next pipeline has too, the same
 * instances, go on with all they know; each of the others still hears of the commits that its batches joined, and is
 * stopped when the last of them has ended. What it counted for rules that are still there is counted on.
 */
export class LivePipeline {
  #current: Tenure
  #retired: Tenure[] = []
  readonly #carried = new CarriedCounts()
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

  /** From now on `next` sees the requests. It may share processors with the one in force, and with none before. */
  swap(next: Pipeline): void {
    const old = this.#current
    this.#current = { pipeline: next, first: NEVER, last: NEVER }
    if (old.last === NEVER) this.#stop([old])
    else this.#retired.push(old)
  }

  /** Reports a commit's end. To be called once for each commit, in order. */
  ended(commit: number, durable: boolean): void {
    const told = new Set<Processor>()
    for (const tenure of this.#retired) tell(tenure, commit, durable, told)
    tell(this.#current, commit, durable, told)
    const over = this.#retired.filter(({ last }) => last <= commit)
    if (over.length > 0) {
      this.#retired = this.#retired.filter(({ last }) => last > commit)
      this.#stop(over)
    }
    // What has ended is over: a swap from here on leaves nothing to report.
    if (this.#current.last !== NEVER && this.#current.last <= commit)
      this.#current.first = this.#current.last = NEVER
  }

  /**
   * What the rules in force matched since the gateway started, also under earlier configurations; by processor, in the
   * order they are tried.
   */
  rules(): ReadonlyMap<string, ReadonlyArray<CountedRule>> {
    const { processors } = this.#current.pipeline
    const mine = new Set(processors)
    const retired = new Set(this.#retired.flatMap(({ pipeline }) => pipeline.processors))
    const others = [...retired].filter((processor) => !mine.has(processor))
    return new Map(processors.map((one) => [one.name, this.#carried.rulesOf(one, others)]))
  }

  stop(): void {
    const all = [...this.#retired, this.#current].flatMap(({ pipeline }) => pipeline.processors)
    this.#retired = []
    for (const processor of new Set(all)) processor.stop?.()
  }

  /** Stops what no pipeline in use has any more. */
  #stop(over: ReadonlyArray<Tenure>): void {
    const inUse = new Set([...this.#retired, this.#current].flatMap(({ pipeline }) => pipeline.processors))
    for (const processor of new Set(over.flatMap(({ pipeline }) => pipeline.processors))) {
      if (inUse.has(processor)) continue
      processor.stop?.()
      this.#carried.add(processor)
    }
    this.#carried.keep(inUse)
  }
}

function tell(
  { first, last, pipeline }: Tenure,
  commit: number,
  durable: boolean,
  told: Set<Processor>,
): void {
  if (first === NEVER || commit < first || commit > last) return
  for (const processor of pipeline.processors) {
    if (told.has(processor)) continue
    told.add(processor)
    if (durable) processor.committed?.(commit)
    else processor.refused?.(commit)
  }
}
