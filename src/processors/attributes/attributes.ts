import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { fingerprintSeries } from '../../otlp/series/fingerprint.ts'
import { RECORD } from '../../otlp/slots.ts'
import { ActionList } from '../attribute-actions/action-list.ts'
import { Gate } from '../attribute-actions/gate.ts'
import { CommittedCounts } from '../committed-counts.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { AttributesConfig } from './config.ts'

/** Changes the attributes of logs, spans and data points. */
export class Attributes implements Processor {
  readonly name: string
  readonly signals: ReadonlySet<Signal>
  readonly #actions: ActionList
  readonly #gates: ReadonlyMap<Signal, Gate>
  readonly #counts: CommittedCounts

  constructor(name: string, { actions, dryRun, scopes }: AttributesConfig, deps: Deps) {
    this.name = name
    this.signals = new Set(scopes.map(({ signal }) => signal))
    this.#actions = new ActionList(actions, dryRun)
    const failed = (): void => deps.evaluationFailed(name)
    this.#gates = new Map(
      scopes.map(({ required, oneOf, context, signal }) => [
        signal,
        Gate.of(context, required, oneOf, failed),
      ]),
    )
    this.#counts = new CommittedCounts(actions.length)
  }

  process(batch: Batch, commit: number): void {
    const gate = this.#gates.get(batch.signal)
    if (gate === undefined) return
    this.#actions.begin()
    gate.begin(batch)
    const changed = this.#change(batch, gate, this.#counts.of(commit))
    gate.end()
    // Other attributes make another series.
    if (changed && batch.signal === 'metrics') fingerprintSeries(batch)
  }

  #change(batch: Batch, gate: Gate, counts: Float64Array): boolean {
    const { verdicts } = batch
    const { count, data, stride } = batch.records
    let changed = false
    for (let record = 0; record < count; record++) {
      if (verdicts[record] !== KEPT || !gate.admits(record)) continue
      const at = record * stride + RECORD.attributesFirst
      if (this.#actions.apply(batch, data, at, counts)) changed = true
    }
    return changed
  }

  committed(commit: number): void {
    this.#counts.committed(commit)
  }

  refused(commit: number): void {
    this.#counts.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    return this.#actions.rules('actions', this.#counts.totals)
  }
}
