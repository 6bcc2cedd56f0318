import { Batch } from '../../otlp/batch.ts'
import { ATTRIBUTE } from '../../otlp/slots.ts'
import { equalRanges } from '../ottl/byte-search.ts'

/** A value as it stands in a row: `kind`, `start`, `end` as in `ATTRIBUTE`. */
export type Value = { kind: number; start: number; end: number }

/**
 * The attributes of one record or resource while they are being changed. The rows that the scanner wrote are never
 * touched, since others may point at them: the first change copies them to the end of the table. One at a time.
 */
export class Overlay {
  batch: Batch = NONE
  /** The rows now, by number and not by slot. */
  first = 0
  count = 0
  #isCopy = false
  /** How long the table was before. */
  #rowsBefore = 0

  open(batch: Batch, first: number, count: number): void {
    this.batch = batch
    this.first = first
    this.count = count
    this.#isCopy = false
    this.#rowsBefore = batch.attributes.count
  }

  get isChanged(): boolean {
    return this.#isCopy
  }

  /** Forgets the changes. */
  discard(): void {
    if (this.#isCopy) this.batch.attributes.truncate(this.#rowsBefore)
  }

  /** Lets go of the batch. */
  close(): void {
    this.batch = NONE
  }

  /** The number of the attribute with this key, or -1. */
  find(key: Uint8Array): number {
    const { bytes } = this.batch
    const { data } = this.batch.attributes
    for (let i = 0; i < this.count; i++) {
      const base = (this.first + i) * ATTRIBUTE.stride
      const start = data[base + ATTRIBUTE.keyStart]!
      const end = data[base + ATTRIBUTE.keyEnd]!
      if (end - start === key.length && equalRanges(bytes, start, end, key, 0, key.length)) return i
    }
    return -1
  }

  slot(index: number, slot: number): number {
    return this.batch.attributes.data[(this.first + index) * ATTRIBUTE.stride + slot]!
  }

  read(index: number, value: Value): void {
    value.kind = this.slot(index, ATTRIBUTE.kind)
    value.start = this.slot(index, ATTRIBUTE.valueStart)
    value.end = this.slot(index, ATTRIBUTE.valueEnd)
  }

  set(index: number, { end, kind, start }: Value): void {
    this.#copy()
    const { data } = this.batch.attributes
    const base = (this.first + index) * ATTRIBUTE.stride
    data[base + ATTRIBUTE.kind] = kind
    data[base + ATTRIBUTE.valueStart] = start
    data[base + ATTRIBUTE.valueEnd] = end
  }

  add(keyStart: number, keyEnd: number, value: Value): void {
    this.#copy()
    // The rows are the last of the table, so the next one stands right behind them.
    const base = this.batch.attributes.add()
    const { data } = this.batch.attributes
    data[base + ATTRIBUTE.keyStart] = keyStart
    data[base + ATTRIBUTE.keyEnd] = keyEnd
    this.count++
    this.set(this.count - 1, value)
  }

  /** The order of the others stays. */
  remove(index: number): void {
    this.#copy()
    const { attributes } = this.batch
    const at = (this.first + index) * ATTRIBUTE.stride
    attributes.data.copyWithin(at, at + ATTRIBUTE.stride, attributes.count * ATTRIBUTE.stride)
    attributes.truncate(attributes.count - 1)
    this.count--
  }

  #copy(): void {
    if (this.#isCopy) return
    this.#isCopy = true
    const { attributes } = this.batch
    const to = attributes.addUnwritten(this.count)
    const from = this.first * ATTRIBUTE.stride
    attributes.data.copyWithin(to, from, from + this.count * ATTRIBUTE.stride)
    this.first = to / ATTRIBUTE.stride
  }
}

/** No batch. */
const NONE = new Batch('logs', 1)
