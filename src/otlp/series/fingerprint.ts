import type { Batch } from '../batch.ts'
import { ATTRIBUTE, METRIC, POINT, RESOURCE, SCOPE } from '../slots.ts'
import { FieldSums } from './field-sums.ts'
import type { Words } from './murmur.ts'

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
  read(at: number): void {
    this.#hasher.attribute(at, this.#words)
    this.low = this.#words[0]! | 0
    this.high = this.#words[1]! | 0
  }

  /** Lets go of the batch. */
  end(): void {
    this.#hasher.end()
  }
}

const METRIC_NAME = 0x4d
const METRIC_TYPE = 0x54
/** Where each of the four sums begins. */
const OF_RESOURCE = 0
const OF_SCOPE = 2
const OF_METRIC = 4
const OF_ATTRIBUTES = 6
/** No row yet. */
const NONE = -1
const ALL: KeptAttributes = { ofPoint: () => true, ofResource: () => true }

class SeriesHasher {
  readonly #sums = new FieldSums(4)
  readonly #hash: Words = new Uint32Array(2)
  #resource = NONE
  #scope = NONE
  #metric = NONE

  run(batch: Batch): void {
    this.begin(batch)
    const sums = this.#sums
    const { data, count } = batch.records
    for (let i = 0, base = 0; i < count; i++, base += POINT.stride) {
      if (data[base + POINT.resource] !== this.#resource) {
        this.#resource = data[base + POINT.resource]!
        sums.putResource(OF_RESOURCE, batch.resources.data, this.#resource * RESOURCE.stride)
      }
      this.#sumScopeAndMetric(batch, base)
      sums.clear(OF_ATTRIBUTES)
      sums.addAttributes(
        OF_ATTRIBUTES,
        data[base + POINT.attributesFirst]!,
        data[base + POINT.attributesCount]!,
      )
      sums.hashAll(this.#hash)
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
    this.#sums.begin(batch)
    this.#resource = NONE
    this.#scope = NONE
    this.#metric = NONE
  }

  end(): void {
    this.#sums.end()
  }

  common(batch: Batch, i: number, kept: KeptAttributes, into: Words): void {
    const sums = this.#sums
    const { data } = batch.records
    const base = i * POINT.stride
    if (data[base + POINT.resource] !== this.#resource) {
      this.#resource = data[base + POINT.resource]!
      this.#sumCommonResource(batch, this.#resource * RESOURCE.stride, kept)
    }
    this.#sumScopeAndMetric(batch, base)
    sums.clear(OF_ATTRIBUTES)
    const first = data[base + POINT.attributesFirst]! * ATTRIBUTE.stride
    const end = first + data[base + POINT.attributesCount]! * ATTRIBUTE.stride
    for (let at = first; at < end; at += ATTRIBUTE.stride)
      if (kept.ofPoint(batch, at)) sums.addAttribute(OF_ATTRIBUTES, at)
    sums.hashAll(into)
  }

  attribute(at: number, into: Words): void {
    this.#sums.clear(OF_ATTRIBUTES)
    this.#sums.addAttribute(OF_ATTRIBUTES, at)
    this.#sums.read(OF_ATTRIBUTES, into)
  }

  #sumScopeAndMetric({ metrics, records: { data }, scopes }: Batch, base: number): void {
    if (data[base + POINT.scope] !== this.#scope) {
      this.#scope = data[base + POINT.scope]!
      this.#sums.putScope(OF_SCOPE, scopes.data, this.#scope * SCOPE.stride)
    }
    if (data[base + POINT.metric] !== this.#metric) {
      this.#metric = data[base + POINT.metric]!
      this.#sumMetric(metrics.data, this.#metric * METRIC.stride)
    }
  }

  #sumCommonResource(batch: Batch, at: number, kept: KeptAttributes): void {
    const row = batch.resources.data
    this.#sums.clear(OF_RESOURCE)
    const first = row[at + RESOURCE.attributesFirst]! * ATTRIBUTE.stride
    const end = first + row[at + RESOURCE.attributesCount]! * ATTRIBUTE.stride
    for (let attribute = first; attribute < end; attribute += ATTRIBUTE.stride)
      if (kept.ofResource(batch, attribute)) this.#sums.addAttribute(OF_RESOURCE, attribute)
    this.#sums.addResourceFields(OF_RESOURCE, row, at)
  }

  #sumMetric(row: Uint32Array, at: number): void {
    const sums = this.#sums
    sums.clear(OF_METRIC)
    sums.addTexts(OF_METRIC, row, at + METRIC.nameStart, METRIC_NAME, at + METRIC.unitStart)
    sums.addNumbers(
      OF_METRIC,
      METRIC_TYPE,
      row[at + METRIC.type]!,
      row[at + METRIC.temporality]!,
      row[at + METRIC.isMonotonic]!,
    )
  }
}

const hasher = new SeriesHasher()
