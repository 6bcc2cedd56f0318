import type { Batch } from '../../otlp/batch.ts'
import { EVENT, METRIC, POINT, RECORD, RESOURCE, SCOPE } from '../../otlp/slots.ts'
import { Cell } from './cell.ts'
import { Level } from './kinds.ts'
import { TextCache } from './text-cache.ts'
import { TextSearch } from './text-search.ts'

const NOTHING = Buffer.alloc(0)
const NO_ROWS = new Uint32Array(0)
const NO_VERDICTS = new Uint16Array(0)

/** What a set of conditions is asked about, one row after the other. */
export type Unit = typeof Level.record | typeof Level.event

/**
 * The batch that a set of conditions is looking at. The conditions' functions are built once around one frame
 * and read the batch through it; `begin` points it at a batch, `end` lets go of it. The row that a condition is
 * given is a record's, or (`unit`) an event's in the batch's table of events: then `owner` is its span.
 */
export class Frame {
  readonly unit: Unit
  /** The record that the events belong to, set by who asks about events. */
  owner = 0
  bytes: Buffer = NOTHING
  records: Uint32Array = NO_ROWS
  recordStride = 0
  recordCount = 0
  verdicts: Uint16Array = NO_VERDICTS
  resources: Uint32Array = NO_ROWS
  scopes: Uint32Array = NO_ROWS
  metrics: Uint32Array = NO_ROWS
  events: Uint32Array = NO_ROWS
  attributes: Uint32Array = NO_ROWS
  /** Elements of buckets and their bounds: two words each. */
  arrays: readonly [Uint32Array, Uint32Array] = [NO_ROWS, NO_ROWS]
  /** Goes up with every batch: what was remembered under another one is stale. */
  epoch = 0
  /** Why the last evaluation that failed did. */
  failure = ''
  readonly #cells: Cell[] = []
  readonly #texts: TextCache[] = []
  readonly #searches = new Map<Cell, TextSearch>()
  #unitStride = 0

  constructor(unit: Unit = Level.record) {
    this.unit = unit
  }

  begin(batch: Batch): void {
    this.bytes = batch.bytes
    this.records = batch.records.data
    this.recordStride = batch.records.stride
    this.recordCount = batch.records.count
    this.#unitStride = this.unit === Level.event ? EVENT.stride : batch.records.stride
    this.verdicts = batch.verdicts
    this.resources = batch.resources.data
    this.scopes = batch.scopes.data
    this.metrics = batch.metrics.data
    this.events = batch.events.data
    this.attributes = batch.attributes.data
    this.arrays = [batch.arrays[0].data, batch.arrays[1].data]
    this.epoch++
  }

  end(): void {
    this.bytes = NOTHING
    this.records = NO_ROWS
    this.recordCount = 0
    this.verdicts = NO_VERDICTS
    this.resources = NO_ROWS
    this.scopes = NO_ROWS
    this.metrics = NO_ROWS
    this.events = NO_ROWS
    this.attributes = NO_ROWS
    this.arrays = [NO_ROWS, NO_ROWS]
    for (const cell of this.#cells) cell.clear()
    for (const text of this.#texts) text.clear()
  }

  /** A cell that is emptied at the end of each batch. For values that are read; constants make their own. */
  newCell(): Cell {
    const cell = new Cell()
    this.#cells.push(cell)
    return cell
  }

  newTextCache(): TextCache {
    const text = new TextCache()
    this.#texts.push(text)
    return text
  }

  /** What conditions of this frame look for in the value that is loaded into a cell. */
  searchIn(cell: Cell): TextSearch {
    let search = this.#searches.get(cell)
    if (search === undefined) {
      search = new TextSearch()
      this.#searches.set(cell, search)
    }
    return search
  }

  /** The table that has a level's fields. */
  table(level: Level): Uint32Array {
    if (level === Level.record) return this.records
    if (level === Level.resource) return this.resources
    if (level === Level.scope) return this.scopes
    return level === Level.metric ? this.metrics : this.events
  }

  /** Where the row of what a condition is asked about, or of what it belongs to, begins in `table(level)`. */
  row(level: Level, row: number): number {
    if (level === this.unit) return row * this.#unitStride
    const base = this.recordOf(row) * this.recordStride
    if (level === Level.record) return base
    if (level === Level.resource) return this.records[base + RECORD.resource]! * RESOURCE.stride
    if (level === Level.scope) return this.records[base + RECORD.scope]! * SCOPE.stride
    return this.records[base + POINT.metric]! * METRIC.stride
  }

  /** The index of the record that the row is, or belongs to. */
  recordOf(row: number): number {
    return this.unit === Level.event ? this.owner : row
  }
}
