import type { Batch, Signal } from '../otlp/batch.ts'
import type { Outcomes } from '../otlp/outcomes.ts'
import { newBatch, type ScanLimits, scanRequest } from '../otlp/scan/index.ts'
import { fingerprintSeries } from '../otlp/series/fingerprint.ts'
import { RESOURCE } from '../otlp/slots.ts'
import type { ApplyRules, Generate } from '../processors/generate.ts'
import { RefusedError, type Store } from '../store/store.ts'
import { scanOutcomes } from './scan-faults.ts'

/** Of one generated request. Processors stay far below; the attributes are a sender's and some of our own. */
const RECORDS_MAX = 100_000
const OWN_ATTRIBUTES_MAX = 16

export type GeneratedRowsParts = {
  readonly outcomes: Outcomes
  /** Of senders' requests. */
  readonly limits: ScanLimits
  readonly nowMs: () => number
}

/** The rules in force, and the count of active series. */
export type GeneratedRules = {
  /** A batch is being processed now. */
  readonly processing: boolean
  process(batch: Batch, commit: number): void
  /** Counts the series of points that the rules in force did not see. */
  count(batch: Batch): void
}

type Attached = {
  readonly store: Pick<Store, 'admit' | 'appendGenerated' | 'openCommit'> & { readonly gatewayId: string }
  readonly rules: GeneratedRules
}

/**
 * The way of records that the gateway makes itself ({@link import('../processors/generate.ts').Generate}): scan → tenant → rules, if asked
 * for → the open commit. Processors are built before the store is open; until {@link attach} nothing is taken.
 */
export class GeneratedRows {
  readonly #parts: GeneratedRowsParts
  readonly #limits: ScanLimits
  readonly #outcomes: ReturnType<typeof scanOutcomes>
  /** Not those of the pipeline: a processor may generate in the middle of its batch, and another in the middle of that. */
  readonly #idle: Readonly<Record<Signal, Batch[]>> = { logs: [], traces: [], metrics: [] }
  #attached: Attached | undefined

  constructor(parts: GeneratedRowsParts) {
    this.#parts = parts
    this.#limits = {
      recordsPerRequestMax: RECORDS_MAX,
      attributesPerRecordMax: parts.limits.attributesPerRecordMax + OWN_ATTRIBUTES_MAX,
    }
    this.#outcomes = scanOutcomes(parts.outcomes, parts.limits)
  }

  attach(store: Attached['store'], rules: GeneratedRules): void {
    this.#attached = { store, rules }
  }

  /** The commit that what is generated now joins; undefined before {@link attach}. Bound, to be handed on. */
  readonly currentCommit = (): number | undefined => this.#attached?.store.openCommit

  readonly gatewayId = (): string => {
    if (this.#attached === undefined) throw new Error('BUG: the store is not open yet')
    return this.#attached.store.gatewayId
  }

  /** Bound, to be handed on. */
  readonly generate: Generate = ({ signal, tenantId, request, rules: wanted }) => {
    if (this.#attached === undefined) return undefined
    const { store, rules } = this.#attached
    if (wanted === 'all' && rules.processing)
      throw new Error('BUG: all rules were asked in the middle of a batch')
    if (!isOpen(store)) return undefined
    const batch = this.#idle[signal].pop() ?? newBatch(signal)
    try {
      scanRequest(batch, request, this.#limits, this.#outcomes)
      assignTenant(batch, tenantId)
      if (signal === 'metrics') fingerprintSeries(batch)
      const commit = store.openCommit
      this.#apply(rules, wanted, batch, commit)
      const durable = store.appendGenerated(batch, this.#parts.nowMs())
      // Processors hear of the commit itself.
      durable.catch(() => undefined)
      return { commit, durable }
    } finally {
      this.#idle[signal].push(batch)
    }
  }

  #apply(rules: GeneratedRules, wanted: 'all' | ApplyRules | undefined, batch: Batch, commit: number): void {
    if (wanted === 'all') {
      rules.process(batch, commit)
      return
    }
    wanted?.(batch, commit)
    if (!rules.processing) rules.count(batch)
  }
}

function isOpen(store: Attached['store']): boolean {
  try {
    store.admit()
    return true
  } catch (error) {
    if (error instanceof RefusedError) return false
    throw error
  }
}

function assignTenant(batch: Batch, tenantId: string): void {
  const { resources, tenants } = batch
  tenants.length = 0
  tenants.push(tenantId)
  for (let i = 0; i < resources.count; i++) resources.data[i * resources.stride + RESOURCE.tenant] = 0
}
