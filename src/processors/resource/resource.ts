import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { fingerprintSeries } from '../../otlp/series/fingerprint.ts'
import { RECORD, RESOURCE } from '../../otlp/slots.ts'
import { ActionList } from '../attribute-actions/action-list.ts'
import { Gate } from '../attribute-actions/gate.ts'
import { CommittedCounts } from '../committed-counts.ts'
import { resourceContext } from '../ottl/contexts/resource.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { ResourceConfig } from './config.ts'

const SIGNALS: ReadonlySet<Signal> = new Set(['logs', 'traces', 'metrics'])

/** Changes the attributes of resources, once for each that has records left. Tenants were found before, and stay. */
export class ResourceProcessor implements Processor {
  readonly name: string
  readonly signals = SIGNALS
  readonly #actions: ActionList
  readonly #gate: Gate
  readonly #counts: CommittedCounts

  constructor(name: string, { actions, conditions, dryRun }: ResourceConfig, deps: Deps) {
    this.name = name
    this.#actions = new ActionList(actions, dryRun)
    this.#gate = Gate.of(resourceContext, [], conditions, () => deps.evaluationFailed(name))
    this.#counts = new CommittedCounts(actions.length)
  }

  process(batch: Batch, commit: number): void {
    this.#actions.begin()
    this.#gate.begin(batch)
    const changed = this.#change(batch, this.#counts.of(commit))
    this.#gate.end()
    if (changed && batch.signal === 'metrics') fingerprintSeries(batch)
  }

  #change(batch: Batch, counts: Float64Array): boolean {
    const { resources, verdicts } = batch
    const { count, data, stride } = batch.records
    let changed = false
    // The records of a resource stand together.
    let resource = -1
    for (let record = 0; record < count; record++) {
      if (verdicts[record] !== KEPT || data[record * stride + RECORD.resource] === resource) continue
      resource = data[record * stride + RECORD.resource]!
      if (!this.#gate.admits(record)) continue
      const at = resource * RESOURCE.stride + RESOURCE.attributesFirst
      if (this.#actions.apply(batch, resources.data, at, counts)) changed = true
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
    return this.#actions.rules('attributes', this.#counts.totals)
  }
}
