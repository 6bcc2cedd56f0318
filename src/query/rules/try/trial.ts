import { type Batch, KEPT, type Signal } from '../../../otlp/batch.ts'
import { translateValue } from '../../../otlp/json/translate.ts'
import { Outcomes } from '../../../otlp/outcomes.ts'
import {
  newBatch,
  requestMessage,
  SCAN_FAULTS,
  type ScanOutcomes,
  scanRequest,
} from '../../../otlp/scan/index.ts'
import { fingerprintSeries } from '../../../otlp/series/fingerprint.ts'
import { RECORD } from '../../../otlp/slots.ts'
import { SeriesTracker } from '../../../processors/cardinality-limit/series-tracker.ts'
import type { CountedRule } from '../../../processors/carried-counts.ts'
import { FoldEngine } from '../../../processors/fold/engine.ts'
import type { Generate } from '../../../processors/generate.ts'
import { GENERATES_NOTHING } from '../../../processors/generate.ts'
import { LivePipeline } from '../../../processors/live-pipeline.ts'
import { buildPipeline, type ProcessorPlan } from '../../../processors/pipeline.ts'
import { SampleBook } from '../../../processors/samples.ts'
import { type ShownSample, showSample } from '../../../processors/shown-samples.ts'
import type { Chunk } from '../history/read.ts'

export type Total = { records: number; bytes: number }
/** What a rule would have removed, by signal. */
export type TriedRule = {
  readonly processor: string
  readonly rule: CountedRule
  readonly removed: ReadonlyMap<Signal, Total>
  readonly samples: ReadonlyArray<Omit<ShownSample, 'redacted'>>
}

/** Stored records met these limits, or the scanner's own, when they came. */
const NO_LIMITS = { recordsPerRequestMax: 1_000_000, attributesPerRecordMax: 1_000_000 }
/** Of a trial alone: about 20 bytes each. */
const SERIES_MAX = 250_000
const METRICS_MAX = 100_000
const IDLE_AFTER_MS = 3_600_000
/** Memory is taken where it is used. */
const FOLD_BOUNDS = { membersMax: SERIES_MAX, foldsMax: 10_000, bucketsMax: 2_000_000 }

/**
 * Processors of their own, run on records that are read back from the store: nothing that they do reaches the gateway's rules,
 * counts or rows.
 */
export class Trial {
  readonly #tenantId: string
  readonly #outcomes = new Outcomes()
  readonly #faults: ScanOutcomes
  readonly #samples: SampleBook
  readonly #live: LivePipeline
  readonly #batches = new Map<Signal, Batch>()
  readonly #received = new Map<Signal, Total>()
  readonly #removed = new Map<number, Map<Signal, Total>>()
  readonly #generated = new Map<Signal, Total>()
  /** Whether what becomes of a record depends on when it came. */
  readonly livesByTime: boolean
  #nowMs: number
  #tickedMs: number
  #commit = 0

  /** `startMs` is where the range begins that is tried: rules live by the clock of what they are shown. */
  constructor(plan: ProcessorPlan, tenantId: string, startMs: number) {
    const rejected = this.#outcomes.register({ kind: 'rejected', reason: 'trial', sentence: '' })
    this.#faults = Object.fromEntries(SCAN_FAULTS.map((fault) => [fault, rejected])) as ScanOutcomes
    const nowMs = (): number => this.#nowMs
    this.#nowMs = startMs
    this.#tickedMs = startMs
    this.#tenantId = tenantId
    this.#samples = new SampleBook(nowMs)
    this.livesByTime = plan.processors.some(({ stateless }) => stateless === undefined)
    const bounds = { seriesMax: SERIES_MAX, metricsMax: METRICS_MAX, idleAfterMs: IDLE_AFTER_MS, nowMs }
    const series = new SeriesTracker(bounds)
    const deps = {
      outcomes: this.#outcomes,
      samples: this.#samples,
      series,
      labelValues: new SeriesTracker(bounds),
      folds: new FoldEngine({ ...FOLD_BOUNDS, idleAfterMs: IDLE_AFTER_MS, instance: 'trial', nowMs }),
      nowMs,
      random: Math.random,
      ...GENERATES_NOTHING,
      generate: this.#generate,
      evaluationFailed: () => {},
      log: { warn: () => {} },
    }
    this.#live = new LivePipeline(buildPipeline(plan, deps), series)
  }

  get signals(): ReadonlySet<Signal> {
    return this.#live.pipeline.signals
  }

  /** Runs the processors on an export request of the tenant, at the time that its records are of. */
  add({ request, signal, timeMs }: Pick<Chunk, 'request' | 'signal' | 'timeMs'>): void {
    this.#pass(timeMs)
    const batch = this.#batches.get(signal) ?? newBatch(signal)
    this.#batches.set(signal, batch)
    const message = requestMessage(signal)
    scanRequest(batch, translateValue(message, request, 65_536, true), NO_LIMITS, this.#faults)
    batch.tenants.push(this.#tenantId)
    if (signal === 'metrics') fingerprintSeries(batch)
    this.#live.process(batch, this.#commit)
    this.#count(batch, this.#received)
    this.#end()
  }

  /** Nothing comes any more: what is held is generated. */
  finish(): void {
    this.#live.flush()
    this.#end()
  }

  /** Moves the clock; from signal to signal it goes back. */
  #pass(timeMs: number): void {
    this.#nowMs = timeMs
    if (timeMs === this.#tickedMs) return
    this.#tickedMs = timeMs
    this.#live.tick()
    this.#end()
  }

  #end(): void {
    this.#live.ended(this.#commit++, true)
  }

  readonly #generate: Generate = ({ signal, request, rules }) => {
    const commit = this.#commit
    const batch = newBatch(signal)
    scanRequest(batch, request, NO_LIMITS, this.#faults)
    batch.tenants.push(this.#tenantId)
    if (signal === 'metrics') fingerprintSeries(batch)
    if (typeof rules === 'function') rules(batch, commit)
    this.#count(batch, this.#generated)
    return { commit, durable: Promise.resolve() }
  }

  /** What they made themselves. */
  generated(signal: Signal): Total {
    return this.#generated.get(signal) ?? { records: 0, bytes: 0 }
  }

  /** What was run through them. */
  received(signal: Signal): Total {
    return this.#received.get(signal) ?? { records: 0, bytes: 0 }
  }

  /**
   * In the order they are tried, then by the ledger's names what is removed for another reason than a rule alone: each label that a limit
   * takes off, points that have no place in a fold.
   */
  rules(): TriedRule[] {
    const named = new Set<number>()
    const own = [...this.#live.rules()].flatMap(([processor, rules]) =>
      rules.map((rule) => this.#tried(processor, rule, named)),
    )
    const others = [...this.#removed].filter(([outcome]) => !named.has(outcome))
    return [...own, ...others.flatMap(([outcome, removed]) => this.#otherwise(outcome, removed))]
  }

  stop(): void {
    this.#live.stop()
  }

  #otherwise(outcome: number, removed: ReadonlyMap<Signal, Total>): TriedRule[] {
    const { kind, reason, rule } = this.#outcomes.get(outcome)
    if (kind !== 'dropped') return []
    const named = { ...WHOLE, rule: rule?.position ?? '', id: rule?.id ?? '' }
    return [{ processor: reason, rule: named, removed, samples: [] }]
  }

  #tried(processor: string, rule: CountedRule, named: Set<number>): TriedRule {
    const identity = { position: rule.rule, id: rule.id }
    const outcome = this.#outcomes.find({ kind: 'dropped', reason: processor, rule: identity })
    if (outcome === undefined) return { processor, rule, removed: new Map(), samples: [] }
    named.add(outcome)
    const samples = this.#samples.of(outcome, this.#tenantId).map((sample) => {
      const { redacted: _, ...shown } = showSample(sample, [])
      return shown
    })
    return { processor, rule, removed: this.#removed.get(outcome) ?? new Map(), samples }
  }

  /** `all`: where the records themselves are counted. */
  #count(batch: Batch, all: Map<Signal, Total>): void {
    const { dryRun, records, signal, verdicts } = batch
    for (let i = 0, base = 0; i < records.count; i++, base += records.stride) {
      const bytes = records.data[base + RECORD.wireBytes]!
      add(all, signal, 1, bytes)
      if (verdicts[i] !== KEPT) add(this.#removedBy(verdicts[i]!), signal, 1, bytes)
    }
    for (let row = 0; row < dryRun.count; row++)
      add(this.#removedBy(dryRun.outcome(row)), signal, dryRun.records(row), dryRun.bytes(row))
  }

  #removedBy(outcome: number): Map<Signal, Total> {
    let totals = this.#removed.get(outcome)
    if (totals === undefined) {
      totals = new Map()
      this.#removed.set(outcome, totals)
    }
    return totals
  }
}

const WHOLE: CountedRule = { rule: '', condition: '', id: '', dryRun: false, matched: 0, failed: 0 }

function add(totals: Map<Signal, Total>, signal: Signal, records: number, bytes: number): void {
  const total = totals.get(signal)
  if (total === undefined) totals.set(signal, { records, bytes })
  else {
    total.records += records
    total.bytes += bytes
  }
}
