import type { Batch } from '../batch.ts'
import type { RowTable } from '../row-table.ts'
import { ATTRIBUTE, KIND_LETTERS, METRIC, POINT, RESOURCE, SCOPE, ValueKind } from '../slots.ts'
import { writeValueText } from '../text.ts'
import { TextSink } from '../text-sink.ts'
import { viewOf } from '../view.ts'
import { Varint } from '../wire/varint.ts'
import { hashField, hashWords, type Words } from './murmur.ts'

/**
 * The fingerprint of a series: resource, scope, metric (name, unit, type, temporality, monotonicity) and attributes, in
 * any order. All gateways must agree on it, so it is documented in docs/architecture.md with golden vectors, and never
 * changes:
 *
 *     hash of the words  sum(resource) | sum(scope) | sum(metric) | sum(attributes)
 *
 * where a sum adds the 64-bit hashes of fields (see `hashField`), and the fields are
 *
 *     an attribute       name = key, letter = that of its kind, value = text; int, double: eight bytes; bool: one;
 *                        array, kvlist: the text that is stored; nothing: empty
 *     resource, scope    besides: name = schema URL, letter U, value = u32 dropped attributes
 *     scope              besides: name = name, letter N, value = version
 *     metric             name = name, letter M, value = unit; name = '', letter T, value = type, temporality, monotonic: u32 each
 */
export function fingerprintSeries(batch: Batch): void {
  hasher.run(batch)
}

/** Which attributes are part of a series: of a point, and of its resource. `at` is the first slot of an attribute's row. */
export type KeptAttributes = {
  ofPoint(batch: Batch, at: number): boolean
  ofResource(batch: Batch, at: number): boolean
}

/** The same of one data point, after it was changed. */
export function fingerprintPoint(batch: Batch, i: number): void {
  hasher.point(batch, i)
}

/**
 * The same without some attributes: what several series have in common. `begin` a batch before its points are asked for; what
 * stands around points is hashed once for those of the same attributes that follow each other.
 */
export class CommonFingerprint {
  readonly words: Words = new Uint32Array(2)
  readonly #hasher = new SeriesHasher()
  #kept: KeptAttributes | undefined

  begin(batch: Batch): void {
    this.#kept = undefined
    this.#hasher.begin(batch)
  }

  /** Into `words`. */
  read(batch: Batch, i: number, kept: KeptAttributes): void {
    if (kept !== this.#kept) this.#hasher.begin(batch)
    this.#kept = kept
    this.#hasher.common(batch, i, kept, this.words)
  }

  /** Lets go of the batch. */
  end(): void {
    this.#kept = undefined
    this.#hasher.end()
  }
}

/** The hash of one attribute, key, kind and value, as in a fingerprint. */
export class AttributeHash {
  /** int32, so that nothing is boxed. */
  low = 0
  high = 0
  readonly #words: Words = new Uint32Array(2)
  readonly #hasher = new SeriesHasher()

  begin(batch: Batch): void {
    this.#hasher.begin(batch)
  }

  /** Of the attribute row whose first slot is `at`. */
  read(batch: Batch, at: number): void {
    this.#hasher.attribute(batch, at, this.#words)
    this.low = this.#words[0]! | 0
    this.high = this.#words[1]! | 0
  }

  /** Lets go of the batch. */
  end(): void {
    this.#hasher.end()
  }
}

const LETTERS = Buffer.from(KIND_LETTERS)
const SCHEMA_URL = 0x55
const NAME = 0x4e
const METRIC_NAME = 0x4d
const METRIC_TYPE = 0x54
/** Words of the four sums: where each begins. */
const OF_RESOURCE = 0
const OF_SCOPE = 2
const OF_METRIC = 4
const OF_ATTRIBUTES = 6
const SUM_WORDS = 8
/** No row yet. */
const NONE = -1
const ALL: KeptAttributes = { ofPoint: () => true, ofResource: () => true }
/** Above this, text that one huge value made grow is given back. */
const SINK_BYTES_MAX = 1 << 20

class SeriesHasher {
  readonly #sums: Words = new Uint32Array(SUM_WORDS)
  readonly #hash: Words = new Uint32Array(2)
  readonly #varint = new Varint()
  /** Values that are not hashed as they stand on the wire. */
  readonly #numbers: DataView = new DataView(new ArrayBuffer(12))
  #sink = new TextSink(256)
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = this.#numbers

  #resource = NONE
  #scope = NONE
  #metric = NONE

  run(batch: Batch): void {
    this.begin(batch)
    const { data, count } = batch.records
    for (let i = 0, base = 0; i < count; i++, base += POINT.stride) {
      if (data[base + POINT.resource] !== this.#resource) {
        this.#resource = data[base + POINT.resource]!
        this.#sumResource(batch.resources.data, this.#resource * RESOURCE.stride, batch.attributes)
      }
      this.#sumScopeAndMetric(batch, base)
      this.#clear(OF_ATTRIBUTES)
      const first = data[base + POINT.attributesFirst]!
      this.#addAttributes(OF_ATTRIBUTES, batch.attributes, first, data[base + POINT.attributesCount]!)
      hashWords(this.#hash, this.#sums, SUM_WORDS)
      data[base + POINT.seriesLow] = this.#hash[0]!
      data[base + POINT.seriesHigh] = this.#hash[1]!
    }
    this.end()
  }

  point(batch: Batch, i: number): void {
    this.begin(batch)
    const { data } = batch.records
    const base = i * POINT.stride
    this.common(batch, i, ALL, this.#hash)
    data[base + POINT.seriesLow] = this.#hash[0]!
    data[base + POINT.seriesHigh] = this.#hash[1]!
    this.end()
  }

  begin(batch: Batch): void {
    this.#bytes = batch.bytes
    this.#view = viewOf(batch.bytes)
    this.#resource = NONE
    this.#scope = NONE
    this.#metric = NONE
  }

  end(): void {
    this.#bytes = NOTHING
    this.#view = this.#numbers
    if (this.#sink.buffer.length > SINK_BYTES_MAX) this.#sink = new TextSink(256)
  }

  common(batch: Batch, i: number, kept: KeptAttributes, into: Words): void {
    const { data } = batch.records
    const base = i * POINT.stride
    if (data[base + POINT.resource] !== this.#resource) {
      this.#resource = data[base + POINT.resource]!
      this.#sumCommonResource(batch, this.#resource * RESOURCE.stride, kept)
    }
    this.#sumScopeAndMetric(batch, base)
    this.#clear(OF_ATTRIBUTES)
    const first = data[base + POINT.attributesFirst]! * ATTRIBUTE.stride
    const end = first + data[base + POINT.attributesCount]! * ATTRIBUTE.stride
    for (let at = first; at < end; at += ATTRIBUTE.stride)
      if (kept.ofPoint(batch, at)) this.#addAttribute(OF_ATTRIBUTES, batch.attributes.data, at)
    hashWords(into, this.#sums, SUM_WORDS)
  }

  attribute({ attributes }: Batch, at: number, into: Words): void {
    this.#clear(OF_ATTRIBUTES)
    this.#addAttribute(OF_ATTRIBUTES, attributes.data, at)
    into[0] = this.#sums[OF_ATTRIBUTES]!
    into[1] = this.#sums[OF_ATTRIBUTES + 1]!
  }

  #sumScopeAndMetric({ metrics, records: { data }, scopes, attributes }: Batch, base: number): void {
    if (data[base + POINT.scope] !== this.#scope) {
      this.#scope = data[base + POINT.scope]!
      this.#sumScope(scopes.data, this.#scope * SCOPE.stride, attributes)
    }
    if (data[base + POINT.metric] !== this.#metric) {
      this.#metric = data[base + POINT.metric]!
      this.#sumMetric(metrics.data, this.#metric * METRIC.stride)
    }
  }

  #sumCommonResource(batch: Batch, at: number, kept: KeptAttributes): void {
    this.#clear(OF_RESOURCE)
    const row = batch.resources.data
    const first = row[at + RESOURCE.attributesFirst]! * ATTRIBUTE.stride
    const end = first + row[at + RESOURCE.attributesCount]! * ATTRIBUTE.stride
    for (let attribute = first; attribute < end; attribute += ATTRIBUTE.stride)
      if (kept.ofResource(batch, attribute)) this.#addAttribute(OF_RESOURCE, batch.attributes.data, attribute)
    this.#addNumbered(
      OF_RESOURCE,
      row,
      at + RESOURCE.schemaUrlStart,
      SCHEMA_URL,
      row[at + RESOURCE.droppedAttributesCount]!,
    )
  }

  #sumResource(row: Uint32Array, at: number, attributes: RowTable): void {
    this.#clear(OF_RESOURCE)
    const first = row[at + RESOURCE.attributesFirst]!
    this.#addAttributes(OF_RESOURCE, attributes, first, row[at + RESOURCE.attributesCount]!)
    const dropped = row[at + RESOURCE.droppedAttributesCount]!
    this.#addNumbered(OF_RESOURCE, row, at + RESOURCE.schemaUrlStart, SCHEMA_URL, dropped)
  }

  #sumScope(row: Uint32Array, at: number, attributes: RowTable): void {
    this.#clear(OF_SCOPE)
    const first = row[at + SCOPE.attributesFirst]!
    this.#addAttributes(OF_SCOPE, attributes, first, row[at + SCOPE.attributesCount]!)
    const dropped = row[at + SCOPE.droppedAttributesCount]!
    this.#addNumbered(OF_SCOPE, row, at + SCOPE.schemaUrlStart, SCHEMA_URL, dropped)
    this.#addTexts(OF_SCOPE, row, at + SCOPE.nameStart, NAME, at + SCOPE.versionStart)
  }

  #sumMetric(row: Uint32Array, at: number): void {
    this.#clear(OF_METRIC)
    this.#addTexts(OF_METRIC, row, at + METRIC.nameStart, METRIC_NAME, at + METRIC.unitStart)
    this.#numbers.setUint32(0, row[at + METRIC.type]!, true)
    this.#numbers.setUint32(4, row[at + METRIC.temporality]!, true)
    this.#numbers.setUint32(8, row[at + METRIC.isMonotonic]!, true)
    hashField(this.#hash, this.#numbers, 0, 0, METRIC_TYPE, this.#numbers, 0, 12)
    this.#add(OF_METRIC)
  }

  #addNumbered(sum: number, row: Uint32Array, name: number, letter: number, value: number): void {
    this.#numbers.setUint32(0, value, true)
    hashField(this.#hash, this.#view, row[name]!, row[name + 1]!, letter, this.#numbers, 0, 4)
    this.#add(sum)
  }

  #addTexts(sum: number, row: Uint32Array, name: number, letter: number, value: number): void {
    const view = this.#view
    hashField(this.#hash, view, row[name]!, row[name + 1]!, letter, view, row[value]!, row[value + 1]!)
    this.#add(sum)
  }

  #addAttributes(sum: number, { data }: RowTable, first: number, count: number): void {
    const end = (first + count) * ATTRIBUTE.stride
    for (let at = first * ATTRIBUTE.stride; at < end; at += ATTRIBUTE.stride)
      this.#addAttribute(sum, data, at)
  }

  #addAttribute(sum: number, data: Uint32Array, at: number): void {
    const view = this.#view
    const kind = data[at + ATTRIBUTE.kind]!
    const keyStart = data[at + ATTRIBUTE.keyStart]!
    const keyEnd = data[at + ATTRIBUTE.keyEnd]!
    const start = data[at + ATTRIBUTE.valueStart]!
    const valueEnd = data[at + ATTRIBUTE.valueEnd]!
    if (kind === ValueKind.string || kind === ValueKind.bytes)
      hashField(this.#hash, view, keyStart, keyEnd, LETTERS[kind]!, view, start, valueEnd)
    else this.#hashOther(keyStart, keyEnd, kind, start, valueEnd)
    this.#add(sum)
  }

  #hashOther(keyStart: number, keyEnd: number, kind: number, start: number, end: number): void {
    let view = this.#numbers
    let length = 0
    if (kind === ValueKind.int) {
      this.#varint.read(this.#bytes, start, end)
      view.setInt32(0, this.#varint.low, true)
      view.setInt32(4, this.#varint.high, true)
      length = 8
    } else if (kind === ValueKind.double) {
      view.setInt32(0, this.#view.getInt32(start, true), true)
      view.setInt32(4, this.#view.getInt32(start + 4, true), true)
      length = 8
    } else if (kind === ValueKind.bool) {
      view.setUint8(0, start)
      length = 1
    } else if (kind !== ValueKind.empty) {
      this.#sink.length = 0
      writeValueText(kind, this.#bytes, start, end, this.#sink)
      view = viewOf(this.#sink.buffer)
      length = this.#sink.length
    }
    hashField(this.#hash, this.#view, keyStart, keyEnd, LETTERS[kind]!, view, 0, length)
  }

  #clear(sum: number): void {
    this.#sums[sum] = 0
    this.#sums[sum + 1] = 0
  }

  /** Adds the last hash, as 64-bit numbers are added. */
  #add(sum: number): void {
    const low = this.#sums[sum]! + this.#hash[0]!
    this.#sums[sum] = low
    this.#sums[sum + 1] = this.#sums[sum + 1]! + this.#hash[1]! + (low > 0xffffffff ? 1 : 0)
  }
}

const NOTHING = Buffer.alloc(0)
const hasher = new SeriesHasher()
