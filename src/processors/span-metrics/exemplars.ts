import { type Batch, KEPT } from '../../otlp/batch.ts'
import { SPAN } from '../../otlp/slots.ts'
import type { Exemplar, ExemplarSource } from '../counted-series/exemplars.ts'
import { durationSeconds } from '../counted-series/seconds.ts'
import { grown } from '../keyed/key-table.ts'

/** Exemplars that wait for points, of all series together: half a megabyte. */
const WAITING_MAX = 10_000
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
const ID_BYTES = TRACE_ID_BYTES + SPAN_ID_BYTES
const AT_START = 64
/** A place is an entry and, in its low bits, a bucket: 64 are more than a histogram may have (counted-series/config.ts). */
const BUCKET_BITS = 6
const BUCKET_MASK = 63
const WORD_BITS = 32

/**
 * For each bucket of each series the first span since the last points that is stored: a rule behind may drop a span that was counted, and its trace would
 * lead nowhere. So spans are candidates until their batch has joined its commit. In the steady state a span costs a look at one bit.
 */
export class Exemplars implements ExemplarSource {
  readonly #perPointMax: number
  /** Of the batch that is processed: records, and each one's entry and bucket. */
  #records = new Int32Array(AT_START)
  #places = new Int32Array(AT_START)
  #candidates = 0
  /** Per entry: a bit per bucket that has its exemplar, in two words; and the last of its rows + 1. */
  #filled = new Uint32Array(2 * AT_START)
  #last = new Int32Array(AT_START)
  /** Per row. */
  #rows = 0
  #place = new Int32Array(AT_START)
  #before = new Int32Array(AT_START)
  #commit = new Float64Array(AT_START)
  #timeMs = new Float64Array(AT_START)
  #value = new Float64Array(AT_START)
  #ids = Buffer.alloc(AT_START * ID_BYTES)

  constructor(perPointMax: number) {
    this.#perPointMax = perPointMax
  }

  /** A batch comes: what became of the one before is known, or never will be. */
  begin(): void {
    this.#candidates = 0
  }

  /** The record was counted there. */
  counted(record: number, entry: number, bucket: number): void {
    if (this.#isFilled(entry, bucket) || this.#rows >= WAITING_MAX) return
    const at = this.#candidates++
    this.#records = grown(this.#records, at + 1)
    this.#places = grown(this.#places, at + 1)
    this.#records[at] = record
    this.#places[at] = (entry << BUCKET_BITS) | bucket
  }

  /** The batch has joined the commit: what is kept now is in it. */
  joined(batch: Batch, commit: number, nowMs: number): void {
    for (let i = 0; i < this.#candidates; i++) {
      const record = this.#records[i]!
      if (batch.verdicts[record] === KEPT) this.#add(batch, record, this.#places[i]!, commit, nowMs)
    }
    this.#candidates = 0
  }

  /** Its spans will be sent again. */
  refused(commit: number): void {
    const count = this.#rows
    this.taken()
    for (let row = 0; row < count; row++) {
      if (this.#commit[row] === commit) continue
      const to = this.#rows++
      this.#ids.copyWithin(to * ID_BYTES, row * ID_BYTES, (row + 1) * ID_BYTES)
      this.#value[to] = this.#value[row]!
      this.#timeMs[to] = this.#timeMs[row]!
      this.#link(to, this.#place[row]!, this.#commit[row]!)
    }
  }

  of(entry: number): ReadonlyArray<Exemplar> {
    const found: Exemplar[] = []
    for (let row = (this.#last[entry] ?? 0) - 1; row >= 0; row = this.#before[row]! - 1)
      found.push(this.#exemplar(row))
    if (found.length <= this.#perPointMax) return found
    return found.toSorted((a, b) => b.value - a.value).slice(0, this.#perPointMax)
  }

  taken(): void {
    for (let row = 0; row < this.#rows; row++) {
      const entry = this.#place[row]! >>> BUCKET_BITS
      this.#last[entry] = 0
      this.#filled.fill(0, 2 * entry, 2 * entry + 2)
    }
    this.#rows = 0
  }

  #isFilled(entry: number, bucket: number): boolean {
    const at = 2 * entry + (bucket < WORD_BITS ? 0 : 1)
    return at < this.#filled.length && (this.#filled[at]! & (1 << bucket)) !== 0
  }

  #add(batch: Batch, record: number, place: number, commit: number, nowMs: number): void {
    const { data } = batch.records
    const base = record * SPAN.stride
    const row = this.#rows
    if (row >= WAITING_MAX || this.#isFilled(place >>> BUCKET_BITS, place & BUCKET_MASK)) return
    if (data[base + SPAN.traceIdLength] === 0 || data[base + SPAN.spanIdLength] === 0) return
    this.#makeRoom(row)
    const [traceId, spanId] = [data[base + SPAN.traceIdStart]!, data[base + SPAN.spanIdStart]!]
    batch.bytes.copy(this.#ids, row * ID_BYTES, traceId, traceId + TRACE_ID_BYTES)
    batch.bytes.copy(this.#ids, row * ID_BYTES + TRACE_ID_BYTES, spanId, spanId + SPAN_ID_BYTES)
    this.#value[row] = durationSeconds(data, base)
    this.#timeMs[row] = nowMs
    this.#link(row, place, commit)
    this.#rows++
  }

  /** Enters a row that has its ids, value and time. */
  #link(row: number, place: number, commit: number): void {
    const entry = place >>> BUCKET_BITS
    const bucket = place & BUCKET_MASK
    this.#place[row] = place
    this.#commit[row] = commit
    this.#last = grown(this.#last, entry + 1)
    this.#filled = grown(this.#filled, 2 * entry + 2)
    this.#before[row] = this.#last[entry]!
    this.#last[entry] = row + 1
    this.#filled[2 * entry + (bucket < WORD_BITS ? 0 : 1)]! |= 1 << bucket
  }

  #makeRoom(row: number): void {
    this.#place = grown(this.#place, row + 1)
    this.#before = grown(this.#before, row + 1)
    this.#commit = grown(this.#commit, row + 1)
    this.#timeMs = grown(this.#timeMs, row + 1)
    this.#value = grown(this.#value, row + 1)
    if (this.#ids.length >= (row + 1) * ID_BYTES) return
    const larger = Buffer.alloc(this.#place.length * ID_BYTES)
    this.#ids.copy(larger)
    this.#ids = larger
  }

  #exemplar(row: number): Exemplar {
    const at = row * ID_BYTES
    return {
      traceId: this.#ids.subarray(at, at + TRACE_ID_BYTES),
      spanId: this.#ids.subarray(at + TRACE_ID_BYTES, at + ID_BYTES),
      value: this.#value[row]!,
      timeMs: this.#timeMs[row]!,
    }
  }
}
