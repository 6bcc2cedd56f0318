import type { Batch } from '../../otlp/batch.ts'
import { FieldSums } from '../../otlp/series/field-sums.ts'
import { LOG, RECORD, RESOURCE, SCOPE, SPAN } from '../../otlp/slots.ts'
import { findAttribute, ValueText } from '../attribute-rows.ts'
import type { SampleConfig } from './config.ts'
import { SamplingState } from './trace-state.ts'

const ID_BYTES = 16
const FNV_OFFSET = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193
const BUCKET_MASK = 2 ** 14 - 1
const OF_RESOURCE = 0
const OF_SCOPE = 2
const OF_RECORD = 4
/** Letters of fields that are no attributes. */
const BODY = 0x62
const TIMES = 0x54

/**
 * The 56 random bits of a record. Of a trace id they are the same in all its spans and logs, here and in every other sampler that
 * follows the specification or, under `hash_seed`, in every collector with this seed. Without one an attribute decides, or the whole record: the same
 * record always gets the same bits, so a request that is sent again is sampled as before.
 */
export class Randomness {
  high = 0
  low = 0
  /** The share that samplers before have kept. */
  probability = 1
  readonly #hashed: boolean
  readonly #seeded: number
  readonly #attribute: Buffer
  readonly #text = new ValueText()
  readonly #state = new SamplingState()
  readonly #sums = new FieldSums(3)
  readonly #hash = new Uint32Array(2)
  #resource = -1
  #scope = -1

  constructor({ fromAttribute, hashSeed, mode }: Pick<SampleConfig, 'fromAttribute' | 'hashSeed' | 'mode'>) {
    this.#hashed = mode === 'hash_seed'
    const seed = new Uint8Array([hashSeed, hashSeed >>> 8, hashSeed >>> 16, hashSeed >>> 24])
    this.#seeded = fnv(FNV_OFFSET, seed, 0, seed.length)
    this.#attribute = Buffer.from(fromAttribute)
  }

  begin(batch: Batch): void {
    this.#sums.begin(batch)
    this.#resource = -1
    this.#scope = -1
  }

  /** Lets go of the batch. */
  end(): void {
    this.#sums.end()
    this.#text.clear()
  }

  ofLog(batch: Batch, base: number): void {
    this.probability = 1
    const { data } = batch.records
    if (data[base + LOG.traceIdLength] === ID_BYTES) this.#ofTrace(batch, data[base + LOG.traceIdStart]!)
    else if (!this.#ofAttribute(batch, base))
      this.#ofRecord(batch, base, data[base + LOG.bodyKind]!, LOG.bodyStart)
  }

  ofSpan(batch: Batch, base: number): void {
    this.probability = 1
    const { data } = batch.records
    if (data[base + SPAN.traceIdLength] !== ID_BYTES) {
      this.#ofRecord(batch, base, 0, SPAN.nameStart)
      return
    }
    this.#ofTrace(batch, data[base + SPAN.traceIdStart]!)
    const start = data[base + SPAN.traceStateStart]!
    const end = data[base + SPAN.traceStateEnd]!
    if (this.#hashed || start === end) return
    this.#state.read(batch.bytes, start, end)
    this.probability = this.#state.probability
    if (!this.#state.hasRandomness) return
    this.high = this.#state.high
    this.low = this.#state.low
  }

  /** The last seven bytes (W3C Trace Context Level 2), or their hash. */
  #ofTrace({ bytes }: Batch, start: number): void {
    if (this.#hashed) {
      this.#ofHash(fnv(this.#seeded, bytes, start, start + ID_BYTES))
      return
    }
    this.high = (bytes[start + 9]! << 16) | (bytes[start + 10]! << 8) | bytes[start + 11]!
    this.low =
      ((bytes[start + 12]! << 24) |
        (bytes[start + 13]! << 16) |
        (bytes[start + 14]! << 8) |
        bytes[start + 15]!) >>>
      0
  }

  /** The collector's order: a record is kept if its 14 bits are below the share, so they count from the top. */
  #ofHash(hash: number): void {
    this.high = (BUCKET_MASK - (hash & BUCKET_MASK)) << 10
    this.low = 0
  }

  #ofAttribute(batch: Batch, base: number): boolean {
    if (this.#attribute.length === 0) return false
    const { data } = batch.records
    const first = data[base + RECORD.attributesFirst]!
    const row = findAttribute(batch, first, data[base + RECORD.attributesCount]!, this.#attribute)
    if (row < 0) return false
    this.#text.read(batch, row)
    this.#ofHash(fnv(this.#seeded, this.#text.bytes, this.#text.start, this.#text.end))
    return true
  }

  /** `textStart` is the slot of a log's body, or of a span's name. */
  #ofRecord({ records, resources, scopes }: Batch, base: number, bodyKind: number, textStart: number): void {
    const sums = this.#sums
    const { data } = records
    if (data[base + RECORD.resource] !== this.#resource) {
      this.#resource = data[base + RECORD.resource]!
      sums.putResource(OF_RESOURCE, resources.data, this.#resource * RESOURCE.stride)
    }
    if (data[base + RECORD.scope] !== this.#scope) {
      this.#scope = data[base + RECORD.scope]!
      sums.putScope(OF_SCOPE, scopes.data, this.#scope * SCOPE.stride)
    }
    sums.clear(OF_RECORD)
    sums.addAttributes(OF_RECORD, data[base + RECORD.attributesFirst]!, data[base + RECORD.attributesCount]!)
    const { timeHigh, timeLow } = RECORD
    sums.addNumbers(
      OF_RECORD,
      TIMES,
      data[base + timeLow]!,
      data[base + timeHigh]!,
      data[base + LOG.observedTimeLow]!,
    )
    if (bodyKind === 0) sums.addTexts(OF_RECORD, data, base + textStart, BODY, base + textStart)
    else sums.addValue(OF_RECORD, 0, 0, bodyKind, data[base + textStart]!, data[base + textStart + 1]!)
    sums.hashAll(this.#hash)
    this.high = this.#hash[1]! >>> 8
    this.low = this.#hash[0]!
  }
}

/** FNV-1a, 32 bits. */
function fnv(from: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = from
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, FNV_PRIME)
  return hash
}
