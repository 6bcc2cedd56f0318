import { type Batch, KEPT, type Signal } from '../../otlp/batch.ts'
import { FieldSums } from '../../otlp/series/field-sums.ts'
import { RECORD, RESOURCE } from '../../otlp/slots.ts'
import type { Gate } from '../attribute-actions/gate.ts'
import { findAttribute } from '../attribute-rows.ts'
import { DropRules } from '../drop-rules.ts'
import { TenantNumbers } from '../keyed/tenant-numbers.ts'
import type { Deps, Processor, RuleCounts } from '../processor.ts'
import type { RuleText } from '../rule-ids.ts'
import { gatesOf } from '../signal-conditions.ts'
import { Buckets } from './buckets.ts'
import type { ThrottleConfig } from './config.ts'

/** Its only rule. */
const RATE = 0

/** Lets so many records a second through per key, and drops the rest. */
export class Throttle implements Processor {
  readonly name: string
  readonly signals: ReadonlySet<Signal>
  readonly #deps: Deps
  readonly #gates: ReadonlyMap<Signal, Gate> | undefined
  readonly #by: ReadonlyArray<Buffer>
  readonly #drops: DropRules
  readonly #buckets: Buckets
  readonly #tenants = new TenantNumbers()
  readonly #sums = new FieldSums(1)
  readonly #key = new Uint32Array(2)

  constructor(name: string, config: ThrottleConfig, deps: Deps) {
    this.name = name
    this.#deps = deps
    this.#gates = config.conditions && gatesOf(config.conditions, () => deps.evaluationFailed(name))
    this.signals = new Set(config.signals.filter((signal) => this.#gates?.has(signal) ?? true))
    this.#by = config.by.map((key) => Buffer.from(key))
    this.#drops = new DropRules(name, [ruleText(config)], { dryRun: config.dryRun, deps })
    this.#buckets = new Buckets(config)
  }

  process(batch: Batch, commit: number): void {
    const gate = this.#gates?.get(batch.signal)
    gate?.begin(batch)
    this.#sums.begin(batch)
    this.#drops.begin(commit)
    this.#mark(batch, commit, gate)
    this.#sums.end()
    gate?.end()
  }

  #mark(batch: Batch, commit: number, gate: Gate | undefined): void {
    const { verdicts } = batch
    const { count, data, stride } = batch.records
    const buckets = this.#buckets
    const drops = this.#drops
    buckets.begin(commit, this.#deps.nowMs())
    // The records of a resource stand together.
    let resource = -1
    let bucket = 0
    for (let record = 0, base = 0; record < count; record++, base += stride) {
      if (verdicts[record] !== KEPT || (gate !== undefined && !gate.admits(record))) continue
      if (data[base + RECORD.resource] !== resource) {
        resource = data[base + RECORD.resource]!
        bucket = this.#bucketOf(batch, record, resource)
      }
      if (!buckets.take(bucket)) drops.drop(batch, record, RATE)
    }
  }

  /** A resource without an attribute of the key stands with the others without it. */
  #bucketOf(batch: Batch, record: number, resource: number): number {
    const { data } = batch.resources
    const at = resource * RESOURCE.stride
    const first = data[at + RESOURCE.attributesFirst]!
    const attributes = data[at + RESOURCE.attributesCount]!
    this.#sums.clear(0)
    const by = this.#by
    for (let i = 0; i < by.length; i++) {
      const row = findAttribute(batch, first, attributes, by[i]!)
      if (row >= 0) this.#sums.addAttribute(0, row)
    }
    this.#sums.hashAll(this.#key)
    const owner = this.#tenants.of(batch.tenantOf(record))
    return this.#buckets.bucketOf(this.#key[0]! | 0, this.#key[1]! | 0, owner)
  }

  committed(commit: number): void {
    this.#drops.committed(commit)
    this.#buckets.committed(commit)
  }

  refused(commit: number): void {
    this.#drops.refused(commit)
    this.#buckets.refused(commit)
  }

  rules(): ReadonlyArray<RuleCounts> {
    return this.#drops.counts()
  }
}

function ruleText({ burst, by, recordsPerSecond }: ThrottleConfig): RuleText {
  const key = ['tenant', ...by].join(', ')
  return {
    rule: 'rate',
    condition: `more than ${recordsPerSecond} records a second (burst ${burst}) per ${key}`,
  }
}
