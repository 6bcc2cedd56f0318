import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { LOG } from '../../otlp/slots.ts'
import type { Gate } from '../attribute-actions/gate.ts'
import { DropRules } from '../drop-rules.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { RuleText } from '../rule-ids.ts'
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
  readonly #drops: DropRules

  constructor(name: string, config: SampleConfig, deps: Deps) {
    this.name = name
    this.signals = new Set(config.signals)
    this.#config = config
    this.#keep = gatesOf(config.keep, () => deps.evaluationFailed(name))
    this.#thresholds = percentages(config).map((percentage) => thresholdOf(percentage, config.mode))
    this.#randomness = new Randomness(config)
    this.#drops = new DropRules(name, ruleTexts(config), { dryRun: config.dryRun, deps })
  }

  process(batch: Batch, commit: number): void {
    const keep = this.#keep.get(batch.signal)
    keep?.begin(batch)
    this.#randomness.begin(batch)
    this.#drops.begin(commit)
    this.#mark(batch, keep)
    this.#randomness.end()
    keep?.end()
  }

  #mark(batch: Batch, keep: Gate | undefined): void {
    const { signal, verdicts } = batch
    const { count, data, stride } = batch.records
    const randomness = this.#randomness
    const drops = this.#drops
    const isLogs = signal === 'logs'
    for (let record = 0, base = 0; record < count; record++, base += stride) {
      if (verdicts[record] !== KEPT) continue
      const rule = isLogs ? severityClass(data[base + LOG.severityNumber]!) : SPANS
      const threshold = this.#thresholds[rule]!
      if (threshold.probability === 1) continue
      if (isLogs) randomness.ofLog(batch, base)
      else randomness.ofSpan(batch, base)
      if (this.#reaches(threshold) || keep?.protects(record)) continue
      drops.drop(batch, record, rule)
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
    this.#drops.committed(commit)
  }

  refused(commit: number): void {
    this.#drops.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    const { signals } = this
    return this.#drops.counts().filter((_rule, i) => signals.has(i === SPANS ? 'traces' : 'logs'))
  }
}

function ruleTexts(config: SampleConfig): RuleText[] {
  const names = [...SEVERITIES.map((severity) => `logs.${severity}`), 'traces']
  return percentages(config).map((percentage, i) => ({
    rule: names[i]!,
    condition: `past ${percentage} % (${config.mode})`,
  }))
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
