import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { SPAN } from '../../otlp/slots.ts'
import { CommittedCounts } from '../committed-counts.ts'
import { Counter } from '../counted-series/counter.ts'
import { layoutOf, observe } from '../counted-series/layout.ts'
import { durationSeconds } from '../counted-series/seconds.ts'
import { NO_ENTRY } from '../keyed/key-table.ts'
import type { CommitNote, Deps, Processor, RuleCounts } from '../processor.ts'
import type { SpanMetricsConfig } from './config.ts'
import { Exemplars } from './exemplars.ts'
import { SpanLabels } from './span-labels.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['traces'])
const COUNTED = 0
const UNCOUNTED = 1
const RULES = ['spans', 'uncounted'] as const
const CALLS = 0
const DURATION = 1

/** Calls and durations of the spans that reach it, per service, operation, kind, status and configured dimensions. Drops and changes nothing. */
export class SpanMetrics implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #bounds: ReadonlyArray<number>
  readonly #counter: Counter
  readonly #labels: SpanLabels
  readonly #exemplars: Exemplars | undefined
  readonly #nowMs: () => number
  readonly #counts = new CommittedCounts(RULES.length)

  constructor(name: string, config: SpanMetricsConfig, deps: Deps) {
    this.name = name
    this.#bounds = config.bounds
    this.#labels = new SpanLabels(config)
    this.#exemplars = config.exemplarsMax > 0 ? new Exemplars(config.exemplarsMax) : undefined
    this.#nowMs = deps.nowMs
    const layout = layoutOf([
      { name: 'traces.span.metrics.calls', description: 'Spans.', unit: '{call}' },
      {
        name: 'traces.span.metrics.duration',
        description: 'How long spans took.',
        unit: 's',
        bounds: config.bounds,
      },
    ])
    this.#counter = new Counter({ name, layout, ...config, exemplars: this.#exemplars }, deps)
  }

  process(batch: Batch, commit: number): void {
    const { verdicts } = batch
    const { count, data } = batch.records
    const counts = this.#counts.of(commit)
    const { series } = this.#counter
    const labels = this.#labels
    const { words } = labels
    const exemplars = this.#exemplars
    exemplars?.begin()
    series.begin(commit)
    labels.begin(batch)
    let resource = -1
    let owner = 0
    for (let record = 0, base = 0; record < count; record++, base += SPAN.stride) {
      if (verdicts[record] !== KEPT) continue
      if (data[base + SPAN.resource] !== resource) {
        resource = data[base + SPAN.resource]!
        owner = this.#counter.ownerOf(batch.tenantOf(record))
      }
      labels.read(batch, base)
      let entry = series.find(words[0]! | 0, words[1]! | 0, owner)
      if (entry === NO_ENTRY) entry = this.#add(batch, record)
      if (entry === NO_ENTRY) {
        counts[UNCOUNTED]!++
        continue
      }
      const at = series.rowAt(entry)
      const { values } = series
      values[at + CALLS]!++
      const bucket = observe(values, at + DURATION, this.#bounds, durationSeconds(data, base))
      exemplars?.counted(record, entry, bucket)
      counts[COUNTED]!++
    }
    labels.end()
  }

  #add(batch: Batch, record: number): number {
    const { words } = this.#labels
    const tenantId = batch.tenantOf(record)
    const hasRoom = this.#counter.series.hasRoom()
    const labels = hasRoom ? this.#labels.labels(batch, record * SPAN.stride, tenantId) : undefined
    return this.#counter.add(words[0]! | 0, words[1]! | 0, labels, tenantId)
  }

  joined(batch: Batch, commit: number): void {
    this.#exemplars?.joined(batch, commit, this.#nowMs())
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
    this.#counter.committed(commit)
  }

  refused(commit: number): void {
    this.#counts.refused(commit)
    this.#exemplars?.refused(commit)
    this.#counter.refused(commit)
  }

  note(commit: number): CommitNote | undefined {
    return this.#counter.note(commit)
  }

  recall(notes: ReadonlyArray<string>): void {
    this.#counter.recall(notes)
  }

  tick(): void {
    this.#counter.tick()
  }

  flush(): void {
    this.#counter.flush()
  }

  rules(): ReadonlyArray<RuleCounts> {
    const { totals } = this.#counts
    const conditions = ['counted', 'not counted: no room for another series']
    return RULES.map((rule, i) => ({
      rule,
      condition: conditions[i]!,
      dryRun: false,
      matched: totals[i]!,
      failed: 0,
    }))
  }
}
