import type { Batch } from '../otlp/batch.ts'
import type { SeriesTracker } from './cardinality-limit/series-tracker.ts'
import { CarriedCounts, type CountedRule } from './carried-counts.ts'
import { notesOf, type Pipeline } from './pipeline.ts'
import type { CommitNote, Processor } from './processor.ts'

const TICK_MS = 1000

/**
 * The pipeline in force. A reload swaps it between two requests. Processors that the next pipeline has too, the same
 * instances, go on with all they know; each of the others still hears of the commits that its batches, and what it generated,
 * joined, and is stopped when the last of them has ended. What it counted for rules that are still there is counted on.
 */
export class LivePipeline {
  #current: Pipeline
  #retired: Pipeline[] = []
  #processing = false
  #timer: NodeJS.Timeout | undefined
  readonly #carried = new CarriedCounts()
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

  /** The batch that was processed last has joined the commit, and the store has said which of its records it takes. */
  joined(batch: Batch, commit: number): void {
    this.#current.joined(batch, commit)
  }

  /** Counts the series of points that did not come through `process`. */
  count(batch: Batch): void {
    if (batch.signal === 'metrics') this.#series?.settle(batch)
  }

  /** From now on `next` sees the requests. It may share processors with the one in force, and with none before. */
  swap(next: Pipeline): void {
    const old = this.#current
    this.#current = next
    const goesOn = new Set(next.processors)
    for (const processor of old.processors) if (!goesOn.has(processor)) processor.flush?.()
    if (old.commits.isEmpty) this.#stop([old])
    else this.#retired.push(old)
  }

  /** Reports a commit's end. To be called once for each commit, in order. */
  ended(commit: number, durable: boolean): void {
    const told = new Set<Processor>()
    for (const pipeline of this.#retired) tell(pipeline, commit, durable, told)
    tell(this.#current, commit, durable, told)
    const over = this.#retired.filter(({ commits }) => commits.ended(commit))
    if (over.length > 0) {
      this.#retired = this.#retired.filter((pipeline) => !over.includes(pipeline))
      this.#stop(over)
    }
    this.#current.commits.ended(commit)
  }

  /** What processors note of a commit that is sealed. */
  notes(commit: number): ReadonlyArray<CommitNote & { readonly of: string }> {
    const all = new Set([...this.#retired, this.#current].flatMap(({ processors }) => processors))
    return notesOf(all, commit)
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

  /**
   * What the rules in force matched since the gateway started, also under earlier configurations; by processor, in the
   * order they are tried.
   */
  rules(): ReadonlyMap<string, ReadonlyArray<CountedRule>> {
    const { processors } = this.#current
    const mine = new Set(processors)
    const retired = new Set(this.#retired.flatMap((pipeline) => pipeline.processors))
    const others = [...retired].filter((processor) => !mine.has(processor))
    return new Map(processors.map((one) => [one.name, this.#carried.rulesOf(one, others)]))
  }

  stop(): void {
    clearInterval(this.#timer)
    const all = [...this.#retired, this.#current].flatMap(({ processors }) => processors)
    this.#retired = []
    for (const processor of new Set(all)) processor.stop?.()
  }

  /** Stops what no pipeline in use has any more. */
  #stop(over: ReadonlyArray<Pipeline>): void {
    const inUse = new Set([...this.#retired, this.#current].flatMap(({ processors }) => processors))
    for (const processor of new Set(over.flatMap(({ processors }) => processors))) {
      if (inUse.has(processor)) continue
      processor.stop?.()
      this.#carried.add(processor)
    }
    this.#carried.keep(inUse)
  }
}

function tell(pipeline: Pipeline, commit: number, durable: boolean, told: Set<Processor>): void {
  if (!pipeline.commits.has(commit)) return
  for (const processor of pipeline.processors) {
    if (told.has(processor)) continue
    told.add(processor)
    if (durable) processor.committed?.(commit)
    else processor.refused?.(commit)
  }
}
