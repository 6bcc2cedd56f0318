import type { Batch } from '../batch.ts'
import { ATTRIBUTE, KIND_LETTERS, RESOURCE, SCOPE, ValueKind } from '../slots.ts'
import { writeValueText } from '../text.ts'
import { TextSink } from '../text-sink.ts'
import { viewOf } from '../view.ts'
import { Varint } from '../wire/varint.ts'
import { hashField, hashWords, type Words } from './murmur.ts'

const LETTERS = Buffer.from(KIND_LETTERS)
const SCHEMA_URL = 0x55
const NAME = 0x4e
/** Above this, text that one huge value made grow is given back. */
const SINK_BYTES_MAX = 1 << 20
const NOTHING = Buffer.alloc(0)

/**
 * Sums of the 64-bit hashes of fields, in any order; how the fields of a resource, a scope and attributes are hashed stands at
 * `fingerprintSeries`. Several sums stand side by side, each two words and known by where it begins. Between `begin` and
 * `end` it looks at one batch. Allocates nothing per field.
 */
export class FieldSums {
  readonly #sums: Words
  readonly #hash: Words = new Uint32Array(2)
  readonly #varint = new Varint()
  /** Values that are not hashed as they stand on the wire. */
  readonly #numbers: DataView = new DataView(new ArrayBuffer(12))
  #sink = new TextSink(256)
  #bytes: Buffer = NOTHING
  #view: DataView = this.#numbers
  /** Not its `data`, which is another one once a change has made it grow. */
  #attributes: Batch['attributes'] | undefined

  constructor(sums: number) {
    this.#sums = new Uint32Array(2 * sums)
  }

  begin({ attributes, bytes }: Batch): void {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
    this.#attributes = attributes
  }

  /** Lets go of the batch. */
  end(): void {
    this.#bytes = NOTHING
    this.#view = this.#numbers
    this.#attributes = undefined
    if (this.#sink.buffer.length > SINK_BYTES_MAX) this.#sink = new TextSink(256)
  }

  /** The hash of all sums, in their order. */
  hashAll(out: Words): void {
    hashWords(out, this.#sums, this.#sums.length)
  }

  read(sum: number, out: Words): void {
    out[0] = this.#sums[sum]!
    out[1] = this.#sums[sum + 1]!
  }

  clear(sum: number): void {
    this.#sums[sum] = 0
    this.#sums[sum + 1] = 0
  }

  /** Makes a sum hold these two words, whatever they mean. */
  put(sum: number, low: number, high: number): void {
    this.#sums[sum] = low
    this.#sums[sum + 1] = high
  }

  /** Begins a sum with all that the resource says whose row begins at `at`. */
  putResource(sum: number, row: Uint32Array, at: number): void {
    this.clear(sum)
    const first = row[at + RESOURCE.attributesFirst]!
    this.addAttributes(sum, first, row[at + RESOURCE.attributesCount]!)
    this.addResourceFields(sum, row, at)
  }

  /** What a resource says beside its attributes. */
  addResourceFields(sum: number, row: Uint32Array, at: number): void {
    const dropped = row[at + RESOURCE.droppedAttributesCount]!
    this.#addNumbered(sum, row, at + RESOURCE.schemaUrlStart, SCHEMA_URL, dropped)
  }

  /** The same of a scope. */
  putScope(sum: number, row: Uint32Array, at: number): void {
    this.clear(sum)
    const first = row[at + SCOPE.attributesFirst]!
    this.addAttributes(sum, first, row[at + SCOPE.attributesCount]!)
    const dropped = row[at + SCOPE.droppedAttributesCount]!
    this.#addNumbered(sum, row, at + SCOPE.schemaUrlStart, SCHEMA_URL, dropped)
    this.addTexts(sum, row, at + SCOPE.nameStart, NAME, at + SCOPE.versionStart)
  }

  /** A field whose name and value are the ranges that begin at these slots of `row`. */
  addTexts(sum: number, row: Uint32Array, name: number, letter: number, value: number): void {
    const view = this.#view
    hashField(this.#hash, view, row[name]!, row[name + 1]!, letter, view, row[value]!, row[value + 1]!)
    this.#add(sum)
  }

  /** A field without a name, whose value are three numbers. */
  addNumbers(sum: number, letter: number, a: number, b: number, c: number): void {
    this.#numbers.setUint32(0, a, true)
    this.#numbers.setUint32(4, b, true)
    this.#numbers.setUint32(8, c, true)
    hashField(this.#hash, this.#numbers, 0, 0, letter, this.#numbers, 0, 12)
    this.#add(sum)
  }

  addAttributes(sum: number, first: number, count: number): void {
    const end = (first + count) * ATTRIBUTE.stride
    for (let at = first * ATTRIBUTE.stride; at < end; at += ATTRIBUTE.stride) this.addAttribute(sum, at)
  }

  /** The attribute whose row begins at `at`. */
  addAttribute(sum: number, at: number): void {
    const { data } = this.#attributes!
    this.addValue(
      sum,
      data[at + ATTRIBUTE.keyStart]!,
      data[at + ATTRIBUTE.keyEnd]!,
      data[at + ATTRIBUTE.kind]!,
      data[at + ATTRIBUTE.valueStart]!,
      data[at + ATTRIBUTE.valueEnd]!,
    )
  }

  /** A name and a value as those of an attribute. */
  addValue(sum: number, keyStart: number, keyEnd: number, kind: number, start: number, end: number): void {
    const view = this.#view
    if (kind === ValueKind.string || kind === ValueKind.bytes)
      hashField(this.#hash, view, keyStart, keyEnd, LETTERS[kind]!, view, start, end)
    else this.#hashOther(keyStart, keyEnd, kind, start, end)
    this.#add(sum)
  }

  #addNumbered(sum: number, row: Uint32Array, name: number, letter: number, value: number): void {
    this.#numbers.setUint32(0, value, true)
    hashField(this.#hash, this.#view, row[name]!, row[name + 1]!, letter, this.#numbers, 0, 4)
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

  /** Adds the last hash, as 64-bit numbers are added. */
  #add(sum: number): void {
    const low = this.#sums[sum]! + this.#hash[0]!
    this.#sums[sum] = low
    this.#sums[sum + 1] = this.#sums[sum + 1]! + this.#hash[1]! + (low > 0xffffffff ? 1 : 0)
  }
}
