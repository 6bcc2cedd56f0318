import type { Batch } from '../../otlp/batch.ts'
import { RECORD, RESOURCE, SCOPE } from '../../otlp/slots.ts'
import { Cell } from './cell.ts'
import { Level } from './kinds.ts'
import { TextCache } from './text-cache.ts'

const NOTHING = Buffer.alloc(0)
const NO_ROWS = new Uint32Array(0)

/**
 * The batch that a set of conditions is looking at. The conditions' functions are built once around one frame
 * and read the batch through it; `begin` points it at a batch, `end` lets go of it.
 */
export class Frame {
  bytes: Buffer = NOTHING
  records: Uint32Array = NO_ROWS
  recordStride = 0
  resources: Uint32Array = NO_ROWS
  scopes: Uint32Array = NO_ROWS
  attributes: Uint32Array = NO_ROWS
  /** Goes up with every batch: what was remembered under another one is stale. */
  epoch = 0
  /** Why the last evaluation that failed did. */
  failure = ''
  readonly #cells: Cell[] = []
  readonly #texts: TextCache[] = []

  begin(batch: Batch): void {
    this.bytes = batch.bytes
    this.records = batch.records.data
    this.recordStride = batch.records.stride
    this.resources = batch.resources.data
    this.scopes = batch.scopes.data
    this.attributes = batch.attributes.data
    this.epoch++
  }

  end(): void {
    this.bytes = NOTHING
    this.records = NO_ROWS
    this.resources = NO_ROWS
    this.scopes = NO_ROWS
    this.attributes = NO_ROWS
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

  /** The table that has a level's fields. */
  table(level: Level): Uint32Array {
    if (level === Level.record) return this.records
    return level === Level.resource ? this.resources : this.scopes
  }

  /** Where the row of a record, or of its resource or scope, begins in `table(level)`. */
  row(level: Level, record: number): number {
    const base = record * this.recordStride
    if (level === Level.record) return base
    if (level === Level.resource) return this.records[base + RECORD.resource]! * RESOURCE.stride
    return this.records[base + RECORD.scope]! * SCOPE.stride
  }
}
