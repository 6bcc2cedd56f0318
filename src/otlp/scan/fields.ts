import type { Batch } from '../batch.ts'
import { MalformedError } from '../malformed.ts'
import { ATTRIBUTE, ValueKind } from '../slots.ts'
import { isAscii, isUtf8, repairUtf8 } from '../utf8.ts'
import { viewOf } from '../view.ts'
import { skipField } from '../wire/skip.ts'
import { isShortVarint, Varint } from '../wire/varint.ts'
import { NESTING_MAX, WireType } from '../wire/wire-type.ts'
import { appendElement, elementsOf } from './elements.ts'
import { badVarint, cutShort, unskippable } from './malformed-field.ts'
import { FieldKind, type Message, TAGS } from './message.ts'

const KEY_TAG = (1 << 3) | WireType.bytes
const VALUE_TAG = (2 << 3) | WireType.bytes
const STRING_VALUE_TAG = (1 << 3) | WireType.bytes
const INT_VALUE_TAG = (3 << 3) | WireType.varint
/** Tag and length of the key, tag and length of the value, the value's tag, and a byte. */
const PLAIN_KEY_VALUE_BYTES = 6

/** Scans the fields of one message into the slots of one row: one loop for every message type. */
export class FieldScanner {
  #bytes: Buffer
  /** Over the same bytes. */
  #view: DataView
  #batch: Batch
  #attributesMax = 0
  readonly #varint = new Varint()
  /** Takes the slots of what is checked but not kept: attributes over the limit, values inside arrays and lists. */
  readonly #scratch = new Uint32Array(ATTRIBUTE.stride)
  /** Where the first row inside the message scanned last begins: what stands before needs no second look. */
  firstRow = 0
  /** Where, in the last message with a oneof of messages, the content of the member that counts begins. */
  chosenFrom = 0
  /** How many arrays and lists we are inside: their text is checked, but kept as it is. */
  #lists = 0

  constructor(batch: Batch) {
    this.#batch = batch
    this.#bytes = batch.bytes
    this.#view = viewOf(batch.bytes)
  }

  /** Points at a batch that has begun. At most `attributesMax` attributes of one row are kept; the others are only counted. */
  begin(batch: Batch, attributesMax: number): void {
    this.#batch = batch
    this.#bytes = batch.bytes
    this.#view = viewOf(batch.bytes)
    this.#attributesMax = attributesMax
    this.#lists = 0
  }

  /**
   * Scans the message of type `type` that stands from `start` to `end` into `data[base…]`. Fields that are rows
   * of their own are stepped over; returns whether there are any. Throws {@link MalformedError}.
   */
  scan(type: Message, start: number, end: number, data: Uint32Array, base: number, depth: number): boolean {
    if (depth > NESTING_MAX)
      throw new MalformedError(`${type.name}: messages nested deeper than ${NESTING_MAX}`, start)
    const bytes = this.#bytes
    const { kinds } = type
    let hasRows = false
    let at = start
    while (at < end) {
      const field = at
      let tag = bytes[at]!
      let value = at + 1
      if (tag >= 0x80) {
        tag = this.#longTag(type, at, end)
        value = this.#varint.end
      }
      const kind = tag < TAGS ? kinds[tag]! : FieldKind.unknown
      if (kind < FieldKind.varint32) at = this.#skip(type, tag, value, end, depth)
      else if (kind < FieldKind.text) at = this.#number(type, tag, kind, value, end, data, base)
      else {
        let length = value < end ? bytes[value]! : 0x80
        let content = value + 1
        if (length >= 0x80) {
          length = this.#longLength(type, tag, value, end)
          content = this.#varint.end
        }
        at = content + length
        if (at > end) throw cutShort(type, tag, value, length, end - content)
        if (kind === FieldKind.rows) {
          if (!hasRows) this.firstRow = field
          hasRows = true
        } else if (kind === FieldKind.choice)
          hasRows = this.#choice(type, tag >>> 3, content, at, data, base, depth + 1) || hasRows
        else this.#delimited(type, tag, kind, content, at, data, base, depth)
      }
    }
    return hasRows
  }

  /**
   * A member of a oneof: it takes the place of another, and joins itself (protobuf, "Oneof"). Returns whether there are
   * rows inside.
   */
  #choice(
    type: Message,
    number: number,
    start: number,
    end: number,
    data: Uint32Array,
    base: number,
    depth: number,
  ): boolean {
    const slot = base + type.slots[number]!
    if (data[slot] !== number) {
      data[slot] = number
      this.chosenFrom = start
      for (let i = 0; i < type.choiceSlots.length; i++) data[base + type.choiceSlots[i]!] = 0
    }
    return this.scan(type.messages[number]!, start, end, data, base, depth)
  }

  /** A field whose content stands from `start` to `end`. */
  #delimited(
    type: Message,
    tag: number,
    kind: number,
    start: number,
    end: number,
    data: Uint32Array,
    base: number,
    depth: number,
  ): void {
    const slot = type.slots[tag >>> 3]!
    switch (kind) {
      case FieldKind.text:
        this.#text(data, base + slot, start, end)
        break
      case FieldKind.anyValue:
        this.scan(type.messages[tag >>> 3]!, start, end, data, base + slot, depth + 1)
        break
      case FieldKind.valueText:
        data[base] = slot
        this.#text(data, base + 1, start, end)
        break
      case FieldKind.attributes:
        this.#attribute(type.messages[tag >>> 3]!, start, end, data, base + slot, depth + 1)
        break
      case FieldKind.id:
        data[base + slot] = start
        data[base + slot + 1] = end - start
        break
      case FieldKind.message:
        this.scan(type.messages[tag >>> 3]!, start, end, data, base, depth + 1)
        break
      case FieldKind.packedFixed64:
      case FieldKind.packedDouble:
        this.#packedFixed(type, tag, start, end, data, base)
        break
      case FieldKind.packedVarint:
        this.#packedVarints(type, tag, start, end, data, base)
        break
      default:
        data[base] = slot
        data[base + 1] = start
        data[base + 2] = end
        if (kind === FieldKind.valueNested) this.#list(type.messages[tag >>> 3]!, start, end, depth + 1)
    }
  }

  #packedFixed(
    type: Message,
    tag: number,
    start: number,
    end: number,
    data: Uint32Array,
    base: number,
  ): void {
    const view = this.#view
    const whole = end - ((end - start) & 7)
    if (whole < end) throw cutShort(type, tag, whole, 8, end - whole)
    const count = (end - start) / 8
    const array = elementsOf(this.#batch, type, tag, data, base, count)
    let to = array.addUnwritten(count)
    const words = array.data
    for (let at = start; at < end; at += 4) words[to++] = view.getInt32(at, true)
  }

  #packedVarints(
    type: Message,
    tag: number,
    start: number,
    end: number,
    data: Uint32Array,
    base: number,
  ): void {
    const varint = this.#varint
    for (let at = start; at < end; at = varint.end) {
      if (!varint.read(this.#bytes, at, end)) throw badVarint(type, tag, at, 'number')
      appendElement(this.#batch, type, tag, data, base, varint.low, varint.high)
    }
  }

  #text(data: Uint32Array, slot: number, start: number, end: number): void {
    if (isAscii(this.#view, start, end) || isUtf8(this.#bytes, start, end)) {
      data[slot] = start
      data[slot + 1] = end
    } else this.#invalidText(data, slot, start, end)
  }

  #invalidText(data: Uint32Array, slot: number, start: number, end: number): void {
    const batch = this.#batch
    batch.invalidUtf8Count++
    data[slot] = start
    data[slot + 1] = end
    // The text of an array or list is repaired where it is written (text/json-string.ts).
    if (this.#lists > 0) return
    const repaired = repairUtf8(this.#bytes, start, end)
    data[slot] = batch.appendBytes(repaired)
    data[slot + 1] = batch.byteLength
  }

  /** The slots at `slot` are the owner's first attribute and their count, which goes on past the limit. */
  #attribute(
    type: Message,
    start: number,
    end: number,
    data: Uint32Array,
    slot: number,
    depth: number,
  ): void {
    const { attributes } = this.#batch
    const count = data[slot + 1]! + 1
    data[slot + 1] = count
    if (count > this.#attributesMax) {
      this.scan(type, start, end, this.#scratch, 0, depth)
      return
    }
    if (count === 1) data[slot] = attributes.count
    const base = attributes.add()
    if (this.#plainAttribute(start, end, attributes.data, base)) return
    this.scan(type, start, end, attributes.data, base, depth)
  }

  /**
   * The KeyValue that nearly every attribute is, as every SDK writes it: key, then a string or an int, all lengths in
   * one byte, and nothing else. Returns false, with nothing done, for all others. A shortcut only: the field table
   * gives the same (a fifth of the scan's time is won).
   */
  #plainAttribute(start: number, end: number, data: Uint32Array, base: number): boolean {
    const bytes = this.#bytes
    if (end - start < PLAIN_KEY_VALUE_BYTES || bytes[start] !== KEY_TAG || bytes[start + 1]! >= 0x80)
      return false
    const keyEnd = start + 2 + bytes[start + 1]!
    const valueStart = keyEnd + 3
    if (valueStart >= end || bytes[keyEnd] !== VALUE_TAG || bytes[keyEnd + 1] !== end - keyEnd - 2)
      return false
    const tag = bytes[keyEnd + 2]
    if (tag === STRING_VALUE_TAG) {
      const textStart = valueStart + 1
      if (bytes[valueStart] !== end - textStart || end - textStart >= 0x7e) return false
      this.#text(data, base + ATTRIBUTE.valueStart, textStart, end)
    } else if (tag === INT_VALUE_TAG && isShortVarint(bytes, valueStart, end)) {
      data[base + ATTRIBUTE.valueStart] = valueStart
      data[base + ATTRIBUTE.valueEnd] = end
    } else return false
    data[base + ATTRIBUTE.kind] = tag === INT_VALUE_TAG ? ValueKind.int : ValueKind.string
    this.#text(data, base + ATTRIBUTE.keyStart, start + 2, keyEnd)
    return true
  }

  #list(type: Message, start: number, end: number, depth: number): void {
    this.#lists++
    this.scan(type, start, end, this.#scratch, 0, depth)
    this.#lists--
  }

  /** A field of fixed width or a varint; returns where the next field starts. */
  #number(
    type: Message,
    tag: number,
    kind: number,
    at: number,
    end: number,
    data: Uint32Array,
    base: number,
  ): number {
    if (kind === FieldKind.fixed32) {
      if (end - at < 4) throw cutShort(type, tag, at, 4, end - at)
      data[base + type.slots[tag >>> 3]!] = this.#view.getInt32(at, true)
      return at + 4
    }
    if ((tag & 7) === WireType.varint) return this.#varintField(type, tag, kind, at, end, data, base)
    if (end - at < 8) throw cutShort(type, tag, at, 8, end - at)
    this.#eightBytes(type, tag, kind, at, data, base)
    return at + 8
  }

  /** A fixed64, sfixed64 or double. */
  #eightBytes(type: Message, tag: number, kind: number, at: number, data: Uint32Array, base: number): void {
    const slot = base + type.slots[tag >>> 3]!
    const low = this.#view.getInt32(at, true)
    const high = this.#view.getInt32(at + 4, true)
    switch (kind) {
      case FieldKind.fixed64:
      case FieldKind.double:
        data[slot] = low
        data[slot + 1] = high
        break
      case FieldKind.optionalDouble:
        data[slot] = low
        data[slot + 1] = high
        data[slot + 2] = 1
        break
      case FieldKind.numberDouble:
      case FieldKind.numberInt:
        data[slot] = kind === FieldKind.numberInt ? ValueKind.int : ValueKind.double
        data[slot + 1] = low
        data[slot + 2] = high
        break
      case FieldKind.element64:
        appendElement(this.#batch, type, tag, data, base, low, high)
        break
      default:
        // valueDouble: a member of AnyValue, whose number is no slot but the kind.
        data[base] = slot - base
        data[base + 1] = at
        data[base + 2] = at + 8
    }
  }

  #varintField(
    type: Message,
    tag: number,
    kind: number,
    at: number,
    end: number,
    data: Uint32Array,
    base: number,
  ): number {
    const slot = type.slots[tag >>> 3]!
    const varint = this.#varint
    if (!varint.read(this.#bytes, at, end)) throw badVarint(type, tag, at, 'number')
    const { low, high } = varint
    switch (kind) {
      case FieldKind.varint32:
        data[base + slot] = low
        break
      case FieldKind.sint32:
        data[base + slot] = (low >>> 1) ^ -(low & 1)
        break
      case FieldKind.flag:
        data[base + slot] = (low | high) === 0 ? 0 : 1
        break
      case FieldKind.elementVarint:
        appendElement(this.#batch, type, tag, data, base, low, high)
        break
      case FieldKind.valueInt:
        data[base] = slot
        data[base + 1] = at
        data[base + 2] = varint.end
        break
      default:
        data[base] = slot
        data[base + 1] = (low | high) === 0 ? 0 : 1
        data[base + 2] = 0
    }
    return varint.end
  }

  #skip(type: Message, tag: number, at: number, end: number, depth: number): number {
    const number = tag >>> 3
    const isMisfit = number === 0 || (tag < TAGS && type.kinds[tag] === FieldKind.wrongWireType)
    const next = isMisfit ? -1 : skipField(this.#bytes, number, tag & 7, at, end, depth, this.#varint)
    if (next < 0) throw unskippable(type, tag, at)
    return next
  }

  /** A tag of several bytes; `#varint.end` is behind it. */
  #longTag(type: Message, at: number, end: number): number {
    const varint = this.#varint
    if (!varint.read(this.#bytes, at, end))
      throw new MalformedError(`${type.name}: tag runs past the end or is longer than 10 bytes`, at)
    if (varint.high !== 0) throw new MalformedError(`${type.name}: field number out of range`, at)
    return varint.low >>> 0
  }

  /** A length of several bytes; `#varint.end` is behind it. */
  #longLength(type: Message, tag: number, at: number, end: number): number {
    const varint = this.#varint
    if (!varint.read(this.#bytes, at, end)) throw badVarint(type, tag, at, 'length')
    return (varint.high >>> 0) * 4_294_967_296 + (varint.low >>> 0)
  }
}
