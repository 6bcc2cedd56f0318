import type { RuleIdentity } from '../otlp/outcomes.ts'
import type { CountedRule } from './carried-counts.ts'
import { GENERATES_NOTHING } from './generate.ts'
import { LivePipeline } from './live-pipeline.ts'
import {
  buildPipeline,
  type Pipeline,
  type PipelineDeps,
  type ProcessorPlan,
  parseProcessors,
} from './pipeline.ts'
import type { Processor } from './processor.ts'
import { SampleBook } from './samples.ts'
import { type ShownSample, showSample } from './shown-samples.ts'

/** A `processors` block, with what stands for `${…}` put in. */
export type ProcessorsBlock = Readonly<Record<string, unknown>>

/** The rules of one processor in force. */
export type ProcessorReport = {
  readonly processor: string
  readonly rules: ReadonlyArray<CountedRule>
}

/**
 * The processors in force and what is known of their rules. `apply` puts others in their place between two requests.
 */
export class RulesInForce {
  readonly live: LivePipeline
  readonly #deps: PipelineDeps
  readonly #samples: SampleBook
  #block: ProcessorsBlock
  #redactors: ReadonlyArray<Processor>

  /** Throws an Error that names the first thing wrong with the block. */
  constructor(block: ProcessorsBlock, deps: Omit<PipelineDeps, 'samples'>) {
    this.#samples = new SampleBook(deps.nowMs)
    this.#deps = { ...deps, samples: this.#samples }
    const plan = planOf(block)
    this.#block = block
    this.#redactors = redactorsOf(plan, this.#deps)
    this.live = new LivePipeline(buildPipeline(plan, this.#deps), deps.series)
  }

  /** The configuration of a processor in force; undefined if there is none of that name. */
  configOf(processor: string): unknown {
    return Object.hasOwn(this.#block, processor) ? (this.#block[processor] ?? {}) : undefined
  }

  get block(): ProcessorsBlock {
    return this.#block
  }

  get names(): ReadonlyArray<string> {
    return Object.keys(this.#block)
  }

  /**
   * From the next request on these processors run. Those whose configuration is the same stay the same, with what they
   * know. Says whether anything changed. Throws an Error that names the first thing wrong; then nothing has.
   */
  apply(block: ProcessorsBlock): boolean {
    if (JSON.stringify(Object.entries(block)) === JSON.stringify(Object.entries(this.#block))) return false
    const plan = planOf(block)
    const redactors = redactorsOf(plan, this.#deps)
    const next: Pipeline = buildPipeline(plan, this.#deps, this.#unchanged(block), this.live.pipeline)
    this.live.swap(next)
    this.#block = block
    this.#redactors = redactors
    return true
  }

  report(): ReadonlyArray<ProcessorReport> {
    return [...this.live.rules()].map(([processor, rules]) => ({ processor, rules }))
  }

  /** The latest of what the rule removed of a tenant, or would have, oldest first. */
  samples(processor: string, rule: RuleIdentity, tenantId: string): ReadonlyArray<ShownSample> {
    const outcome = this.#deps.outcomes.find({ kind: 'dropped', reason: processor, rule })
    if (outcome === undefined) return []
    return this.#samples.of(outcome, tenantId).map((sample) => showSample(sample, this.#redactors))
  }

  #unchanged(next: ProcessorsBlock): ReadonlyMap<string, Processor> {
    const same = this.live.pipeline.processors.filter(
      ({ name }) => Object.hasOwn(next, name) && textOf(next[name]) === textOf(this.#block[name]),
    )
    return new Map(same.map((processor) => [processor.name, processor]))
  }
}

function planOf(block: ProcessorsBlock): ProcessorPlan {
  const parsed = parseProcessors(block)
  if ('plan' in parsed) return parsed.plan
  const { path, message } = parsed.issues[0]!
  throw new Error(`processors.${path.join('.')}: ${message}`)
}

/** Instances for samples: what they see counts for nobody. Under `dryRun` nothing is masked, so nothing would be here. */
function redactorsOf(plan: ProcessorPlan, deps: PipelineDeps): ReadonlyArray<Processor> {
  return plan.processors
    .filter(({ name }) => name === REDACT || name.startsWith(`${REDACT}/`))
    .map((prepared) => prepared.build({ ...deps, ...GENERATES_NOTHING }))
    .filter((processor) => processor.rules?.().some(({ dryRun }) => !dryRun) ?? false)
}

const REDACT = 'redact'

function textOf(config: unknown): string {
  return JSON.stringify(config ?? {})
}
