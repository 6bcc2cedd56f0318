import type { Batch } from '../../otlp/batch.ts'
import type { RowSet } from './table.ts'

/** A resource of a request, resolved to what every row of it carries. Cached across requests: never mutated. */
export type ResolvedResource = {
  readonly tenantId: string
  /** First 8 bytes of the SHA-256 of the canonical form, as two little-endian words (docs/architecture.md). */
  readonly fingerprintLow: number
  readonly fingerprintHigh: number
  readonly serviceName: string
  readonly appId: string
  readonly environment: string
  readonly cluster: string
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly retentionDays: number
  readonly schemaUrl: string
  readonly droppedAttributesCount: number
  /** Sorted by key; values as text; one letter per attribute (`KIND_LETTERS`), in the same order. */
  readonly attributeKeys: ReadonlyArray<string>
  readonly attributeValues: ReadonlyArray<string>
  readonly attributeTypes: string
}

/** Kept records of one request that belong in one partition. Valid during `append` only. */
export type SignalRows = RowSet & {
  readonly batch: Batch
  /** Record numbers, the first `count` in use. */
  readonly index: Uint32Array
  readonly count: number
  /** By the batch's resource index. */
  readonly resources: ReadonlyArray<ResolvedResource>
  readonly gatewayId: string
  /** Seq of the first row; the following rows count up by one. */
  readonly seqLow: number
  readonly seqHigh: number
}

/** Rows of `resources`: one per fingerprint and UTC day. */
export type ResourceRows = RowSet & {
  readonly entries: ReadonlyArray<{ readonly resource: ResolvedResource; readonly day: number }>
  readonly ttlDays: number
}

/** Rows of `ledger`: what one commit received, stored, dropped and rejected. */
export type LedgerRows = RowSet & {
  readonly entries: ReadonlyArray<LedgerEntry>
  readonly gatewayId: string
  /** Seq of the first row; the following rows count up by one. */
  readonly seqLow: number
  readonly seqHigh: number
  readonly timeMs: number
}

export type LedgerEntry = {
  readonly tenantId: string
  readonly signal: string
  /** `dry_run`: what a rule under `dryRun` would have dropped; it is in no balance. */
  readonly kind: 'received' | 'generated' | 'stored' | 'dropped' | 'rejected' | 'dry_run'
  /** Processor or reason; empty for received, generated and stored. */
  readonly reason: string
  /** Where the rule stands in the processor's block; empty for what has no rules. */
  readonly rule: string
  /** Hash of what the rule says: it stays when the rule moves. */
  readonly ruleId: string
  readonly records: number
  readonly bytes: number
}

/** Rows of `trace_times`: one per trace that has kept spans of a request in one partition. Valid during `append` only. */
export type TraceRows = RowSet & {
  readonly batch: Batch
  readonly day: number
  readonly retentionDays: number
  /** A span of the trace, per row. */
  readonly record: Uint32Array
  /** Two words per row. */
  readonly start: Uint32Array
  readonly end: Uint32Array
}

/** Rows of `metric_series`: the first record of each series that is new on its day. */
export type SeriesRows = SignalRows & { readonly day: number }

/** Rows of `exemplars`: `index` names the data point of each row, `exemplars` the exemplar. */
export type ExemplarRows = SignalRows & { readonly exemplars: Uint32Array }
