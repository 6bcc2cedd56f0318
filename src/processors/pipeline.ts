import type { Batch, Signal } from '../otlp/batch.ts'
import { CommitRange } from './commit-range.ts'
import type { ApplyRules, Generate } from './generate.ts'
import type { CommitNote, Deps, Issue, Processor, RuleCounts } from './processor.ts'
import { type Prepared, prepareProcessor } from './registry.ts'

const PROCESSORS_MAX = 100

/** Processors whose configuration is right, in the order they are to run. */
export type ProcessorPlan = {
  readonly processors: ReadonlyArray<Prepared>
  readonly warnings: ReadonlyArray<Issue>
}

/**
 * Checks the whole `processors` block. Pure. The paths of issues and warnings start with the processor's name;
 * what is wrong inside a condition has its line and column in the message.
 */
export function parseProcessors(
  config: Readonly<Record<string, unknown>>,
): { readonly plan: ProcessorPlan } | { readonly issues: ReadonlyArray<Issue> } {
  const entries = Object.entries(config)
  if (entries.length > PROCESSORS_MAX)
    return {
      issues: [{ path: [], message: `${entries.length} processors; at most ${PROCESSORS_MAX} are allowed` }],
    }
  const processors: Prepared[] = []
  const issues: Issue[] = []
  for (const [name, value] of entries) {
    const prepared = prepareProcessor(name, value ?? {})
    if ('issues' in prepared) issues.push(...prepared.issues.map((issue) => under(name, issue)))
    else processors.push(prepared)
  }
  if (issues.length > 0) return { issues }
  const warnings = processors.flatMap((prepared) =>
    prepared.warnings.map((warning) => under(prepared.name, warning)),
  )
  return { plan: { processors, warnings } }
}

function under(name: string, { path, message }: Issue): Issue {
  return { path: [name, ...path], message }
}

/** What processors may use of the world, without what their pipeline adds. */
export type PipelineDeps = Omit<Deps, 'laterRules'>

/**
 * Where a processor stands: what it generates goes through those behind it, and its pipeline hears of the commit. A processor
 * that outlives a reload moves into the next pipeline with its seat.
 */
class Seat {
  readonly generate: Generate
  readonly laterRules: ApplyRules
  #pipeline: Pipeline | undefined
  #index = 0

  constructor(generate: Generate) {
    this.generate = (generated) => {
      const joined = generate(generated)
      if (joined !== undefined) this.#pipeline?.commits.joins(joined.commit)
      return joined
    }
    this.laterRules = (batch, commit) => this.#pipeline?.processAfter(this.#index, batch, commit)
  }

  take(pipeline: Pipeline, index: number): void {
    this.#pipeline = pipeline
    this.#index = index
  }
}

type Seats = ReadonlyMap<Processor, Seat>

/** What a pipeline was built from: who wants to know what it would do builds instances of its own. */
export type PipelineOrigin = { readonly plan: ProcessorPlan; readonly deps: PipelineDeps }

/** What processors note of a commit that is sealed. */
export function notesOf(
  processors: Iterable<Processor>,
  commit: number,
): Array<CommitNote & { readonly of: string }> {
  return [...processors].flatMap((processor) => {
    const note = processor.note?.(commit)
    return note === undefined ? [] : [{ ...note, of: processor.name }]
  })
}

/** The processors of one applied configuration, run one after the other. */
export class Pipeline {
  readonly processors: ReadonlyArray<Processor>
  readonly origin: PipelineOrigin | undefined
  /** The signals that any processor looks at. */
  readonly signals: ReadonlySet<Signal>
  /** That its batches joined, or what its processors generated. */
  readonly commits = new CommitRange()
  readonly seats: Seats
  readonly #bySignal: Readonly<Record<Signal, ReadonlyArray<Processor>>>

  constructor(processors: ReadonlyArray<Processor>, origin?: PipelineOrigin, seats: Seats = new Map()) {
    const of = (signal: Signal): Processor[] => processors.filter(({ signals }) => signals.has(signal))
    this.processors = processors
    this.origin = origin
    this.seats = seats
    for (const [i, processor] of processors.entries()) seats.get(processor)?.take(this, i)
    this.signals = new Set(processors.flatMap(({ signals }) => [...signals]))
    this.#bySignal = { logs: of('logs'), traces: of('traces'), metrics: of('metrics') }
  }

  /** Marks what the rules drop. Synchronous; the batch stays the caller's. */
  process(batch: Batch, commit: number): void {
    this.commits.joins(commit)
    const processors = this.#bySignal[batch.signal]
    for (let i = 0; i < processors.length; i++) processors[i]!.process(batch, commit)
  }

  /** The batch that was processed last has joined the commit. */
  joined(batch: Batch, commit: number): void {
    const processors = this.#bySignal[batch.signal]
    for (let i = 0; i < processors.length; i++) processors[i]!.joined?.(batch, commit)
  }

  /** What `process` does, by the processors behind the one with this index: for what that one generates. */
  processAfter(index: number, batch: Batch, commit: number): void {
    for (let i = index + 1; i < this.processors.length; i++)
      if (this.processors[i]!.signals.has(batch.signal)) this.processors[i]!.process(batch, commit)
  }

  committed(commit: number): void {
    for (const processor of this.processors) processor.committed?.(commit)
  }

  refused(commit: number): void {
    for (const processor of this.processors) processor.refused?.(commit)
  }

  rules(): ReadonlyMap<string, ReadonlyArray<RuleCounts>> {
    return new Map(this.processors.map((processor) => [processor.name, processor.rules?.() ?? []]))
  }

  /** Of the processors that have something to note of this commit, by name. */
  /** Hands each processor its notes of earlier starts. */
  recall(notesOf: (name: string) => ReadonlyArray<string>): void {
    for (const processor of this.processors) {
      const notes = processor.recall === undefined ? [] : notesOf(processor.name)
      if (notes.length > 0) processor.recall?.(notes)
    }
  }

  tick(): void {
    for (const processor of this.processors) processor.tick?.()
  }

  flush(): void {
    for (const processor of this.processors) processor.flush?.()
  }

  /** Idempotent. */
  stop(): void {
    for (const processor of this.processors) processor.stop?.()
  }
}

/**
 * Builds every processor of a plan; if one can't be built, those before it are stopped. Of what is the same as in `inForce`,
 * `reused` has the processor by name: it is taken as it is, with all it knows, and from now on generates for this pipeline.
 */
export function buildPipeline(
  plan: ProcessorPlan,
  deps: PipelineDeps,
  reused: ReadonlyMap<string, Processor> = new Map(),
  inForce?: Pipeline,
): Pipeline {
  const built: Processor[] = []
  try {
    const seats = new Map<Processor, Seat>()
    for (const prepared of plan.processors) {
      const same = reused.get(prepared.name)
      const seat = (same === undefined ? undefined : inForce?.seats.get(same)) ?? new Seat(deps.generate)
      const { generate, laterRules } = seat
      const processor = same ?? prepared.build({ ...deps, generate, laterRules })
      if (same === undefined) built.push(processor)
      seats.set(processor, seat)
    }
    return new Pipeline([...seats.keys()], { plan, deps }, seats)
  } catch (error) {
    new Pipeline(built).stop()
    throw error
  }
}
