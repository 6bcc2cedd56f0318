import type { Batch, Signal } from '../otlp/batch.ts'
import { recordRequest } from '../otlp/json/record-json.ts'
import { RECORD } from '../otlp/slots.ts'
import type { RuleSamples } from './processor.ts'

/** A record as a rule met it. */
export type Sample = {
  readonly signal: Signal
  readonly takenMs: number
  /** An OTLP/JSON export request of one record, as text. */
  readonly request: string
}

const PER_RULE_AND_TENANT = 4
/** Rings of rules and tenants; the one that got nothing for the longest time goes first. */
const RINGS_MAX = 500
/** Larger records are no samples: 2,000 of these are the most that is held. */
const CHARACTERS_MAX = 8192

/** The latest few samples of each rule and tenant, in memory only. */
export class SampleBook implements RuleSamples {
  readonly #nowMs: () => number
  readonly #rings = new Map<string, Sample[]>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  take(outcome: number, batch: Batch, record: number): void {
    const { data, stride } = batch.records
    if (data[record * stride + RECORD.wireBytes]! > CHARACTERS_MAX) return
    const request = JSON.stringify(recordRequest(batch, record))
    if (request.length > CHARACTERS_MAX) return
    const key = keyOf(outcome, batch.tenantOf(record))
    const ring = this.#rings.get(key) ?? []
    if (ring.length === PER_RULE_AND_TENANT) ring.shift()
    ring.push({ signal: batch.signal, takenMs: this.#nowMs(), request })
    // Written anew: a Map is in the order of insertion.
    this.#rings.delete(key)
    this.#rings.set(key, ring)
    if (this.#rings.size > RINGS_MAX) this.#rings.delete(this.#rings.keys().next().value!)
  }

  /** Of a rule, by its outcome, and a tenant: oldest first. */
  of(outcome: number, tenantId: string): ReadonlyArray<Sample> {
    return this.#rings.get(keyOf(outcome, tenantId)) ?? []
  }
}

function keyOf(outcome: number, tenantId: string): string {
  return `${outcome} ${tenantId}`
}
