import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { LOG } from '../../otlp/slots.ts'
import type { Gate } from '../attribute-actions/gate.ts'
import { CommittedCounts } from '../committed-counts.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import { gatesOf } from '../signal-conditions.ts'
import { type SampleConfig, SEVERITIES } from './config.ts'
import { Randomness } from './randomness.ts'
import { RANDOMNESS_END, type Threshold, thresholdOf } from './threshold.ts'

/** The rule of spans, after those of the severities. */
const SPANS = SEVERITIES.length

/** Keeps a share of traces and logs. Stateless: what becomes of a record depends on the record alone. */
export class Sample implements Processor {
  readonly name: string
  readonly signals: ReadonlySet<Signal>
  readonly #config: SampleConfig
  readonly #keep: ReadonlyMap<Signal, Gate>
  /** By rule. */
  readonly #thresholds: ReadonlyArray<Threshold>
  readonly #randomness: Randomness
  readonly #outcome: number
  readonly #counts = new CommittedCounts(SPANS + 1)

  constructor(name: string, config: SampleConfig, deps: Deps) {
    this.name = name
    this.signals = new Set(config.signals)
    this.#config = config
    this.#keep = gatesOf(config.keep, () => deps.evaluationFailed(name))
    this.#thresholds = percentages(config).map((percentage) => thresholdOf(percentage, config.mode))
    this.#randomness = new Randomness(config)
    this.#outcome = deps.outcomes.register({ kind: 'dropped', reason: name, sentence: '' })
  }

  process(batch: Batch, commit: number): void {
    const keep = this.#keep.get(batch.signal)
    keep?.begin(batch)
    this.#randomness.begin(batch)
    this.#mark(batch, keep, this.#counts.of(commit))
    this.#randomness.end()
    keep?.end()
  }

  #mark(batch: Batch, keep: Gate | undefined, counts: Float64Array): void {
    const { signal, verdicts } = batch
    const { count, data, stride } = batch.records
    const randomness = this.#randomness
    const verdict = this.#config.dryRun ? KEPT : this.#outcome
    const isLogs = signal === 'logs'
    for (let record = 0, base = 0; record < count; record++, base += stride) {
      if (verdicts[record] !== KEPT) continue
      const rule = isLogs ? severityClass(data[base + LOG.severityNumber]!) : SPANS
      const threshold = this.#thresholds[rule]!
      if (threshold.probability === 1) continue
      if (isLogs) randomness.ofLog(batch, base)
      else randomness.ofSpan(batch, base)
      if (this.#reaches(threshold) || keep?.protects(record)) continue
      counts[rule]!++
      verdicts[record] = verdict
    }
  }

  #reaches({ high, low, probability }: Threshold): boolean {
    const randomness = this.#randomness
    // A share of those that samplers before have kept: R is at least their threshold already.
    if (randomness.probability < 1 && this.#config.mode === 'proportional') {
      const threshold = RANDOMNESS_END * (1 - probability * randomness.probability)
      const upper = Math.floor(threshold / 2 ** 32)
      return isAtLeast(randomness, upper, threshold - upper * 2 ** 32)
    }
    return isAtLeast(randomness, high, low)
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
  }

  refused(commit: number): void {
    this.#counts.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    const { dryRun, mode, signals } = this.#config
    const names = [...SEVERITIES.map((severity) => `logs.${severity}`), 'traces']
    return percentages(this.#config).flatMap((percentage, i): RuleCounts[] => {
      if (!signals.includes(i === SPANS ? 'traces' : 'logs')) return []
      const condition = `past ${percentage} % (${mode})`
      return [{ rule: names[i]!, condition, dryRun, matched: this.#counts.totals[i]!, failed: 0 }]
    })
  }
}

/** By rule: of each severity, then of spans. */
function percentages({ bySeverity, percentage }: SampleConfig): number[] {
  return [...SEVERITIES.map((severity) => bySeverity[severity] ?? percentage), percentage]
}

/** Index into `SEVERITIES`: 1 to 4 are trace, and so on by four; what is out of range says nothing. */
function severityClass(severityNumber: number): number {
  return severityNumber >= 1 && severityNumber <= 24 ? 1 + ((severityNumber - 1) >> 2) : 0
}

function isAtLeast(randomness: Randomness, high: number, low: number): boolean {
  return randomness.high > high || (randomness.high === high && randomness.low >= low)
}
