import { DryRunCounts } from './dry-run-counts.ts'
import { RowTable } from './row-table.ts'
import { ATTRIBUTE, EVENT, EXEMPLAR, LINK, METRIC, QUANTILE, RECORD, RESOURCE, SCOPE } from './slots.ts'

export type Signal = 'logs' | 'traces' | 'metrics'

/** What became of a record. Numbers above 0 are given out by {@link import('./outcomes.ts').Outcomes}. */
export const KEPT = 0

const ROWS_KEPT = 4096
/** Of tables that only some signals use. */
const FEW = 16

/**
 * One export request, as offsets into its own bytes (struct of arrays; nothing is materialised).
 *
 * Ownership: the batch and everything reachable from it is valid until the call that handed it out returns.
 * It is reused for the next request: who wants to keep something copies it (`clone`).
 *
 * Changing it: `verdicts[i]` marks record i as dropped or rejected (never unmarks). Attributes are changed by
 * appending rows to `attributes` and pointing a record's or resource's first/count at them; new bytes come from
 * `appendBytes`, which may replace `bytes`.
 */
export class Batch {
  readonly signal: Signal
  /** The request's bytes, followed by what processors appended. */
  bytes: Buffer = Buffer.alloc(0)
  /** How many of `bytes` are in use. */
  byteLength = 0
  readonly resources = new RowTable(RESOURCE.stride, 16)
  readonly scopes = new RowTable(SCOPE.stride, 16)
  readonly records: RowTable
  readonly attributes = new RowTable(ATTRIBUTE.stride, 8 * ROWS_KEPT)
  /** Between scopes and records, of metrics only: a record's is named by `POINT.metric`. */
  readonly metrics = new RowTable(METRIC.stride, FEW)
  /** What belongs to one record: its rows stand together, their first and count are in the record's slots. */
  readonly events = new RowTable(EVENT.stride, FEW)
  readonly links = new RowTable(LINK.stride, FEW)
  readonly exemplars = new RowTable(EXEMPLAR.stride, FEW)
  readonly quantiles = new RowTable(QUANTILE.stride, FEW)
  /** 64-bit elements of repeated numbers, low word first: buckets and their bounds. A record has at most one run in each. */
  readonly arrays: readonly [RowTable, RowTable] = [new RowTable(2, FEW), new RowTable(2, FEW)]
  /** Per record: {@link KEPT}, or the number of the outcome that removed it. Only the first `records.count` count. */
  verdicts: Uint16Array = new Uint16Array(ROWS_KEPT)
  /** What rules under `dryRun` would have dropped: nobody's verdict, and counted beside the records. */
  readonly dryRun = new DryRunCounts()
  /** The tenants named by `RESOURCE.tenant`. */
  readonly tenants: string[] = []
  /** Values whose invalid UTF-8 was replaced by U+FFFD. */
  invalidUtf8Count = 0

  constructor(signal: Signal, recordStride: number) {
    this.signal = signal
    this.records = new RowTable(recordStride, ROWS_KEPT)
  }

  /** Empties the batch and points it at a new request. */
  begin(bytes: Buffer): void {
    this.bytes = bytes
    this.byteLength = bytes.length
    this.resources.reset(ROWS_KEPT)
    this.scopes.reset(ROWS_KEPT)
    this.records.reset(16 * ROWS_KEPT)
    this.attributes.reset(128 * ROWS_KEPT)
    for (const table of this.#lesserTables()) table.reset(16 * ROWS_KEPT)
    this.tenants.length = 0
    this.dryRun.reset()
    this.invalidUtf8Count = 0
  }

  /** To be called once the records are scanned: every record starts as kept. */
  openVerdicts(): void {
    const { count } = this.records
    if (this.verdicts.length < count || this.verdicts.length > 64 * ROWS_KEPT)
      this.verdicts = new Uint16Array(Math.max(count, ROWS_KEPT))
    else this.verdicts.fill(KEPT, 0, count)
  }

  /** Appends bytes that attributes can point at; returns where they start. `bytes` may be replaced. */
  appendBytes(source: Uint8Array): number {
    const start = this.byteLength
    const end = start + source.length
    if (end > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(end * 2, 4096))
      grown.set(this.bytes.subarray(0, start))
      this.bytes = grown
    }
    this.bytes.set(source, start)
    this.byteLength = end
    return start
  }

  /** The tenant of record `i`. */
  tenantOf(i: number): string {
    const resource = this.records.data[i * this.records.stride + RECORD.resource]!
    return this.tenants[this.resources.data[resource * RESOURCE.stride + RESOURCE.tenant]!]!
  }

  /** A rule under `dryRun` would have dropped record `i`; `outcome` is the rule's. */
  wouldDrop(i: number, outcome: number): void {
    const base = i * this.records.stride
    const { data } = this.records
    const tenant = this.resources.data[data[base + RECORD.resource]! * RESOURCE.stride + RESOURCE.tenant]!
    this.dryRun.add(tenant, outcome, data[base + RECORD.wireBytes]!)
  }

  /** A copy that shares nothing, for observers that outlive the call. */
  clone(): Batch {
    const copy = new Batch(this.signal, this.records.stride)
    copy.bytes = Buffer.from(this.bytes.subarray(0, this.byteLength))
    copy.byteLength = this.byteLength
    copy.resources.copyFrom(this.resources)
    copy.scopes.copyFrom(this.scopes)
    copy.records.copyFrom(this.records)
    copy.attributes.copyFrom(this.attributes)
    const lesser = this.#lesserTables()
    copy.#lesserTables().forEach((table, i) => void table.copyFrom(lesser[i]!))
    copy.verdicts = this.verdicts.slice(0, this.records.count)
    copy.tenants.push(...this.tenants)
    copy.invalidUtf8Count = this.invalidUtf8Count
    return copy
  }

  #lesserTables(): ReadonlyArray<RowTable> {
    return [this.metrics, this.events, this.links, this.exemplars, this.quantiles, ...this.arrays]
  }
}
