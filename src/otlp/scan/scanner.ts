import { Batch, KEPT } from '../batch.ts'
import { RowTable } from '../row-table.ts'
import { POINT, RECORD } from '../slots.ts'
import { skipField } from '../wire/skip.ts'
import { Varint } from '../wire/varint.ts'
import { FieldScanner } from './fields.ts'
import { ROWS_PER_RECORD_MAX, type ScanLimits, type ScanOutcomes, TooManyRecordsError } from './limits.ts'
import { FieldKind, Level, type Message, TAGS } from './message.ts'

/**
 * Walks the bytes of an export request and fills a batch; what a message means is in its field table.
 *
 * A row (resource, scope, metric, record, event, …) is scanned in two passes over its direct fields: first those that are its
 * own, then the rows inside it. So fields may come in any order on the wire, the attributes of one owner stand
 * together, and whether a resource can be taken is known before its records are reached. Resources and scopes
 * that hold no record leave no row, so that the number of records bounds the memory.
 */
export class Scanner {
  #batch = new Batch('logs', 0)
  #limits: ScanLimits = { recordsPerRequestMax: 0, attributesPerRecordMax: 0 }
  #outcomes: ScanOutcomes | undefined
  readonly #fields = new FieldScanner(this.#batch)
  readonly #varint = new Varint()
  /** Indexes of the resource, scope and metric that we are in. */
  #resource = 0
  #scope = 0
  #metric = 0
  /** The batch's tables by level. */
  #tables: ReadonlyArray<RowTable> = []
  /** Record number and outcome, until the verdicts are opened. */
  readonly #rejected = new RowTable(2, 16)
  /** The request itself is no row: it has no fields but rows. */
  readonly #noRow = new Uint32Array(0)

  /**
   * Fills the batch from a request whose message type is `type`. Throws
   * {@link import('../malformed.ts').MalformedError} or {@link TooManyRecordsError} and nothing else; the batch
   * is then of no use until its next `begin`.
   */
  scan(type: Message, batch: Batch, bytes: Buffer, limits: ScanLimits, outcomes: ScanOutcomes): void {
    this.#batch = batch
    this.#limits = limits
    this.#outcomes = outcomes
    this.#rejected.reset(4096)
    batch.begin(bytes)
    this.#tables = tablesOf(batch)
    this.#fields.begin(batch, limits.attributesPerRecordMax)
    if (this.#fields.scan(type, 0, bytes.length, this.#noRow, 0, 1))
      this.#rows(type, bytes, 0, bytes.length, KEPT, 1)
    this.#openVerdicts()
  }

  /** Second pass: the rows inside a message whose fields are known to be well-formed. */
  #rows(type: Message, bytes: Buffer, start: number, end: number, verdict: number, depth: number): void {
    const varint = this.#varint
    let at = start
    while (at < end) {
      varint.read(bytes, at, end)
      const tag = varint.low >>> 0
      at = skipField(bytes, tag >>> 3, tag & 7, varint.end, end, depth, varint)
      // Behind a length-delimited field `varint` is its length, and ends where the content starts.
      if (tag >= TAGS) continue
      const kind = type.kinds[tag]
      if (kind === FieldKind.rows)
        this.#row(type.messages[tag >>> 3]!, bytes, varint.end, at, verdict, depth + 1)
      else if (kind === FieldKind.choice && varint.end >= this.#fields.chosenFrom)
        this.#rows(type.messages[tag >>> 3]!, bytes, varint.end, at, verdict, depth + 1)
    }
  }

  #row(type: Message, bytes: Buffer, start: number, end: number, verdict: number, depth: number): void {
    if (type.level === Level.record) this.#record(type, bytes, start, end, verdict, depth)
    else this.#group(type, bytes, start, end, verdict, depth)
  }

  #record(type: Message, bytes: Buffer, start: number, end: number, inherited: number, depth: number): void {
    const { records } = this.#batch
    const { recordsPerRequestMax } = this.#limits
    const index = records.count
    if (index >= recordsPerRequestMax) throw new TooManyRecordsError(recordsPerRequestMax)
    const base = records.add()
    const { data } = records
    data[base + RECORD.resource] = this.#resource
    data[base + RECORD.scope] = this.#scope
    data[base + RECORD.wireBytes] = end - start
    if (this.#batch.metrics.count > 0) data[base + POINT.metric] = this.#metric
    const hasRows = this.#fields.scan(type, start, end, data, base, depth)
    const { firstRow } = this.#fields
    // First: it takes away attributes of the record, which are the last ones now.
    const own = this.#judge(type, data, base)
    const inner = hasRows ? this.#ownRows(type, bytes, firstRow, end, data, base, depth) : KEPT
    let verdict = inherited === KEPT ? own : inherited
    if (verdict === KEPT) verdict = this.#check(type, data, base)
    if (verdict === KEPT) verdict = inner
    if (verdict !== KEPT) this.#reject(index, verdict)
  }

  /** The rows that belong to a record (events, exemplars, …). Returns the first verdict on one of them. */
  #ownRows(
    type: Message,
    bytes: Buffer,
    start: number,
    end: number,
    record: Uint32Array,
    base: number,
    depth: number,
  ): number {
    const varint = this.#varint
    let verdict = KEPT
    let at = start
    while (at < end) {
      varint.read(bytes, at, end)
      const tag = varint.low >>> 0
      at = skipField(bytes, tag >>> 3, tag & 7, varint.end, end, depth, varint)
      if (tag >= TAGS || type.kinds[tag] !== FieldKind.rows) continue
      const inner = type.messages[tag >>> 3]!
      const table = this.#tables[inner.level]!
      const slot = base + type.slots[tag >>> 3]!
      if (record[slot + 1] === 0) record[slot] = table.count
      record[slot + 1]!++
      const own = this.#ownRow(inner, table, varint.end, at, depth + 1)
      if (verdict === KEPT) verdict = own
    }
    return verdict
  }

  #ownRow(type: Message, table: RowTable, start: number, end: number, depth: number): number {
    const max = ROWS_PER_RECORD_MAX * this.#limits.recordsPerRequestMax
    if (table.count >= max) throw new TooManyRecordsError(max, `rows of ${type.name}`)
    const base = table.add()
    this.#fields.scan(type, start, end, table.data, base, depth)
    return this.#judge(type, table.data, base)
  }

  /** A resource, scope or metric and the rows in it. What is wrong with it is wrong with all its records. */
  #group(type: Message, bytes: Buffer, start: number, end: number, inherited: number, depth: number): void {
    const { records, resources, scopes, metrics, attributes } = this.#batch
    const recordsBefore = records.count
    const resourcesBefore = resources.count
    const scopesBefore = scopes.count
    const metricsBefore = metrics.count
    const attributesBefore = attributes.count
    const table = this.#tables[type.level]!
    if (type.level === Level.resource) this.#resource = resourcesBefore
    else if (type.level === Level.scope) this.#scope = scopesBefore
    else this.#metric = metricsBefore
    const base = table.add()
    const { data } = table
    if (this.#fields.scan(type, start, end, data, base, depth)) {
      const own = this.#judge(type, data, base)
      this.#rows(type, bytes, start, end, inherited === KEPT ? own : inherited, depth)
    }
    if (records.count > recordsBefore) return
    resources.truncate(resourcesBefore)
    scopes.truncate(scopesBefore)
    metrics.truncate(metricsBefore)
    attributes.truncate(attributesBefore)
  }

  /**
   * Judges ids and attributes of a row whose fields are complete, and takes the offending ones away: the outcome's
   * number, or KEPT.
   */
  #judge(type: Message, data: Uint32Array, base: number): number {
    let verdict = KEPT
    const { ids } = type
    for (let i = 0; i < ids.length; i++) {
      const { slot, id } = ids[i]!
      const length = data[base + slot + 1]!
      if (length === 0) continue
      if (length === id!.length && this.#isSet(data[base + slot]!, length)) continue
      data[base + slot] = 0
      data[base + slot + 1] = 0
      if (length !== id!.length && verdict === KEPT) verdict = this.#outcomes![id!.invalid]
    }
    const slot = type.attributesSlot
    if (slot >= 0 && data[base + slot + 1]! > this.#limits.attributesPerRecordMax) {
      this.#batch.attributes.truncate(data[base + slot]!)
      data[base + slot] = 0
      data[base + slot + 1] = 0
      if (verdict === KEPT) verdict = this.#outcomes!.tooManyAttributes
    }
    return verdict
  }

  /** What else may be wrong with a record, the rows that belong to it included. */
  #check(type: Message, data: Uint32Array, base: number): number {
    const fault = type.check?.(this.#batch, data, base)
    return fault === undefined ? KEPT : this.#outcomes![fault]
  }

  /** An id of zeros counts as absent (logs.proto, trace_id: "ids with all zeroes are invalid"). */
  #isSet(start: number, length: number): boolean {
    const { bytes } = this.#batch
    for (let i = start; i < start + length; i++) if (bytes[i] !== 0) return true
    return false
  }

  #reject(record: number, outcome: number): void {
    const rejected = this.#rejected
    const at = rejected.add()
    rejected.data[at] = record
    rejected.data[at + 1] = outcome
  }

  #openVerdicts(): void {
    this.#batch.openVerdicts()
    const { verdicts } = this.#batch
    const { data, count } = this.#rejected
    for (let i = 0; i < count; i++) verdicts[data[2 * i]!] = data[2 * i + 1]!
  }
}

/** By {@link Level}. */
function tablesOf(batch: Batch): ReadonlyArray<RowTable> {
  const { resources, scopes, metrics, records, events, links, exemplars, quantiles } = batch
  return [resources, scopes, metrics, records, events, links, exemplars, quantiles]
}
