import type { Batch } from '../../otlp/batch.ts'
import { ValueKind } from '../../otlp/slots.ts'
import { valueToString } from '../../otlp/text.ts'
import { TextSink } from '../../otlp/text-sink.ts'
import { bytesField, messageField } from '../../otlp/wire/encode.ts'
import { ValueReader } from '../ottl/any-value.ts'
import type { Masker } from './masker.ts'
import { Matches } from './matches.ts'
import type { Scanner } from './scanner.ts'

/** Above this, what one huge value made grow is given back. */
const SINK_BYTES_MAX = 1 << 20
/** Ints of fewer bytes on the wire have less than 13 digits; of more, they are negative, times in nanoseconds, ids of 64 bits. */
const CARD_INT_BYTES = { min: 6, max: 8 } as const
/** AnyValue's fields (opentelemetry/proto/common/v1), and those of its lists. */
const FIELD = { string: 1, array: 5, kvlist: 6, bytes: 7, item: 1, key: 1, value: 2 } as const
const TAG = { bool: 0x10, int: 0x18, double: 0x21 } as const

/** What a key says of its value. */
export const KeyRule = { look: 0, leave: 1, block: 2 } as const
export type KeyRule = (typeof KeyRule)[keyof typeof KeyRule]
export type KeyRules = (bytes: Uint8Array, start: number, end: number) => KeyRule

/**
 * Masks values of a batch one after the other. What is written in their place is collected, and appended to the batch
 * at the end: `kind`, `start` and `end` say where the last one will stand.
 */
export class Values {
  readonly #scanner: Scanner
  readonly #masker: Masker
  readonly #keys: KeyRules
  /** The number under which values of blocked keys are counted. */
  readonly #blocked: number
  readonly #matches = new Matches()
  readonly #readers: ValueReader[] = []
  #sink = new TextSink(1024)
  #base = 0
  #bytes: Buffer = NOTHING
  #counts: Float64Array = new Float64Array(0)
  kind = 0
  start = 0
  end = 0

  constructor(scanner: Scanner, masker: Masker, keys: KeyRules) {
    this.#scanner = scanner
    this.#masker = masker
    this.#keys = keys
    this.#blocked = scanner.names.length
  }

  begin(batch: Batch, counts: Float64Array): void {
    this.#bytes = batch.bytes
    this.#base = batch.byteLength
    this.#counts = counts
    this.#sink.length = 0
  }

  /** Appends what was written, unless it is a dry run, and lets go of the batch. */
  finish(batch: Batch, dryRun: boolean): void {
    if (!dryRun && this.#sink.length > 0) batch.appendBytes(this.#sink.buffer.subarray(0, this.#sink.length))
    if (this.#sink.buffer.length > SINK_BYTES_MAX) this.#sink = new TextSink(1024)
    this.#matches.clear()
    for (const reader of this.#readers) reader.enter(NOTHING, 0, 0)
    this.#bytes = NOTHING
  }

  /** Masks an attribute's value by its key and content. False: there is nothing to mask. */
  maskAttribute(keyStart: number, keyEnd: number, kind: number, start: number, end: number): boolean {
    const rule = this.#keys(this.#bytes, keyStart, keyEnd)
    if (rule === KeyRule.leave) return false
    if (rule === KeyRule.look) return this.mask(kind, start, end)
    this.kind = ValueKind.string
    this.start = this.#base + this.#sink.length
    this.#writeBlocked(kind, start, end, this.#sink)
    this.end = this.#base + this.#sink.length
    return true
  }

  mask(kind: number, start: number, end: number): boolean {
    if (kind === ValueKind.string) return this.#maskText(this.#bytes, start, end)
    if (kind === ValueKind.int) return hasCardLength(start, end) && this.#maskInt(start, end)
    if (kind !== ValueKind.array && kind !== ValueKind.kvlist) return false
    if (!this.#hasAny(kind, start, end, 0)) return false
    const content = this.#rewritten(kind, start, end)
    this.kind = kind
    this.#put(content)
    return true
  }

  /** Masks text that is no value of its own kind, such as a span's name. */
  maskText(start: number, end: number): boolean {
    return this.#maskText(this.#bytes, start, end)
  }

  #maskText(bytes: Buffer, start: number, end: number): boolean {
    this.#scanner.scan(bytes, start, end, this.#matches)
    if (this.#matches.count === 0) return false
    this.kind = ValueKind.string
    this.start = this.#base + this.#sink.length
    this.#masker.write(bytes, start, end, this.#matches, this.#sink, this.#counts)
    this.end = this.#base + this.#sink.length
    return true
  }

  /** A number that is a card's becomes a text. */
  #maskInt(start: number, end: number): boolean {
    const text = Buffer.from(valueToString(ValueKind.int, this.#bytes, start, end))
    return this.#maskText(text, 0, text.length)
  }

  #put(content: Uint8Array): void {
    this.start = this.#base + this.#sink.length
    this.#sink.reserve(content.length)
    this.#sink.buffer.set(content, this.#sink.length)
    this.#sink.length += content.length
    this.end = this.#base + this.#sink.length
  }

  #writeBlocked(kind: number, start: number, end: number, sink: TextSink): void {
    this.#counts[this.#blocked]!++
    if (kind === ValueKind.string) this.#masker.writeWhole(this.#bytes, start, end, this.#blocked, sink)
    else {
      const text = Buffer.from(valueToString(kind, this.#bytes, start, end))
      this.#masker.writeWhole(text, 0, text.length, this.#blocked, sink)
    }
  }

  /** Whether a list or map holds anything to be masked. Allocates nothing once it has been as deep. */
  #hasAny(kind: number, start: number, end: number, depth: number): boolean {
    this.#readers[depth] ??= new ValueReader()
    const reader = this.#readers[depth]
    reader.enter(this.#bytes, start, end)
    while (kind === ValueKind.array ? reader.nextItem() : reader.nextPair()) {
      const rule =
        kind === ValueKind.array ? KeyRule.look : this.#keys(this.#bytes, reader.keyStart, reader.keyEnd)
      if (rule === KeyRule.block) return true
      if (rule === KeyRule.look && this.#hasMember(reader.kind, reader.start, reader.end, depth)) return true
    }
    return false
  }

  #hasMember(kind: number, start: number, end: number, depth: number): boolean {
    if (kind === ValueKind.array || kind === ValueKind.kvlist)
      return this.#hasAny(kind, start, end, depth + 1)
    if (kind === ValueKind.int) {
      if (!hasCardLength(start, end)) return false
      const text = Buffer.from(valueToString(kind, this.#bytes, start, end))
      this.#scanner.scan(text, 0, text.length, this.#matches)
    } else if (kind === ValueKind.string) this.#scanner.scan(this.#bytes, start, end, this.#matches)
    else return false
    return this.#matches.count > 0
  }

  /** The bytes of an ArrayValue or KeyValueList with its members masked. */
  #rewritten(kind: number, start: number, end: number): Buffer {
    const reader = new ValueReader()
    const parts: Buffer[] = []
    reader.enter(this.#bytes, start, end)
    if (kind === ValueKind.array)
      while (reader.nextItem())
        parts.push(
          messageField(FIELD.item, this.#member(KeyRule.look, reader.kind, reader.start, reader.end)),
        )
    else
      while (reader.nextPair()) {
        const { keyEnd, keyStart } = reader
        const rule = this.#keys(this.#bytes, keyStart, keyEnd)
        const value = this.#member(rule, reader.kind, reader.start, reader.end)
        const key = bytesField(FIELD.key, this.#bytes.subarray(keyStart, keyEnd))
        parts.push(messageField(FIELD.item, Buffer.concat([key, messageField(FIELD.value, value)])))
      }
    return Buffer.concat(parts)
  }

  /** The bytes of an AnyValue, masked by what its key says. */
  #member(rule: KeyRule, kind: number, start: number, end: number): Buffer {
    if (rule === KeyRule.block) {
      const sink = new TextSink()
      this.#writeBlocked(kind, start, end, sink)
      return messageField(FIELD.string, sink.buffer.subarray(0, sink.length))
    }
    const content = this.#bytes.subarray(start, end)
    switch (kind) {
      case ValueKind.string:
        return messageField(FIELD.string, rule === KeyRule.leave ? content : this.#maskedText(content))
      case ValueKind.int:
        return this.#memberInt(rule, content, start, end)
      case ValueKind.bool:
        return Buffer.of(TAG.bool, start)
      case ValueKind.double:
        return Buffer.concat([Buffer.of(TAG.double), this.#bytes.subarray(start, start + 8)])
      case ValueKind.bytes:
        return messageField(FIELD.bytes, content)
      case ValueKind.array:
        return messageField(FIELD.array, rule === KeyRule.leave ? content : this.#rewritten(kind, start, end))
      case ValueKind.kvlist:
        return messageField(
          FIELD.kvlist,
          rule === KeyRule.leave ? content : this.#rewritten(kind, start, end),
        )
      default:
        return Buffer.alloc(0)
    }
  }

  #memberInt(rule: KeyRule, content: Buffer, start: number, end: number): Buffer {
    if (rule === KeyRule.look && hasCardLength(start, end)) {
      const text = Buffer.from(valueToString(ValueKind.int, this.#bytes, start, end))
      const masked = this.#maskedText(text)
      if (masked !== text) return messageField(FIELD.string, masked)
    }
    return Buffer.concat([Buffer.of(TAG.int), content])
  }

  /** The same object if there is nothing in it. */
  #maskedText(text: Buffer): Buffer {
    this.#scanner.scan(text, 0, text.length, this.#matches)
    if (this.#matches.count === 0) return text
    const sink = new TextSink(text.length + 16)
    this.#masker.write(text, 0, text.length, this.#matches, sink, this.#counts)
    return sink.buffer.subarray(0, sink.length)
  }
}

const NOTHING = Buffer.alloc(0)

function hasCardLength(start: number, end: number): boolean {
  return end - start >= CARD_INT_BYTES.min && end - start <= CARD_INT_BYTES.max
}
